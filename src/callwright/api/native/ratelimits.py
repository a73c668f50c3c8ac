"""How many requests a key and an address may make.

Counted in this process by default; with ``rate_limits`` in PostgreSQL or Redis by all API processes together.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string

from callwright.accounts.request_hits import PostgresStorage
from callwright.accounts.request_memory import MemoryHits
from callwright.errors import RateLimited
from callwright.store.database import Database

#: Requests of one address without a key that we know: who guesses keys gets nowhere, and does not cost us look-ups.
UNKNOWN_PER_MINUTE = 60


def storage_of(where: str, database: Database) -> Storage:
    """Return where requests are counted: ``memory``, ``database``, or a Redis by ``redis://…``.

    Raises ``ValueError`` for anything else.
    """
    if where == "memory":
        return MemoryHits()
    if where == "database":
        return PostgresStorage(database)
    if where.startswith(("redis://", "rediss://")):
        storage = storage_from_string(f"async+{where}", implementation="redispy")
        if isinstance(storage, Storage):
            return storage
    raise ValueError(f"CALLWRIGHT_RATE_LIMITS is memory, database or redis://HOST:PORT/NUMBER, not {where!r}")


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What a key has left, for the ``RateLimit-*`` headers."""

    limit: int
    remaining: int
    #: Seconds until the oldest request of the window no longer counts.
    reset: int

    def headers(self) -> dict[str, str]:
        """Return the three headers."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class RequestLimits:
    """Moving windows: of a second for each key and each address, of a minute for addresses without a known key."""

    def __init__(
        self,
        per_second: int = 100,
        *,
        address_per_second: int = 300,
        unknown_per_minute: int = UNKNOWN_PER_MINUTE,
        storage: Storage | None = None,
    ) -> None:
        self.per_second = per_second
        self._key = RateLimitItemPerSecond(per_second)
        self._address = RateLimitItemPerSecond(address_per_second)
        self._unknown = RateLimitItemPerMinute(unknown_per_minute)
        self._limiter = MovingWindowRateLimiter(storage or MemoryHits())

    async def take(self, key_id: str) -> tuple[bool, Allowance]:
        """Count a request; returns whether it is allowed and what is left after it."""
        allowed = await self._limiter.hit(self._key, "key", key_id)
        stats = await self._limiter.get_window_stats(self._key, "key", key_id)
        reset = max(0, math.ceil(stats.reset_time - time.time()))
        return allowed, Allowance(limit=self.per_second, remaining=max(0, stats.remaining), reset=reset)

    def refusal(self, allowance: Allowance) -> RateLimited:
        """Return the error for a request that is one too many."""
        return RateLimited(
            max(1, allowance.reset), f"this key may make {self.per_second} requests a second; wait and try again"
        )

    async def come_from(self, address: str | None) -> None:
        """Count a request of an address, whatever it asks for. Raises ``RateLimited``."""
        await self._hit(self._address, address, "requests come too fast from this address; wait and try again")

    async def unknown_from(self, address: str | None) -> None:
        """Count a request without a key that we know. Raises ``RateLimited``."""
        await self._hit(
            self._unknown, address, "too many requests without a valid key come from this address; wait a minute"
        )

    async def _hit(self, item: RateLimitItem, address: str | None, message: str) -> None:
        # an address that nobody knows is a test client's or a local socket's
        if address is not None and not await self._limiter.hit(item, "address", address):
            raise RateLimited(item.get_expiry(), message)
