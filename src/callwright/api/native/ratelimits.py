"""How many requests a key may make, within one process."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from callwright.errors import RateLimited


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
    """A moving window of one second for each key. Several API processes have a window each."""

    def __init__(self, per_second: int = 100) -> None:
        self.per_second = per_second
        self._item = RateLimitItemPerSecond(per_second)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def take(self, key_id: str) -> tuple[bool, Allowance]:
        """Count a request; returns whether it is allowed and what is left after it."""
        allowed = await self._limiter.hit(self._item, key_id)
        stats = await self._limiter.get_window_stats(self._item, key_id)
        reset = max(0, math.ceil(stats.reset_time - time.time()))
        return allowed, Allowance(limit=self.per_second, remaining=max(0, stats.remaining), reset=reset)

    def refusal(self, allowance: Allowance) -> RateLimited:
        """Return the error for a request that is one too many."""
        return RateLimited(
            max(1, allowance.reset), f"this key may make {self.per_second} requests a second; wait and try again"
        )
