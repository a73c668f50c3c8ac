"""Numbering committed events: one stamper for all processes, so that no reader of the feed ever skips an event.

A sequence taken inside the writers' transactions would become visible out of order. The stamper sees committed rows
only; a row that commits late gets a later number, whatever its id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import asyncpg

from callwright.events.bell import EventBell
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

log = logging.getLogger(__name__)

_SQL = statements(__package__)

#: Key of the advisory lock of the one stamper.
LOCK_KEY = int.from_bytes(b"cw-stamp", "big")
#: Other processes ring here when they committed events and are not the stamper themselves.
CHANNEL = "callwright_events"
BATCH = 1000
#: Least time between two passes: the latency that followers pay for cheap batches.
_PASS_SECONDS = 0.1
#: An idle stamper looks this often for events of processes that did not ring.
_IDLE_SECONDS = 0.5
#: A process in reserve asks this often whether the stamper is gone. It does not wait inside the lock's statement:
#: that would hold back PostgreSQL's clean-up of dead rows for as long as it waits.
_STANDBY_SECONDS = 1.0
_RECONNECT_SECONDS = 1.0


class Stamper:
    """Runs in every process; the one that holds the lock works, the others stand by."""

    def __init__(self, database: Database, bell: EventBell) -> None:
        self._database = database
        self._bell = bell
        self._kicked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        #: Whether this process is the stamper at present.
        self.active = False

    async def start(self) -> None:
        """Begin to work, or to stand by."""
        self._task = asyncio.create_task(self._run(), name="stamper")

    async def stop(self) -> None:
        """Stop; another process takes over within a second. Events already committed stay and are numbered later."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def kick(self) -> None:
        """Say that events were committed. Cheap, and may be called from any code of the event loop."""
        self._kicked.set()

    async def _run(self) -> None:
        while True:
            try:
                async with self._connection() as connection:
                    await self._stand_by(connection)
                    self.active = True
                    await self._work(connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("the stamper lost PostgreSQL and tries again: %s", error)
            except Exception:
                log.exception("the stamper failed and tries again")
            finally:
                self.active = False
            await asyncio.sleep(_RECONNECT_SECONDS)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """Yield a connection of the pool that hears the bell of other processes; the lock lives and dies with it."""
        async with self._database.pool.acquire() as connection:
            await connection.add_listener(CHANNEL, self._heard)
            try:
                yield connection
            finally:
                # a connection that died has left the pool already; its error must not hide a cancellation
                with suppress(asyncpg.InterfaceError, asyncpg.PostgresError, OSError):
                    await connection.remove_listener(CHANNEL, self._heard)
                    # the pool takes it back as it is
                    await connection.execute("SELECT pg_advisory_unlock_all()")

    def _heard(self, *_: object) -> None:
        # those in reserve hear each other too; passing that on would never end
        if self.active:
            self._kicked.set()

    async def _stand_by(self, connection: Connection) -> None:
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK_KEY):
            await self._wait_for_kick(_STANDBY_SECONDS)
            if self._kicked.is_set():
                self._kicked.clear()
                await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
                await asyncio.sleep(_PASS_SECONDS)

    async def _work(self, connection: Connection) -> None:
        # the same connection holds the lock and stamps, so two processes can never stamp at once
        while True:
            self._kicked.clear()
            rows = await connection.fetch(_SQL["stamp"], BATCH)
            self._bell.ring((row["organisation_id"], row["subject"]) for row in rows)
            if len(rows) < BATCH:
                await asyncio.sleep(_PASS_SECONDS)
            if not rows:
                await self._wait_for_kick(_IDLE_SECONDS)

    async def _wait_for_kick(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._kicked.wait()
        except TimeoutError:
            pass
