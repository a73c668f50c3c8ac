"""Descriptions of audio, first and last names of people.

Revision ID: 0031
"""

from __future__ import annotations

from alembic import op

from callwright.store.migrations.sqlfile import previous, run_sql_file

revision = "0031"
down_revision: str | None = previous(__file__)
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Run ``0031_multisender.sql``."""
    run_sql_file(op.get_bind(), __file__)


def downgrade() -> None:
    """Refuse: restore a backup instead."""
    raise RuntimeError("this schema cannot be taken back; restore a backup instead")
