"""People who are named by a number: found or added in one round trip.

Revision ID: 0037
"""

from __future__ import annotations

from alembic import op

from callwright.store.migrations.sqlfile import previous, run_sql_file

revision = "0037"
down_revision: str | None = previous(__file__)
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Run ``0037_known_people.sql``."""
    run_sql_file(op.get_bind(), __file__)


def downgrade() -> None:
    """Refuse: restore a backup instead."""
    raise RuntimeError("this schema cannot be taken back; restore a backup instead")
