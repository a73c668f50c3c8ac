"""Who listens to a call: the process that listens to all of them, or a detector in this process for the simulator."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from callwright.errors import CallwrightError
from callwright.speech.listen.cues import Cue
from callwright.speech.listen.detector import Detector
from callwright.speech.listen.events import Event
from callwright.speech.listen.messages import Piece, receive
from callwright.speech.worker_process import end_worker, start_worker

log = logging.getLogger(__name__)

#: A piece is judged in less than a millisecond; the process itself needs half a second to start.
_ANSWER_SECONDS: Final = 5.0


class DetectorUnavailable(CallwrightError):
    """Nobody can listen to calls: the detector of answering machines does not run."""

    status = 503
    code = "detector_unavailable"


class Listening(Protocol):
    """Listens to one call from its answer on."""

    async def push(self, samples: bytes, at: float) -> Sequence[Event]:
        """Take a piece of sound (as ``Detector.push``, samples as bytes); return what it decides.

        Raises ``DetectorUnavailable``.
        """
        ...

    async def told(self, cue: Cue) -> Sequence[Event]:
        """Take what the words of the greeting gave away; return what that decides. Raises as ``push``."""
        ...

    def close(self) -> None:
        """Listen no longer."""
        ...


class Detectors(Protocol):
    """Listens to calls."""

    async def prepare(self) -> None:
        """Be ready for a call that is about to be answered. Raises ``DetectorUnavailable``."""
        ...

    def begin(self) -> Listening:
        """Listen to a call."""
        ...


class NoDetectors:
    """Never listens: the engine's own detector is asked, where it has one."""

    async def prepare(self) -> None:
        """Nothing to do."""

    def begin(self) -> Listening:
        """Listen to a call. Raises ``DetectorUnavailable``, always."""
        raise DetectorUnavailable("the setting machine_detector names the engine's own")

    async def close(self) -> None:
        """Nothing to do."""


class LocalDetectors:
    """Listens in this process: for the simulator, whose time does not pass while somebody thinks."""

    async def prepare(self) -> None:
        """Nothing to do."""

    def begin(self) -> Listening:
        """Listen to a call."""
        return _Local(Detector(words=True))


class _Local:
    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    async def push(self, samples: bytes, at: float) -> Sequence[Event]:
        return self._detector.push(np.frombuffer(samples, dtype="<i2").astype(np.int16), at)

    async def told(self, cue: Cue) -> Sequence[Event]:
        return self._detector.told(cue)

    def close(self) -> None:
        """Nothing to do."""


class DetectorProcess:
    """Listens in a process of its own, which is started when first needed and replaced when it dies."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        #: Answers that will come, by call and in the order of the questions, waited for or no longer.
        self._waiting: dict[int, deque[asyncio.Future[Sequence[Event]]]] = {}
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Pid of the process that listens, while there is one."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def prepare(self) -> None:
        """Start the process if it does not run. Raises ``DetectorUnavailable``."""
        async with self._starting:
            if self.pid is not None:
                return
            if self._closed:
                raise DetectorUnavailable
            try:
                self._process = await start_worker("callwright.speech.listen.worker")
            except OSError as error:
                raise DetectorUnavailable(f"the process that listens to calls cannot be started: {error}") from None
            self._reading = asyncio.create_task(self._read(self._process), name="what the detector says")

    def begin(self) -> Listening:
        """Listen to a call."""
        return _Remote(self, next(self._numbers))

    async def close(self) -> None:
        """End the process."""
        self._closed = True
        process, self._process = self._process, None
        if process is None:
            return
        await end_worker(process)
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def ask(self, piece: Piece) -> Sequence[Event]:
        """Let a piece be judged. Raises ``DetectorUnavailable``."""
        await self.prepare()
        process = self._process
        if process is None or process.stdin is None:
            raise DetectorUnavailable
        answer: asyncio.Future[Sequence[Event]] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(piece.call, deque()).append(answer)
        try:
            process.stdin.write(piece.pack())
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            raise DetectorUnavailable("the process that listens to calls is overloaded or hangs") from None
        except OSError as error:
            raise DetectorUnavailable(f"the process that listens to calls is gone: {error}") from None

    def forget(self, call: int) -> None:
        """Let the process forget a call."""
        self._waiting.pop(call, None)
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(Piece(call=call, ends=True).pack())

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        stream = process.stdout
        try:
            while stream is not None:
                call, told = await receive(stream)
                questions = self._waiting.get(call)
                answer = questions.popleft() if questions else None
                if answer is None or answer.done():
                    continue
                if isinstance(told, str):
                    answer.set_exception(DetectorUnavailable(f"the detector failed: {told}"))
                else:
                    answer.set_result(told)
        except (asyncio.IncompleteReadError, ConnectionError):
            if not self._closed:
                log.warning("the process that listens to calls has ended; the next call starts it again")
        finally:
            if self._process is process:
                self._process = None
            for answer in itertools.chain.from_iterable(self._waiting.values()):
                if not answer.done():
                    answer.set_exception(DetectorUnavailable("the process that listens to calls is gone"))


class _Remote:
    def __init__(self, process: DetectorProcess, call: int) -> None:
        self._process = process
        self._call = call
        self._first_pid: int | None = None

    async def push(self, samples: bytes, at: float) -> Sequence[Event]:
        await self._process.prepare()
        if self._first_pid is None:
            self._first_pid = self._process.pid
        elif self._first_pid != self._process.pid:
            # what the one before had heard of this call went with it
            raise DetectorUnavailable("the process that listened to this call is gone")
        return await self._process.ask(Piece(call=self._call, at=at, samples=samples))

    async def told(self, cue: Cue) -> Sequence[Event]:
        if self._first_pid is None or self._first_pid != self._process.pid:
            raise DetectorUnavailable("the process that listened to this call is gone")
        return await self._process.ask(Piece(call=self._call, cue=cue))

    def close(self) -> None:
        self._process.forget(self._call)
