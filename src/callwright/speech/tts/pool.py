"""Worker processes that speak, seen from the control plane: started when needed, replaced when they die.

Who waits is served by urgency, then in order: a call in the air before one that is yet to be dialled.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

from callwright.errors import CallwrightError
from callwright.speech import frames
from callwright.speech.tts.engine import Samples, Utterance, Voice
from callwright.speech.worker_process import WorkerProcess

log = logging.getLogger(__name__)

#: The longest text that is spoken at once is a paragraph: Pico needs 50 ms of CPU for it.
REQUEST_TIMEOUT_SECONDS = 20.0
#: Sentences that may wait for a worker, half a minute of work: who came later would wait too long for a call.
MOST_WAITING = 2000
_WORKER = "callwright.speech.tts.worker"


class SpeechFailed(CallwrightError):
    """The text could not be spoken."""

    status = 502
    code = "speech_failed"


class SpeechBusy(SpeechFailed):
    """Too many texts wait to be spoken; try again shortly."""

    status = 503
    code = "speech_busy"


class Urgency(IntEnum):
    """Who waits for the speech; the smaller is served first."""

    #: Somebody is on the telephone.
    CALL = 0
    #: A call is about to be dialled, or somebody looks at a screen.
    AHEAD = 1


@dataclass
class Turn:
    """A request's place in the queue; ``SpeechPool.hurry`` moves it forward."""

    urgency: Urgency = Urgency.CALL
    granted: asyncio.Future[WorkerProcess] | None = field(default=None, repr=False)


class SpeechPool:
    """Synthesis in ``workers`` processes; beyond that, up to ``most_waiting`` requests wait for their turn.

    Half of these places are kept for calls in the air.
    """

    def __init__(
        self,
        workers: int = 1,
        *,
        arguments: Sequence[str] = (),
        timeout_seconds: float = REQUEST_TIMEOUT_SECONDS,
        most_waiting: int = MOST_WAITING,
        idle_seconds: float | None = None,
    ) -> None:
        """``arguments``: of the worker; ``idle_seconds``: a worker that had nothing to do for so long is ended."""
        self._all = [WorkerProcess(_WORKER, arguments) for _ in range(workers)]
        #: The one used last is used next: its memory is warm, and the others may end.
        self._idle = list(self._all)
        self._timeout = timeout_seconds
        self._most_waiting = most_waiting
        self._idle_seconds = idle_seconds
        self._queue: list[tuple[Urgency, int, asyncio.Future[WorkerProcess]]] = []
        self._order = itertools.count()
        self._waiting = 0
        self._closed = False
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def pids(self) -> list[int]:
        """Pids of the workers that run."""
        return [process.pid for process in self._all if process.pid is not None]

    @property
    def waiting(self) -> int:
        """Requests that wait for a worker."""
        return self._waiting

    async def synthesize(self, engine: str, utterance: Utterance, turn: Turn | None = None) -> tuple[Samples, int]:
        """Return samples and their rate in Hz. Raises ``SpeechFailed``, ``SpeechBusy``."""
        header, pcm = await self._ask(
            {
                "op": "speak",
                "engine": engine,
                "text": utterance.text,
                "voice_id": utterance.voice_id,
                "rate": utterance.rate,
                "pitch": utterance.pitch,
            },
            turn or Turn(),
        )
        return np.frombuffer(pcm, dtype="<i2").astype(np.int16), int(header["sample_rate"])

    async def voices(self) -> list[Voice]:
        """Return the voices of all engines, as the worker loaded them. Raises ``SpeechFailed``."""
        header, _ = await self._ask({"op": "voices"}, Turn())
        return [Voice(**voice) for voice in header["voices"]]

    def hurry(self, turn: Turn, urgency: Urgency) -> None:
        """Move a request that waits forward; does nothing when it no longer waits."""
        if urgency < turn.urgency:
            turn.urgency = urgency
            if turn.granted is not None and not turn.granted.done():
                # its old place stays and is passed over when its time comes
                heapq.heappush(self._queue, (urgency, next(self._order), turn.granted))

    async def close(self) -> None:
        """End the workers; requests that wait for one fail."""
        self._closed = True
        await asyncio.gather(*(process.end() for process in self._all))

    async def _ask(self, request: dict[str, Any], turn: Turn) -> frames.Frame:
        process = await self._turn(turn)
        try:
            header, pcm = await self._ask_twice(process, request)
        finally:
            self._give_back(process)
            if self._closed:
                # it may have started after close() looked for those that run
                await process.end()
        if "error" in header:
            raise SpeechFailed(f"The speech engine refused the text: {header['error']}")
        return header, pcm

    async def _turn(self, turn: Turn) -> WorkerProcess:
        if self._idle:
            return self._idle.pop()
        places = self._most_waiting if turn.urgency is Urgency.CALL else self._most_waiting // 2
        if self._waiting >= places:
            raise SpeechBusy
        turn.granted = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (turn.urgency, next(self._order), turn.granted))
        self._waiting += 1
        try:
            return await turn.granted
        except asyncio.CancelledError:
            if turn.granted.done() and not turn.granted.cancelled():
                # it was our turn in the moment in which we left
                self._give_back(turn.granted.result())
            raise
        finally:
            self._waiting -= 1

    def _give_back(self, process: WorkerProcess) -> None:
        while self._queue:
            _, _, granted = heapq.heappop(self._queue)
            if not granted.done():
                granted.set_result(process)
                return
        self._idle.append(process)
        if self._idle_seconds is not None and not self._closed:
            uses = process.uses
            asyncio.get_running_loop().call_later(self._idle_seconds, self._end_idle, process, uses)

    def _end_idle(self, process: WorkerProcess, uses: int) -> None:
        """End a worker that nobody has used since: a neural voice holds 400 MB."""
        if process in self._idle and process.uses == uses and not self._closed:
            task = asyncio.create_task(process.end())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _ask_twice(self, process: WorkerProcess, request: dict[str, Any]) -> frames.Frame:
        for attempt in (1, 2):
            if self._closed:
                raise SpeechFailed("The speech engines are stopped")
            try:
                async with asyncio.timeout(self._timeout):
                    return await process.ask(request)
            except TimeoutError:
                # not tried again: what hung once would make the caller wait twice as long
                raise SpeechFailed(f"The speech engine did not answer within {self._timeout:g} s") from None
            except (frames.BrokenStream, OSError) as error:
                log.warning("the speech worker is gone (%s), attempt %d", error, attempt)
        raise SpeechFailed("The speech engine crashed twice on this text")
