"""Schema migrations, run at the start of every process that opens the database.

Most starts find nothing to do. They ask the database alone: importing Alembic costs a command more than its work.
"""

from __future__ import annotations

import asyncpg

from callwright.errors import SetupError
from callwright.store.migrations.names import newest as head

__all__ = ["current", "head", "migrate"]


async def current(url: str) -> str | None:
    """Return the revision of the database at ``url`` (``postgresql://…``); ``None`` when it is empty.

    Raises ``SetupError`` when the database cannot be reached.
    """
    try:
        connection = await asyncpg.connect(
            url, timeout=30.0, server_settings={"application_name": "callwright migrate"}
        )
    except (OSError, asyncpg.PostgresError, asyncpg.ClientConfigurationError) as error:
        reason = str(error) or "no answer within 30 seconds"
        whose = "CALLWRIGHT_DATABASE_URL, if it is your own"
        raise SetupError(f"the database cannot be reached ({whose}): {reason}") from error
    try:
        found: str | None = await connection.fetchval("SELECT max(version_num) FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
    return found


async def migrate(url: str) -> str:
    """Bring the database at ``url`` (``postgresql://…``) to this release's schema and return its revision.

    Processes that start at once wait for one another. Raises ``SetupError`` when the database is of a newer release;
    a failed migration leaves the schema as it was.
    """
    # the revision is written with, or after, all that it stands for: nothing of it is still to come
    if await current(url) == head():
        return head()
    from callwright.store.upgrading import upgrade  # noqa: PLC0415  (Alembic and SQLAlchemy: half a second)

    return await upgrade(url)
