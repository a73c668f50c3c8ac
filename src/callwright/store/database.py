"""Connections to PostgreSQL: one asyncpg pool a process, JSON columns as Python values."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    # asyncpg's classes take no type arguments while the program runs
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection

Row = asyncpg.Record


def _encode(value: Any) -> str:
    return orjson.dumps(value).decode()


class _PooledConnection(asyncpg.Connection):
    """A connection that goes back to the pool as it is: a reset would cost a round trip for every transaction.

    So nobody may leave anything behind on one: a session lock, a LISTEN, a setting.
    """

    def get_reset_query(self) -> str:
        """Return nothing to be sent."""
        return ""


async def _prepare(connection: Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, encoder=_encode, decoder=orjson.loads, schema="pg_catalog")


def _begun(connection: Connection) -> AbstractAsyncContextManager[object]:
    transaction: AbstractAsyncContextManager[object] = connection.transaction()
    return transaction


@asynccontextmanager
async def _planned_once(connection: Connection) -> AsyncIterator[None]:
    # as asyncpg's own transaction, which can send nothing together with its BEGIN
    await connection.execute("BEGIN; SET LOCAL plan_cache_mode = force_generic_plan")
    try:
        yield
    except BaseException:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")


#: How asyncpg words it, beside its errors of PostgreSQL's, that a connection died under a statement.
_DIED = ("is closed", "is closing", "closed in the middle", "released back to the pool", "another operation")


@contextmanager
def _losses_named() -> Iterator[None]:
    """Let a connection that died be one kind of error, whatever asyncpg was doing with it.

    What it calls an internal error ("cannot switch to state …") is seen when a connection is cut under load.
    """
    try:
        yield
    except (asyncpg.InternalClientError, asyncpg.InterfaceError) as error:
        if any(words in str(error) for words in _DIED):
            raise asyncpg.ConnectionDoesNotExistError(str(error)) from error
        raise


class Database:
    """A pool of connections. Services take it; each writes inside ``transaction()``."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    @classmethod
    async def open(cls, url: str, *, min_size: int = 1, max_size: int = 10) -> Database:
        """Connect to ``url`` (``postgresql://…``); raises ``OSError`` or ``asyncpg.PostgresError`` if it cannot."""
        pool = await asyncpg.create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            init=_prepare,
            connection_class=_PooledConnection,
            server_settings={
                "application_name": "callwright",
                "timezone": "UTC",
                # A statement that takes longer is stuck behind a lock: better an error than a silent dialer. The server
                # is asked for it, because asyncpg's own limit costs a timer for every statement.
                "statement_timeout": "30s",
            },
        )
        return cls(pool)

    async def close(self) -> None:
        """Close every connection after its statement ends."""
        await self.pool.close()

    @asynccontextmanager
    async def transaction(self, *, planned_once: bool = False) -> AsyncIterator[Connection]:
        """Yield a connection inside a transaction that commits at the end and rolls back on an error.

        PostgreSQL plans a large statement anew at each execution where it guesses that the values make the plan better;
        for some that costs more than running them. With ``planned_once`` it does not, so that is for statements whose
        one plan serves all values: none that leaves a condition out by a value. No transaction can be begun inside it.
        """
        begin = _planned_once if planned_once else _begun
        with _losses_named():
            async with self.pool.acquire() as connection, begin(connection):
                yield connection

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        """Run one statement outside a transaction and return its rows."""
        with _losses_named():
            return await self.pool.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: Any) -> Row | None:
        """Run one statement outside a transaction and return its first row."""
        with _losses_named():
            return await self.pool.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """Run one statement outside a transaction and return the first column of its first row."""
        with _losses_named():
            return await self.pool.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run one statement outside a transaction and return PostgreSQL's command tag."""
        with _losses_named():
            return await self.pool.execute(sql, *args)
