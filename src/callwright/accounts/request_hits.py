"""Request rates that several API processes count together, in PostgreSQL: a storage for the library ``limits``."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
from limits.aio.storage import MovingWindowSupport, Storage

from callwright.store.database import Database
from callwright.store.statements import statements

SQL = statements(__package__, "request_hits.sql")


class PostgresStorage(Storage, MovingWindowSupport):
    """Keeps the times of the last requests of each key in an unlogged table, by the database's clock."""

    #: Made with a database, never from an address.
    STORAGE_SCHEME = None

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """What the database raises."""
        return (asyncpg.PostgresError, OSError)

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take ``amount`` of the ``limit`` requests of the last ``expiry`` seconds; returns whether they were free."""
        async with self._database.transaction() as connection:
            # what is lost in a crash of the server was a second old
            await connection.execute("SET LOCAL synchronous_commit = off")
            taken = await connection.fetchval(SQL["acquire"], key, limit, timedelta(seconds=expiry), amount)
        return bool(taken)

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return when the oldest request of the window came (seconds since 1970) and how many there are."""
        del limit
        row = await self._database.fetchrow(SQL["window"], key, timedelta(seconds=expiry))
        return (0.0, 0) if row is None else (row["oldest"], row["taken"])

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count without a limit; returns the count of the window."""
        await self.acquire_entry(key, 2**31 - 1, expiry, amount)
        return (await self.get_moving_window(key, 0, expiry))[1]

    async def get(self, key: str) -> int:
        """Return the requests of the last hour."""
        return (await self.get_moving_window(key, 0, 3600))[1]

    async def get_expiry(self, key: str) -> float:
        """Return when the oldest of them came."""
        return (await self.get_moving_window(key, 0, 3600))[0]

    async def check(self) -> bool:
        """Return whether the database answers."""
        return bool(await self._database.fetchval("SELECT true"))

    async def reset(self) -> int | None:
        """Forget everything."""
        await self._database.execute(SQL["forget_all"])
        return None

    async def clear(self, key: str) -> None:
        """Forget one key."""
        await self._database.execute(SQL["forget"], key)

    async def sweep(self) -> None:
        """Forget keys that nobody has used for an hour."""
        await self._database.execute(SQL["forget_old"])
