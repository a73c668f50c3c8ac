"""Which templates and saved flows a sandbox key made.

Revision ID: 0039
"""

from __future__ import annotations

from alembic import op

from callwright.store.migrations.sqlfile import previous, run_sql_file

revision = "0039"
down_revision: str | None = previous(__file__)
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Run ``0039_sandbox_texts.sql``."""
    run_sql_file(op.get_bind(), __file__)


def downgrade() -> None:
    """Refuse: restore a backup instead."""
    raise RuntimeError("this schema cannot be taken back; restore a backup instead")
