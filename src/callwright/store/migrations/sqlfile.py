"""Runs a migration's SQL file whole, as one script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection


def run_sql_file(connection: Connection, migration: str) -> None:
    """Run the ``.sql`` file beside ``migration`` (pass ``__file__``) in the open transaction.

    The dialect prepares every statement, and PostgreSQL prepares one at a time; so the script goes to asyncpg itself,
    which sends it by the simple protocol. Nothing splits it, and it may hold functions with semicolons inside.
    """
    script = Path(migration).with_suffix(".sql").read_text(encoding="utf-8")
    # the adapter opens the transaction with the first statement that goes through it
    connection.exec_driver_sql("SELECT 1")
    adapter: Any = connection.connection.dbapi_connection
    adapter.run_async(lambda driver: driver.execute(script))


def previous(migration: str) -> str:
    """Return the revision before ``migration`` (pass ``__file__``): that of the file before it in the folder."""
    here = Path(migration)
    return max(name for name in (path.name[:4] for path in here.parent.glob("[0-9]*_*.py")) if name < here.name[:4])
