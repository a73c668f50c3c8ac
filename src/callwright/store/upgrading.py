"""Alembic, on the packaged migrations: by one process at a time, when ``store.migrate`` finds the database behind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from callwright.errors import SetupError
from callwright.store.migrations.names import newest

#: Key of the advisory lock, any number that nothing else in the database uses ("cwmigrat" in ASCII).
_LOCK_KEY = int.from_bytes(b"cwmigrat", "big")
_POLL_SECONDS = 0.2
#: Alembic keeps its context in module globals, so one migration at a time in a process.
_in_this_process = asyncio.Lock()


async def upgrade(url: str) -> str:
    """Bring the database at ``url`` (``postgresql://…``) to this release's schema and return its revision.

    Processes that start at once wait for one another. Raises ``SetupError`` when the database is of a newer release;
    a failed migration leaves the schema as it was.
    """
    engine = _engine(url)
    try:
        async with _in_this_process, engine.connect() as connection:
            # Asking again and again, rather than waiting inside the statement, leaves no snapshot open that an index
            # made CONCURRENTLY by the holder would wait for.
            while not await connection.scalar(text(f"SELECT pg_try_advisory_lock({_LOCK_KEY})")):
                await connection.rollback()
                await asyncio.sleep(_POLL_SECONDS)
            # the lock belongs to the session and ends with it, whatever happens
            await connection.commit()
            revision = await connection.run_sync(_upgrade)
            await connection.commit()
            return revision
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> str:
    config = _config()
    script = ScriptDirectory.from_config(config)
    found = _current(connection)
    known = {revision.revision for revision in script.walk_revisions()}
    if found is not None and found not in known:
        raise SetupError(
            f"the database was written by a newer release of callwright (schema {found}; this one knows up to "
            f"{newest()}): install that release, or restore a backup made before the upgrade"
        )
    # end the transaction that the question opened: Alembic opens its own
    connection.commit()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return newest()


def _current(connection: Connection) -> str | None:
    heads = MigrationContext.configure(connection).get_current_heads()
    return heads[0] if heads else None


def _config() -> Config:
    config = Config()
    # '%' is a sign of interpolation to the configuration parser
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config


def _engine(url: str) -> AsyncEngine:
    async def connect() -> Any:
        # asyncpg reads the URL itself: SQLAlchemy would refuse some of its parameters, such as sslmode
        return await asyncpg.connect(url, timeout=30.0, server_settings={"application_name": "callwright migrate"})

    return create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
