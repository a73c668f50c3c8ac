"""Campaigns that write emails: approvals of what a campaign's texts say, the email after a call that reached nobody.

Revision ID: 0032
"""

from __future__ import annotations

from alembic import op

from callwright.store.migrations.sqlfile import previous, run_sql_file

revision = "0032"
down_revision: str | None = previous(__file__)
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Run ``0032_written_campaigns.sql``."""
    run_sql_file(op.get_bind(), __file__)


def downgrade() -> None:
    """Refuse: restore a backup instead."""
    raise RuntimeError("this schema cannot be taken back; restore a backup instead")
