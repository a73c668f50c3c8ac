"""What programs written for other services asked for, and webhooks in such a service's own body.

Revision ID: 0024
"""

from __future__ import annotations

from alembic import op

from callwright.store.migrations.sqlfile import run_sql_file

revision = "0024"
down_revision: str | None = "0023"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Run ``0024_dialects.sql``."""
    run_sql_file(op.get_bind(), __file__)


def downgrade() -> None:
    """Refuse: restore a backup instead."""
    raise RuntimeError("this schema cannot be taken back; restore a backup instead")
