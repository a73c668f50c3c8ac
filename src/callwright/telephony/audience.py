"""Those who listen to one call at the same time: each has a queue of frames and a time of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from callwright.telephony.port import Frame

#: Frames that wait for a listener who is busy: ten seconds of 20 ms each. Then the oldest are dropped, as a gap.
LONGEST_QUEUE: Final = 500


class Listener:
    """One of them: an iterator over what is heard, which ends with the call."""

    def __init__(self, begin: float) -> None:
        self._begin = begin
        self._frames: deque[Frame] = deque(maxlen=LONGEST_QUEUE)
        self._waiting: asyncio.Future[None] | None = None
        self._over = False

    def __aiter__(self) -> AsyncIterator[Frame]:
        return self

    async def __anext__(self) -> Frame:
        while not self._frames:
            if self._over:
                raise StopAsyncIteration
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self._frames.popleft()

    def take(self, time: float, samples: bytes) -> None:
        """Hear what was said at this time of the call; nothing that was said before he came."""
        if time >= self._begin and not self._over:
            self._frames.append(Frame(at=time - self._begin, samples=samples))
            self._wake()

    def end(self) -> None:
        """Hear no more."""
        self._over = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class Audience:
    """All listeners of a call; times are seconds of any one clock."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def __bool__(self) -> bool:
        return bool(self._listeners)

    def join(self, time: float) -> Listener:
        """Begin to listen at this time."""
        listener = Listener(time)
        self._listeners.append(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Listen no more."""
        listener.end()
        if listener in self._listeners:
            self._listeners.remove(listener)

    def publish(self, time: float, samples: bytes) -> None:
        """Let all hear it."""
        for listener in self._listeners:
            listener.take(time, samples)

    def end(self) -> None:
        """Tell all that nothing more will come."""
        for listener in self._listeners:
            listener.end()
        self._listeners.clear()
