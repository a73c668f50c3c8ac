"""Understands answers in processes of its own, while somebody waits on the telephone, or says that it cannot.

Who speaks now wants to be understood now: an answer that cannot be looked at within ``wait_seconds`` is refused, so
that under overload the flows go on with keys instead of all becoming slow.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from callwright.speech.frames import BrokenStream
from callwright.speech.recognise.engine import (
    RATE,
    RecogniserAbsent,
    RecogniserBusy,
    RecognitionFailed,
    Samples,
    Transcript,
)
from callwright.speech.recognise.models import ENGLISH, REMEDY, Models
from callwright.speech.recognise.worker import pack_models
from callwright.speech.worker_process import WorkerProcess

log = logging.getLogger(__name__)

#: Answers that may wait for a worker, and for how long: each takes 0.3 s of one processor core.
MOST_WAITING = 8
WAIT_SECONDS = 3.0
#: An answer that is worked on for longer is given up, and the worker with it.
ANSWER_SECONDS = 8.0
#: Loading a model from a cold disk.
LOAD_SECONDS = 60.0
#: Longest answer, in seconds: the models look at 30 at once.
LONGEST_SECONDS = 29.0
_WORKER = "callwright.speech.recognise.worker"
#: One thread a worker (threads cost 60 % more processor for 8 % less time), and nothing is ever fetched.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


class Recogniser:
    """Recognition in ``workers`` processes; beyond that, up to ``most_waiting`` answers wait for their turn."""

    def __init__(
        self,
        models: Models,
        *,
        workers: int = 1,
        most_waiting: int = MOST_WAITING,
        wait_seconds: float = WAIT_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self.models = models
        wanted = workers if models else 0
        self._all = [WorkerProcess(_WORKER, [pack_models(models)], _ENVIRONMENT) for _ in range(wanted)]
        self._idle: asyncio.LifoQueue[WorkerProcess] = asyncio.LifoQueue()
        for process in self._all:
            self._idle.put_nowait(process)
        self._most_waiting = most_waiting
        self._wait_seconds = wait_seconds
        self._answer_seconds = answer_seconds
        self._waiting = 0
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """Pids of the workers that run."""
        return [process.pid for process in self._all if process.pid is not None]

    @property
    def waiting(self) -> int:
        """Answers that wait for a worker now."""
        return self._waiting

    async def transcribe(
        self, samples: Samples, *, language: str = ENGLISH, prompt: str = "", words: Sequence[str] = ()
    ) -> Transcript:
        """Return the words of 16-bit samples at 8 kHz, 29 seconds at most; what is longer is cut off.

        ``words`` are expected; ``prompt`` is put before what is said instead of them. Raises ``RecogniserAbsent`` for a
        language without a model, ``RecogniserBusy`` when it would take too long, ``RecognitionFailed``.
        """
        self._check(language)
        request = {"op": "transcribe", "language": language, "prompt": prompt, "words": list(words)}
        pcm = samples[: round(LONGEST_SECONDS * RATE)].astype("<i2").tobytes()
        process = await self._turn()
        try:
            found = await self._ask_twice(process, request, pcm)
        finally:
            await self._give_back(process)
        return Transcript(text=found["text"], confidence=found["confidence"])

    async def warm(self, language: str = ENGLISH) -> None:
        """Load the model if no worker runs: the first answer must not wait for it. Failures are only logged."""
        if self.pids or self._idle.empty() or not self.models.understands(language):
            return
        process = self._idle.get_nowait()
        try:
            await self._load(process, language)
        except RecognitionFailed as error:
            log.warning("the recogniser does not start: %s", error)
        finally:
            await self._give_back(process)

    async def close(self) -> None:
        """End the workers; answers that wait for one fail."""
        self._closed = True
        await asyncio.gather(*(process.end() for process in self._all))

    def _check(self, language: str) -> None:
        if not self.models:
            raise RecogniserAbsent(f"no recogniser is installed: {REMEDY}")
        if not self.models.understands(language):
            known = ", ".join(self.models.languages)
            raise RecogniserAbsent(
                f"no recogniser understands {language}, only {known}: CALLWRIGHT_RECOGNISER_MODELS names more"
            )

    async def _turn(self) -> WorkerProcess:
        if self._idle.empty() and self._waiting >= self._most_waiting:
            raise RecogniserBusy(f"{self._waiting} answers wait already")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                return await self._idle.get()
        except TimeoutError:
            raise RecogniserBusy(f"nobody had time for this answer within {self._wait_seconds:g} s") from None
        finally:
            self._waiting -= 1

    async def _give_back(self, process: WorkerProcess) -> None:
        self._idle.put_nowait(process)
        if self._closed:
            # it may have started after close() looked for those that run
            await process.end()

    async def _ask_twice(self, process: WorkerProcess, request: dict[str, Any], pcm: bytes) -> dict[str, Any]:
        for attempt in (1, 2):
            try:
                if process.pid is None:
                    await self._load(process, request["language"])
                async with asyncio.timeout(self._answer_seconds):
                    found, _ = await process.ask(request, pcm)
            except TimeoutError:
                # not tried again: what hung once would make the callee wait twice as long
                raise RecognitionFailed(f"the recogniser did not answer within {self._answer_seconds:g} s") from None
            except (BrokenStream, OSError) as error:
                log.warning("the recogniser's worker is gone (%s), attempt %d", error, attempt)
                continue
            if "error" in found:
                raise RecognitionFailed(f"the recogniser refused the answer: {found['error']}")
            return found
        raise RecognitionFailed("the recogniser crashed twice on this answer")

    async def _load(self, process: WorkerProcess, language: str) -> None:
        """Start a worker with its model. Raises ``RecognitionFailed``."""
        if self._closed:
            raise RecognitionFailed("the recogniser is stopped")
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                found, _ = await process.ask({"op": "load", "language": language})
        except TimeoutError:
            raise RecognitionFailed(f"the recogniser did not start within {LOAD_SECONDS:g} s") from None
        except (BrokenStream, OSError) as error:
            raise RecognitionFailed(f"the recogniser does not start: {error}") from None
        if "error" in found:
            raise RecognitionFailed(f"the recogniser does not start: {found['error']}")
