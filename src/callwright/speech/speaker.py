"""Speaks messages: the way from a text to files that a call plays."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson

from callwright.speech.cache import WAV_RATE, SegmentCache
from callwright.speech.levels import prepare
from callwright.speech.segments import Segment, Silence, plan
from callwright.speech.tts.engine import Utterance, Voice
from callwright.speech.tts.pool import SpeechFailed, SpeechPool
from callwright.speech.tts.shipped import engine_version, shipped_voices
from callwright.speech.tts.voices import VoiceCatalogue

__all__ = ["Speaker", "SpeechFailed", "SpeechRequest"]

#: Part of each segment's name: raised when ``levels`` or an engine's settings change how a segment sounds.
_RECIPE = 1
#: Whole messages remembered; a campaign plays the same few, a personal one is seldom asked for twice.
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, kw_only=True)
class SpeechRequest:
    """A message to be spoken."""

    #: Plain text, or the SSML subset of ``docs/reference/voices.md`` when it begins with ``<speak>``.
    text: str
    #: As ``VoiceCatalogue.resolve`` reads it; ``None``: the best of the language.
    voice: str | None = None
    #: BCP 47; ``None``: the voice's own.
    language: str | None = None
    #: Multiples of the voice's normal rate and pitch, 0.5 to 2.0.
    rate: float = 1.0
    pitch: float = 1.0


class Speaker:
    """Renders messages through the cache; the engines run in ``workers`` processes, started when first needed."""

    def __init__(self, audio_dir: Path, *, workers: int = 1, pool: SpeechPool | None = None) -> None:
        self.catalogue = VoiceCatalogue(shipped_voices())
        self._cache = SegmentCache(audio_dir / "tts")
        self._pool = pool or SpeechPool(workers)
        self._rendering: dict[str, asyncio.Task[Path]] = {}
        self._remembered: dict[SpeechRequest, tuple[Path, ...]] = {}
        self._versions: dict[str, str] = {}

    async def render(self, request: SpeechRequest) -> list[Path]:
        """Return the files of a message in order, as paths without extension (``.wav`` and ``.ulaw`` exist).

        Nothing to be spoken gives an empty list. Raises ``UnknownVoice``, ``SpeechFailed``.
        """
        known = self._remembered.get(request)
        if known is not None:
            return list(known)
        resolved = self.catalogue.resolve(request.voice, language=request.language)
        voice = resolved.voice
        segments = plan(request.text, resolved.reading, rate=request.rate, pitch=request.pitch)
        paths = await asyncio.gather(*(self._segment(voice, segment) for segment in segments))
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[request] = tuple(paths)
        return list(paths)

    async def close(self) -> None:
        """End the engines."""
        await self._pool.close()

    async def _segment(self, voice: Voice, segment: Segment) -> Path:
        key = self._key(voice, segment)
        found = self._cache.find(key)
        if found is not None:
            return found
        task = self._rendering.get(key)
        if task is None:
            # a task of its own: a caller that is cancelled must not take the segment from the others who wait
            task = asyncio.create_task(self._make(key, voice, segment), name=f"speech {key[:8]}")
            self._rendering[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    def _forget(self, key: str, task: asyncio.Task[Path]) -> None:
        self._rendering.pop(key, None)
        if not task.cancelled():
            # looked at, so that a failure whose callers all went away is not reported as never retrieved
            task.exception()

    async def _make(self, key: str, voice: Voice, segment: Segment) -> Path:
        if isinstance(segment, Silence):
            signal = np.zeros(WAV_RATE * segment.milliseconds // 1000, dtype=np.float32)
            return await asyncio.to_thread(self._store, key, signal)
        utterance = Utterance(text=segment.text, voice_id=voice.id, rate=segment.rate, pitch=segment.pitch)
        samples, sample_rate = await self._pool.synthesize(voice.engine, utterance)
        prepared = await asyncio.to_thread(prepare, samples, sample_rate, WAV_RATE)
        if prepared is None:
            # without the text: it may be personal, and the message goes to logs
            raise SpeechFailed(
                f"The voice {voice.id} has no sounds for a part of the text: choose a voice of the text's language"
            )
        return await asyncio.to_thread(self._store, key, prepared)

    def _store(self, key: str, signal: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Path:
        try:
            return self._cache.store(key, signal)
        except OSError as error:
            raise SpeechFailed(
                f"Speech could not be written to {error.filename or 'disk'}: {error.strerror}"
            ) from error

    def _key(self, voice: Voice, segment: Segment) -> str:
        if isinstance(segment, Silence):
            parts: list[str | int | float] = [_RECIPE, "silence", segment.milliseconds]
        else:
            version = self._versions.get(voice.engine)
            if version is None:
                version = self._versions[voice.engine] = engine_version(voice.engine)
            parts = [_RECIPE, voice.engine, version, voice.id, segment.rate, segment.pitch, segment.text]
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()
