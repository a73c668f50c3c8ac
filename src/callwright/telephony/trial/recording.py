"""What a step records of the microphone; it is measured and thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from callwright.clock import Clock
from callwright.speech.g711 import RATE
from callwright.telephony.port import Recording

#: Louder than this (root mean square of 16-bit samples) somebody speaks.
_SPEECH: Final = 300.0
_LOOK_SECONDS: Final = 0.25


class TrialRecording:
    """One recording: it ends at its key, after its time, after its silence, or when it is told to."""

    def __init__(self, wanted: Recording, file: Path, clock: Clock, done: Callable[[Path | None], None]) -> None:
        self.name = wanted.name
        self._wanted = wanted
        self._file = file
        self._clock = clock
        self._done: Callable[[Path | None], None] | None = done
        self._samples = bytearray()
        self._begin = self._voice_at = clock.monotonic()
        self._watch = asyncio.get_running_loop().create_task(self._watched())

    def hear(self, samples: bytes) -> None:
        """Take a piece of sound."""
        self._samples += samples
        values = np.frombuffer(samples, dtype="<i2").astype(np.float64)
        if len(values) and float(np.sqrt(np.mean(values * values))) > _SPEECH:
            self._voice_at = self._clock.monotonic()

    def key(self, digit: str) -> bool:
        """Return whether a key ends it, which it then does."""
        if digit != self._wanted.terminator:
            return False
        self.finish()
        return True

    def finish(self) -> None:
        """End it, once."""
        done, self._done = self._done, None
        if done is None:
            return
        self._watch.cancel()
        if self._samples:
            self._file.write_bytes(bytes(self._samples[: 2 * RATE * self._wanted.max_seconds]))
            done(self._file)
        else:
            done(None)

    async def _watched(self) -> None:
        wanted = self._wanted
        while self._done is not None:
            await self._clock.sleep(_LOOK_SECONDS)
            now = self._clock.monotonic()
            silent = wanted.silence_seconds is not None and now - self._voice_at >= wanted.silence_seconds
            if silent or now - self._begin >= wanted.max_seconds:
                self.finish()
