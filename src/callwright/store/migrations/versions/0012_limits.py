"""Where an organisation may call, how often one person, how long; and all facts of a decision in one place.

Revision ID: 0012
"""

from __future__ import annotations

from alembic import op

from callwright.store.migrations.sqlfile import run_sql_file

revision = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Run ``0012_limits.sql``."""
    run_sql_file(op.get_bind(), __file__)


def downgrade() -> None:
    """Refuse: restore a backup instead."""
    raise RuntimeError("this schema cannot be taken back; restore a backup instead")
