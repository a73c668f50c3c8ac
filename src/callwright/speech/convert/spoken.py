"""A text as one sound file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from callwright.speech.cache import WAV_RATE
from callwright.speech.speaker import Speaker, SpeechFailed, SpeechRequest


class SpokenFile:
    """Speaks into files."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    async def speak(
        self, text: str, to: Path, *, voice: str | None, language: str | None, rate: float, pitch: float
    ) -> None:
        """Write a text to ``to`` as WAV, 16 kHz. Raises ``UnknownVoice``, ``SpeechFailed``."""
        pieces = await self._speaker.render(
            SpeechRequest(text=text, voice=voice, language=language, rate=rate, pitch=pitch)
        )
        if not pieces:
            raise SpeechFailed("There is nothing in the text that can be spoken")
        await asyncio.to_thread(_join, pieces, to)


def _join(pieces: Sequence[Path], to: Path) -> None:
    with soundfile.SoundFile(to, "w", WAV_RATE, 1, subtype="PCM_16", format="WAV") as out:
        for piece in pieces:
            samples, _ = soundfile.read(piece.with_suffix(".wav"), dtype="int16")
            out.write(np.asarray(samples))
