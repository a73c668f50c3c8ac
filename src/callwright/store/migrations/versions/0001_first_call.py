"""Organisations, keys, trunks, caller ids, calls, attempts, events, deliveries.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op

from callwright.store.migrations.sqlfile import run_sql_file

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Run ``0001_first_call.sql``."""
    run_sql_file(op.get_bind(), __file__)


def downgrade() -> None:
    """Refuse: the first schema has nothing before it."""
    raise RuntimeError("the first schema cannot be taken back; restore a backup instead")
