"""Organisations, keys, trunks, caller ids, calls, attempts, events, deliveries.

Revision ID: 0001
"""

from __future__ import annotations

from importlib.resources import files

from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Run ``0001_first_call.sql`` statement by statement: asyncpg prepares one at a time."""
    text = files(__package__ or "callwright.store.migrations.versions").joinpath("0001_first_call.sql").read_text()
    for statement in text.split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Refuse: the first schema has nothing before it."""
    raise RuntimeError("the first schema cannot be taken back; restore a backup instead")
