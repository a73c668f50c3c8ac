"""Speaks messages: the way from a text to files that a call plays."""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import orjson
import soundfile

from callwright.speech.cache import PERSONAL, SHARED, WAV_RATE, SegmentCache
from callwright.speech.cache_sweep import Swept, sweep
from callwright.speech.levels import prepare
from callwright.speech.segments import Cut, Segment, Sentence, Silence, plan
from callwright.speech.tts.engine import Samples, Utterance, Voice
from callwright.speech.tts.installed import VoiceFolders
from callwright.speech.tts.library import open_catalogue
from callwright.speech.tts.pool import SpeechBusy, SpeechFailed, Turn, Urgency
from callwright.speech.tts.pools import SpeechPools
from callwright.speech.tts.shipped import LIGHT, engine_version
from callwright.speech.tts.voices import ResolvedVoice, UnknownVoice

__all__ = ["Speaker", "SpeechFailed", "SpeechRequest", "Urgency"]

log = logging.getLogger(__name__)

#: Part of each segment's name: raised when ``levels`` or an engine's settings change how a segment sounds.
_RECIPE = 2
#: Whole messages remembered; a campaign plays the same few, a personal one is seldom asked for twice.
_MOST_REMEMBERED = 10_000
#: With somebody on the telephone a neural voice gets so long for a message; then one that is quick speaks it.
PATIENCE_SECONDS = 4.0
#: What was filled in for one person is not found again after this, and deleted within the two hours that follow.
PERSONAL_SECONDS = 24 * 3600.0
#: Other segments are deleted when nobody used them for so long.
SHARED_SECONDS = 30 * 24 * 3600.0
#: Bytes of all segments on disk: some 25 hours of speech.
MOST_BYTES = 4 * 1024**3


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
    #: Where the text holds what was filled in for one person: beginnings and ends.
    values: tuple[tuple[int, int], ...] = ()
    #: ``None``: whole sentences of a voice that costs little, pieces of a neural one.
    cut: Cut | None = None


class Engines(Protocol):
    """What ``SpeechPools`` offers."""

    async def synthesize(self, engine: str, utterance: Utterance, turn: Turn | None = None) -> tuple[Samples, int]: ...

    def hurry(self, engine: str, turn: Turn) -> None: ...

    async def close(self) -> None: ...


@dataclass
class _Rendering:
    """A segment that is being made; whoever needs it meanwhile waits for the same."""

    engine: str
    turn: Turn = field(default_factory=Turn)
    task: asyncio.Task[Path] | None = None


class Speaker:
    """Renders messages through the cache; the engines run in processes of their own, started when first needed."""

    def __init__(
        self,
        audio_dir: Path,
        *,
        folders: VoiceFolders | None = None,
        workers: int = 1,
        neural_workers: int = 1,
        pool: Engines | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """``folders``: where neural voices are installed; ``None``: only those of our packages speak."""
        self.catalogue = open_catalogue(folders)
        self._folders = (audio_dir / SHARED, audio_dir / PERSONAL)
        self._shared = SegmentCache(self._folders[0])
        self._personal = SegmentCache(self._folders[1], longest_seconds=PERSONAL_SECONDS)
        self._most_bytes = most_bytes
        self._pool: Engines = pool or SpeechPools(folders, light_workers=workers, neural_workers=neural_workers)
        self._rendering: dict[str, _Rendering] = {}
        self._remembered: dict[tuple[int, SpeechRequest], tuple[tuple[str, bool], ...]] = {}
        self._versions: dict[str, str] = {}

    async def render(self, request: SpeechRequest, urgency: Urgency = Urgency.CALL) -> list[Path]:
        """Return the files of a message in order, as paths without extension (``.wav`` and ``.ulaw`` exist).

        Nothing to be spoken gives an empty list. With somebody on the telephone, a neural voice that fails, is
        overloaded or needs more than ``PATIENCE_SECONDS`` is replaced by a quick one of the same language, if there
        is one. Raises ``UnknownVoice``, ``SpeechFailed``.
        """
        known = self._known(request)
        if known is not None:
            return known
        resolved = self.catalogue.resolve(request.voice, language=request.language)
        if resolved.voice.engine in LIGHT or urgency is not Urgency.CALL:
            return await self._render(request, resolved, urgency)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._render(request, resolved, urgency)
        except (SpeechFailed, TimeoutError) as error:
            substitute = self._substitute(request)
            if substitute is None:
                if isinstance(error, TimeoutError):
                    raise SpeechBusy(f"The voice {resolved.voice.id} did not speak in time") from error
                raise
            log.warning(
                "%s speaks instead of %s: %s",
                substitute.voice.id,
                resolved.voice.id,
                str(error) or f"it needed more than {PATIENCE_SECONDS:g} s",
            )
            return await self._render(request, substitute, urgency)

    def takes_long(self, request: SpeechRequest) -> bool:
        """Whether a neural voice has yet to speak a part of a message. Raises ``UnknownVoice``."""
        resolved = self.catalogue.resolve(request.voice, language=request.language)
        if resolved.voice.engine in LIGHT or self._known(request) is not None:
            return False
        parts = self._parts(request, resolved)
        return any(self._find(self._key(*part), personal=_is_personal(part[1])) is None for part in parts)

    async def sweep(self) -> None:
        """Delete segments that are too old or too many; for a job that runs every hour."""
        shared, personal = self._folders
        kept = await asyncio.to_thread(
            sweep, personal, oldest_seconds=PERSONAL_SECONDS, most_bytes=self._most_bytes // 2
        )
        other = await asyncio.to_thread(
            sweep, shared, oldest_seconds=SHARED_SECONDS, most_bytes=self._most_bytes - kept.kept_bytes
        )
        _tell(personal, kept)
        _tell(shared, other)

    async def close(self) -> None:
        """End the engines."""
        await self._pool.close()

    def _known(self, request: SpeechRequest) -> list[Path] | None:
        """Return the files of a message that was rendered lately, if all are still there."""
        self.catalogue.refresh()
        asked = (self.catalogue.generation, request)
        remembered = self._remembered.get(asked)
        if remembered is None:
            return None
        paths = [self._find(key, personal=personal) for key, personal in remembered]
        found = [path for path in paths if path is not None]
        if len(found) < len(paths):
            del self._remembered[asked]
            return None
        return found

    async def _render(self, request: SpeechRequest, resolved: ResolvedVoice, urgency: Urgency) -> list[Path]:
        parts = self._parts(request, resolved)
        paths = await asyncio.gather(*(self._segment(voice, segment, urgency) for voice, segment in parts))
        # not under a substitute: the next call may get the voice that was asked for
        if resolved.voice == self.catalogue.resolve(request.voice, language=request.language).voice:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.pop(next(iter(self._remembered)))
            asked = (self.catalogue.generation, request)
            self._remembered[asked] = tuple((self._key(*part), _is_personal(part[1])) for part in parts)
        return list(paths)

    def _parts(self, request: SpeechRequest, resolved: ResolvedVoice) -> list[tuple[Voice, Segment]]:
        cut: Cut = request.cut or ("sentences" if resolved.voice.engine in LIGHT else "pieces")
        segments = plan(
            request.text, resolved.reading, rate=request.rate, pitch=request.pitch, values=request.values, cut=cut
        )
        return [(self._voice_of(segment, request, resolved), segment) for segment in segments]

    def _voice_of(self, segment: Segment, request: SpeechRequest, resolved: ResolvedVoice) -> Voice:
        """Return who speaks a segment: the message's voice, unless markup names another."""
        if isinstance(segment, Silence) or (segment.voice is None and segment.language is None):
            return resolved.voice
        name = segment.voice or request.voice
        gender = name if name in {"female", "male"} else None
        try:
            # a wish for a woman or a man means: of the language that is spoken here
            language = segment.language or request.language or resolved.voice.language
            return self.catalogue.resolve(None if gender else name, language=language, gender=gender).voice
        except UnknownVoice:
            return resolved.voice

    def _substitute(self, request: SpeechRequest) -> ResolvedVoice | None:
        try:
            return self.catalogue.resolve(request.voice, language=request.language, engines=LIGHT)
        except UnknownVoice:
            return None

    async def _segment(self, voice: Voice, segment: Segment, urgency: Urgency) -> Path:
        key = self._key(voice, segment)
        found = self._find(key, personal=_is_personal(segment))
        if found is not None:
            return found
        name = f"{key} {_is_personal(segment)}"
        rendering = self._rendering.get(name)
        if rendering is None or rendering.task is None:
            rendering = _Rendering(engine=voice.engine, turn=Turn(urgency=urgency))
            # a task of its own: a caller that is cancelled must not take the segment from the others who wait
            rendering.task = asyncio.create_task(
                self._make(key, voice, segment, rendering.turn), name=f"speech {key[:8]}"
            )
            self._rendering[name] = rendering
            rendering.task.add_done_callback(lambda done: self._forget(name, done))
        elif urgency is Urgency.CALL:
            self._pool.hurry(rendering.engine, rendering.turn)
        return await asyncio.shield(rendering.task)

    def _forget(self, name: str, task: asyncio.Task[Path]) -> None:
        self._rendering.pop(name, None)
        if not task.cancelled():
            # looked at, so that a failure whose callers all went away is not reported as never retrieved
            task.exception()

    async def _make(self, key: str, voice: Voice, segment: Segment, turn: Turn) -> Path:
        if isinstance(segment, Silence):
            signal = np.zeros(WAV_RATE * segment.milliseconds // 1000, dtype=np.float32)
            return await asyncio.to_thread(self._store, key, segment, signal)
        utterance = Utterance(text=segment.text, voice_id=voice.id, rate=segment.rate, pitch=segment.pitch)
        samples, sample_rate = await self._pool.synthesize(voice.engine, utterance, turn)
        prepared = await asyncio.to_thread(prepare, samples, sample_rate, WAV_RATE)
        if prepared is None:
            # without the text: it may be personal, and the message goes to logs
            raise SpeechFailed(
                f"The voice {voice.id} has no sounds for a part of the text: choose a voice of the text's language"
            )
        return await asyncio.to_thread(self._store, key, segment, prepared)

    def _store(self, key: str, segment: Segment, signal: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Path:
        try:
            return self._cache(personal=_is_personal(segment)).store(key, signal)
        except OSError as error:
            raise SpeechFailed(
                f"Speech could not be written to {error.filename or 'disk'}: {error.strerror}"
            ) from error

    def _find(self, key: str, *, personal: bool) -> Path | None:
        # what everybody hears ("one hundred dollars") may be there already
        found = self._shared.find(key)
        return self._personal.find(key) if found is None and personal else found

    def _cache(self, *, personal: bool) -> SegmentCache:
        return self._personal if personal else self._shared

    def _key(self, voice: Voice, segment: Segment) -> str:
        if isinstance(segment, Silence):
            parts: list[str | int | float] = [_RECIPE, "silence", segment.milliseconds]
        else:
            version = voice.version or self._versions.get(voice.engine)
            if version is None:
                version = self._versions[voice.engine] = engine_version(voice.engine)
            parts = [_RECIPE, voice.engine, version, voice.id, segment.rate, segment.pitch, segment.text]
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def _is_personal(segment: Segment) -> bool:
    return isinstance(segment, Sentence) and segment.personal


def _tell(folder: Path, swept: Swept) -> None:
    if swept.deleted:
        log.info("%d spoken segments deleted from %s, %d kept", swept.deleted, folder.name, swept.kept)


def wav_of(paths: Sequence[Path]) -> bytes:
    """Return rendered segments, one after another, as one WAV file (16 kHz, 16 bit). Raises ``OSError``."""
    try:
        parts = [soundfile.read(path.with_suffix(".wav"), dtype="int16")[0] for path in paths]
    except soundfile.LibsndfileError as error:
        raise OSError(f"a rendered segment cannot be read: {error}") from error
    file = io.BytesIO()
    signal = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16)
    soundfile.write(file, signal, WAV_RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()
