"""${message}

Revision ID: ${up_revision}
"""

from __future__ import annotations

from alembic import op

from callwright.store.migrations.sqlfile import run_sql_file

revision = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql_file(op.get_bind(), __file__)


def downgrade() -> None:
    """Refuse: data would be lost."""
    raise RuntimeError("this schema cannot be taken back; restore a backup instead")
