"""How fast units go to a message centre: a rate of the contract, and less when the centre asks for it."""

from __future__ import annotations

import asyncio

#: A centre that throttles is left alone for this long, twice as long each time it does so again, up to the second.
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 8.0
#: The least part of the rate that remains, and what is won back with each second without complaint.
_LEAST_SHARE = 0.05
_RECOVERY = 0.05


class Pace:
    """Gives each unit its time. ``rate`` in units a second, ``None`` for no limit of ours.

    A complaint halves the share of the rate that is used and holds everything back for a moment. Complaints during that
    moment are about units that were written before it, and do not count again.
    """

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._share = 1.0
        self._next = 0.0
        self._hold_until = 0.0
        self._pause = _FIRST_PAUSE
        self._deaf_until = 0.0

    @property
    def share(self) -> float:
        """Return the share of the rate that is used now, up to 1."""
        return self._share

    def slot(self, now: float) -> float:
        """Return the time (of the loop's clock) at which the next unit may go; each call takes one."""
        if self._share < 1.0 and now > self._hold_until:
            self._share = min(1.0, self._share + _RECOVERY * (now - self._hold_until))
            self._hold_until = now
            if self._share == 1.0:
                self._pause = _FIRST_PAUSE
        start = max(now, self._hold_until) if self._share < 1.0 else now
        if self._rate is None:
            return start
        start = max(start, self._next)
        self._next = start + 1.0 / (self._rate * self._share)
        return start

    async def wait(self) -> None:
        """Wait for the next slot."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        slot = self.slot(now)
        # a hold may have begun while we waited
        while now < max(slot, self._hold_until):
            await asyncio.sleep(max(slot, self._hold_until) - now)
            now = loop.time()

    def complain(self, now: float) -> None:
        """Go slower: the centre refused a unit because it gets too many."""
        if now < self._deaf_until:
            return
        self._share = max(_LEAST_SHARE, self._share / 2)
        self._hold_until = now + self._pause
        self._deaf_until = self._hold_until
        self._pause = min(_LONGEST_PAUSE, self._pause * 2)
