"""Deliveries by host, in the order of their bodies' fields; the tables of the job queue.

Revision ID: 0002
"""

from __future__ import annotations

from typing import Any

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from callwright.store.job_schema import job_settings
from callwright.store.migrations.sqlfile import run_sql_file

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Run ``0002_webhooks_and_jobs.sql``, then what pgqueuer itself says its tables are."""
    connection = op.get_bind()
    run_sql_file(connection, __file__)
    script = QueryBuilderEnvironment(settings=job_settings()).build_install_query()
    adapter: Any = connection.connection.dbapi_connection
    # as in run_sql_file: the script holds a function and is sent whole
    adapter.run_async(lambda driver: driver.execute(script))


def downgrade() -> None:
    """Refuse: restore a backup instead."""
    raise RuntimeError("this schema cannot be taken back; restore a backup instead")
