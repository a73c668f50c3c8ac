"""Pools of caller ids, and the attestation (STIR/SHAKEN) of numbers and attempts.

Revision ID: 0015
"""

from __future__ import annotations

from alembic import op

from callwright.store.migrations.sqlfile import run_sql_file

revision = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Run ``0015_number_pools.sql``."""
    run_sql_file(op.get_bind(), __file__)


def downgrade() -> None:
    """Refuse: restore a backup instead."""
    raise RuntimeError("this schema cannot be taken back; restore a backup instead")
