"""Request rates that one process counts by itself: a storage for the library ``limits``.

The library's own asks a thread at every request to forget what is old, which costs more than the rest of the counting.
"""

from __future__ import annotations

import time
from collections import deque

from limits.aio.storage import MovingWindowSupport, Storage

#: How often keys are forgotten that nobody uses any more.
_SWEEP_SECONDS = 10.0


class MemoryHits(Storage, MovingWindowSupport):
    """Keeps the times of the last requests of each key, in seconds since 1970."""

    #: Made here, never from an address.
    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._times: dict[str, deque[float]] = {}
        #: Length of each key's window.
        self._windows: dict[str, int] = {}
        self._swept_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """What could go wrong: nothing of its own."""
        return ValueError

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take ``amount`` of the ``limit`` requests of the last ``expiry`` seconds; returns whether they were free."""
        now = time.time()
        if now - self._swept_at >= _SWEEP_SECONDS:
            self._sweep(now)
        times = self._times.get(key)
        if times is None:
            times = self._times[key] = deque()
            self._windows[key] = expiry
        _forget(times, now - expiry)
        if len(times) + amount > limit:
            return False
        times.extend([now] * amount)
        return True

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return when the oldest request of the window came (seconds since 1970) and how many there are."""
        del limit
        now = time.time()
        times = self._times.get(key)
        if times is not None:
            _forget(times, now - expiry)
        return (times[0], len(times)) if times else (now, 0)

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count without a limit; returns the count of the window."""
        await self.acquire_entry(key, 2**31 - 1, expiry, amount)
        return (await self.get_moving_window(key, 0, expiry))[1]

    async def get(self, key: str) -> int:
        """Return the requests of the key's window."""
        return (await self.get_moving_window(key, 0, self._windows.get(key, 0)))[1]

    async def get_expiry(self, key: str) -> float:
        """Return when the oldest of them came."""
        return (await self.get_moving_window(key, 0, self._windows.get(key, 0)))[0]

    async def check(self) -> bool:
        """Return that it works."""
        return True

    async def reset(self) -> int | None:
        """Forget everything; returns how many keys there were."""
        count = len(self._times)
        self._times.clear()
        self._windows.clear()
        return count

    async def clear(self, key: str) -> None:
        """Forget one key."""
        self._times.pop(key, None)
        self._windows.pop(key, None)

    def _sweep(self, now: float) -> None:
        self._swept_at = now
        for key in [key for key, times in self._times.items() if not times or times[-1] < now - self._windows[key]]:
            del self._times[key], self._windows[key]


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] < before:
        times.popleft()
