"""All engines behind one door: those that cost little share workers, each neural engine has workers of its own."""

from __future__ import annotations

import asyncio

from callwright.speech.tts.engine import Samples, Utterance, Voice
from callwright.speech.tts.installed import VoiceFolders
from callwright.speech.tts.pool import SpeechPool, Turn, Urgency
from callwright.speech.tts.shipped import LIGHT

#: A sentence of 400 characters is 30 s of speech: 20 s of work for a neural voice on a busy machine.
_NEURAL_TIMEOUT_SECONDS = 60.0
#: Sentences that may wait for a neural voice; half of them before calls.
NEURAL_MOST_WAITING = 200
#: A neural voice that nobody used for so long gives its memory back.
_NEURAL_IDLE_SECONDS = 600.0
#: Neural voices give way to the processes that carry calls.
_NEURAL_NICE = 5


class SpeechPools:
    """A slow voice never keeps a quick one waiting: their workers and their queues are apart."""

    def __init__(self, folders: VoiceFolders | None = None, *, light_workers: int = 1, neural_workers: int = 1) -> None:
        self._arguments: list[str] = []
        if folders is not None:
            self._arguments = ["--voices", str(folders.own)]
            for folder in folders.more:
                self._arguments += ["--more", str(folder)]
        self._neural_workers = neural_workers
        self._light = SpeechPool(light_workers)
        self._neural: dict[str, SpeechPool] = {}

    @property
    def pids(self) -> list[int]:
        """Pids of the workers that run."""
        return [pid for pool in (self._light, *self._neural.values()) for pid in pool.pids]

    def waiting(self, engine: str) -> int:
        """Return how many requests wait for an engine."""
        return self._pool(engine).waiting

    async def synthesize(self, engine: str, utterance: Utterance, turn: Turn | None = None) -> tuple[Samples, int]:
        """Return samples and their rate in Hz. Raises ``SpeechFailed``, ``SpeechBusy``."""
        return await self._pool(engine).synthesize(engine, utterance, turn)

    def hurry(self, engine: str, turn: Turn) -> None:
        """Let a request that waits overtake those that are not for a call in the air."""
        self._pool(engine).hurry(turn, Urgency.CALL)

    async def voices(self) -> list[Voice]:
        """Return the voices of the engines that cost little. Raises ``SpeechFailed``."""
        return await self._light.voices()

    async def close(self) -> None:
        """End all workers; requests that wait for one fail."""
        await asyncio.gather(self._light.close(), *(pool.close() for pool in self._neural.values()))

    def _pool(self, engine: str) -> SpeechPool:
        if engine in LIGHT:
            return self._light
        if engine not in self._neural:
            self._neural[engine] = SpeechPool(
                self._neural_workers,
                arguments=[*self._arguments, "--nice", str(_NEURAL_NICE)],
                timeout_seconds=_NEURAL_TIMEOUT_SECONDS,
                most_waiting=NEURAL_MOST_WAITING,
                idle_seconds=_NEURAL_IDLE_SECONDS,
            )
        return self._neural[engine]
