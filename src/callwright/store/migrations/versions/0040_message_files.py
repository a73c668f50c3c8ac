"""Files that go with emails, stored once an organisation.

Revision ID: 0040
"""

from __future__ import annotations

from alembic import op

from callwright.store.migrations.sqlfile import previous, run_sql_file

revision = "0040"
down_revision: str | None = previous(__file__)
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Run ``0040_message_files.sql``."""
    run_sql_file(op.get_bind(), __file__)


def downgrade() -> None:
    """Refuse: restore a backup instead."""
    raise RuntimeError("this schema cannot be taken back; restore a backup instead")
