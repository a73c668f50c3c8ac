"""One owner a node: whoever holds the node's advisory lock, in an epoch of its own."""

from __future__ import annotations

import asyncio
import logging
import zlib
from typing import Any

import asyncpg

from callwright.calls.claims import Owner
from callwright.calls.queries import SQL

log = logging.getLogger(__name__)

#: First half of the two-part lock key; says what the lock is about.
_LOCK_CLASS = 0x43574E44
_RETRY_SECONDS = 0.5
#: How often the connection is tried, and how long an answer may take: a connection that was cut without a word, or a
#: server that hangs, is noticed after their sum.
_HEARTBEAT_SECONDS = 2.0
_ANSWER_SECONDS = 5.0


class NodeOwnership:
    """Holds a node through one connection: when that connection is lost, so is the node."""

    def __init__(self, url: str, *, node: str, organisation_id: str) -> None:
        self._url = url
        self._node = node
        self._organisation_id = organisation_id
        self._connection: asyncpg.Connection[Any] | None = None
        self._heart: asyncio.Task[None] | None = None
        #: Set when the connection, and with it the node, is lost.
        self.lost = asyncio.Event()

    async def acquire(self) -> Owner:
        """Wait until the node is free, then own it in a new epoch."""
        while True:
            try:
                return await self._try()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                log.warning("the node cannot be owned yet: %s", error)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _try(self) -> Owner:
        connection = await asyncpg.connect(
            self._url,
            timeout=_ANSWER_SECONDS,
            server_settings={"application_name": f"callwright owner of {self._node}"},
        )
        try:
            return await self._own(connection)
        except BaseException:
            connection.terminate()
            raise

    async def _own(self, connection: asyncpg.Connection[Any]) -> Owner:
        key = zlib.crc32(self._node.encode()) - 2**31
        waited = False
        while not await connection.fetchval(
            "SELECT pg_try_advisory_lock($1, $2)", _LOCK_CLASS, key, timeout=_ANSWER_SECONDS
        ):
            if not waited:
                log.info("node %s is owned by another dialer; standing by", self._node)
                waited = True
            await asyncio.sleep(_RETRY_SECONDS)
        epoch = await connection.fetchval(SQL["take_node"], self._organisation_id, self._node, timeout=_ANSWER_SECONDS)
        self.lost.clear()
        connection.add_termination_listener(lambda *_: self.lost.set())
        self._connection = connection
        self._heart = asyncio.create_task(self._beat(connection), name=f"heartbeat of {self._node}")
        return Owner(node=self._node, epoch=epoch)

    async def _beat(self, connection: asyncpg.Connection[Any]) -> None:
        while not connection.is_closed():
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            try:
                await connection.fetchval("SELECT 1", timeout=_ANSWER_SECONDS)
            except (
                OSError,
                TimeoutError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
            ) as error:
                log.warning("the node's connection to PostgreSQL is dead: %s", error or type(error).__name__)
                connection.terminate()
        self.lost.set()

    async def release(self) -> None:
        """Give the node up."""
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)
            self._heart = None
        if self._connection is not None and not self._connection.is_closed():
            try:
                await self._connection.close(timeout=2)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                self._connection.terminate()
        self._connection = None
