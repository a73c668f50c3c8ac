"""A clock whose time passes only when nobody has anything left to do: an hour of calls in a second, always the same."""

from __future__ import annotations

import asyncio
import heapq
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from callwright.errors import CallwrightError

T = TypeVar("T")

#: A Thursday noon: inside everybody's calling hours somewhere.
EPOCH: Final = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
#: How often the other tasks get a turn before ``advance`` believes that they wait.
_TURNS: Final = 64


class SimulationStuck(CallwrightError):
    """Every task waits for something that will never happen."""


class Alarm:
    """Something that will be called at a virtual time, unless it is cancelled."""

    __slots__ = ("_callback", "cancelled", "due")

    def __init__(self, due: float, callback: Callable[[], None]) -> None:
        #: Virtual seconds since the start.
        self.due = due
        self.cancelled = False
        self._callback = callback

    def cancel(self) -> None:
        """Do not call it."""
        self.cancelled = True

    def ring(self) -> None:
        """Call it, unless it was cancelled."""
        if not self.cancelled:
            self._callback()


class VirtualClock:
    """Implements ``Clock`` without waiting.

    Either everything runs inside ``run``, where time jumps to the next alarm whenever all tasks wait; or a program in
    an ordinary event loop moves it with ``advance`` and ``run_until_idle``. Things due at the same time happen in the
    order in which they were asked for.
    """

    def __init__(self, start: datetime = EPOCH) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = 0
        self._alarms: list[tuple[float, int, Alarm]] = []

    def now(self) -> datetime:
        """Return the virtual time with zone UTC."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return virtual seconds since the start."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait ``seconds`` of virtual time."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        alarm = self.call_later(seconds, lambda: None if woken.done() else woken.set_result(None))
        try:
            await woken
        finally:
            alarm.cancel()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Alarm:
        """Call ``callback`` after ``seconds`` of virtual time."""
        alarm = Alarm(self._elapsed + max(seconds, 0.0), callback)
        self._order += 1
        heapq.heappush(self._alarms, (alarm.due, self._order, alarm))
        return alarm

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in an event loop of its own and return its result.

        For programs that wait for nothing but each other and this clock: while one waits for a thread, a file or a
        socket, virtual time goes on. Raises ``SimulationStuck`` when nobody can ever go on.
        """
        selector = _IdleSelector(self)

        async def watched() -> T:
            selector.watching = True
            try:
                return await main
            finally:
                selector.watching = False

        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
            return runner.run(watched())

    async def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass, giving all tasks their turn at each alarm on the way."""
        until = self._elapsed + seconds
        await self._settle()
        while (due := self._next_due()) is not None and due <= until:
            self.ring_next()
            await self._settle()
        self._elapsed = until

    async def run_until_idle(self, limit_seconds: float = 86_400.0) -> None:
        """Let time pass until no alarm is left, at most ``limit_seconds``."""
        until = self._elapsed + limit_seconds
        await self._settle()
        while (due := self._next_due()) is not None and due <= until:
            self.ring_next()
            await self._settle()

    def ring_next(self) -> bool:
        """Jump to the next alarm and ring it; returns False when there is none."""
        if self._next_due() is None:
            return False
        due, _, alarm = heapq.heappop(self._alarms)
        self._elapsed = due
        alarm.ring()
        return True

    def _next_due(self) -> float | None:
        while self._alarms and self._alarms[0][2].cancelled:
            heapq.heappop(self._alarms)
        return self._alarms[0][0] if self._alarms else None

    @property
    def idle(self) -> bool:
        """Whether no alarm is set."""
        return self._next_due() is None

    @staticmethod
    async def _settle() -> None:
        for _ in range(_TURNS):
            await asyncio.sleep(0)


class _IdleSelector(selectors.DefaultSelector):
    """Knows when an event loop has nothing to run: it then asks to wait for longer than no time."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock
        #: Whether the simulated program still runs; the loop's own end may wait in earnest.
        self.watching = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; instead of waiting, let virtual time jump to its next alarm."""
        if not self.watching or (timeout is not None and timeout <= 0):
            return super().select(timeout)
        ready = super().select(0)
        if ready or self._clock.ring_next():
            return ready
        if timeout is None:
            raise SimulationStuck
        return super().select(timeout)
