"""A machine's copies of audio: placed before a call is dialled, fetched before they are played if one is missing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import asyncpg

from callwright.audio import files
from callwright.audio.files import SQL
from callwright.audio.models import Audio
from callwright.errors import CallwrightError, NotFound
from callwright.store.database import Database

log = logging.getLogger(__name__)

#: Ids remembered with their hash; a campaign plays few.
_MOST_KNOWN = 10_000
_ASKED_AT_ONCE = 1000


class AudioMissing(CallwrightError):
    """The audio cannot be fetched now."""

    code = "audio_missing"
    status = 503


class LocalFiles(Protocol):
    """Files that an engine plays, by the hash of the sound (``speech.convert.local.LocalAudio``)."""

    def find(self, key: str) -> Path | None:
        """Return the path without extension, or ``None``."""
        ...

    def store(self, key: str, flac: Path) -> Path:
        """Unpack a FLAC; returns the path without extension. Raises ``OSError``."""
        ...

    def keys(self) -> Iterator[str]:
        """Yield the hashes of what is there."""
        ...

    def drop(self, key: str) -> None:
        """Delete the files of a sound."""
        ...


class Drafts(Protocol):
    """Brings what is being recorded by telephone (``recordings.by_phone.PhoneAudio.draft``)."""

    async def __call__(self, organisation_id: str, audio_id: str) -> Path | None:
        """Return the path without extension; ``None``: it is no draft. Raises a ``CallwrightError``."""
        ...


class AudioShelf:
    """Audio as files of this machine."""

    def __init__(self, database: Database, local: LocalFiles, *, folder: Path) -> None:
        """Take ``folder`` for files on their way."""
        self._database = database
        self._local = local
        self._folder = folder
        #: Hash by organisation and id: the sound of an audio never changes.
        self._known: dict[tuple[str, str], bytes] = {}
        self._fetching: dict[str, asyncio.Lock] = {}
        self._drafts: Drafts | None = None

    def add_drafts(self, drafts: Drafts) -> None:
        """Let ``drafts`` bring what is being recorded by telephone."""
        self._drafts = drafts

    async def place(self, organisation_id: str, audio_ids: Iterable[str]) -> None:
        """Return when all of them are here. Raises ``NotFound`` for one that is gone, ``AudioMissing``."""
        for audio_id in audio_ids:
            with _away_is_missing(audio_id):
                digest = await self._digest(organisation_id, audio_id)
                if digest is not None and self._local.find(digest.hex()) is None:
                    await self._fetched(organisation_id, digest)

    async def file(self, organisation_id: str, audio_id: str) -> Path:
        """Return the path, without extension, of what the engine plays.

        Raises ``NotFound`` when it is gone, ``AudioMissing`` when it cannot be fetched now.
        """
        with _away_is_missing(audio_id):
            digest = await self._digest(organisation_id, audio_id)
            if digest is None:
                draft = None if self._drafts is None else await self._drafts(organisation_id, audio_id)
                if draft is None:
                    raise NotFound(f"the audio {audio_id} is not recorded yet")
                return draft
            return self._local.find(digest.hex()) or await self._fetched(organisation_id, digest)

    async def _digest(self, organisation_id: str, audio_id: str) -> bytes | None:
        """Return the hash of the sound; ``None`` for what is being recorded by telephone. Raises ``NotFound``."""
        known = self._known.get((organisation_id, audio_id))
        if known is not None:
            return known
        row = await self._database.fetchrow(SQL["content_of"], organisation_id, audio_id)
        if row is None:
            raise NotFound(f"the audio {audio_id} is gone, or is not ready")
        if row["draft"]:
            return None
        if len(self._known) >= _MOST_KNOWN:
            self._known.pop(next(iter(self._known)))
        digest: bytes = row["content_hash"]
        self._known[organisation_id, audio_id] = digest
        return digest

    async def download(self, audio: Audio, form: str) -> Path:
        """Return a file of this machine for listening, ``wav`` or ``mp3``. Raises as ``file`` does."""
        with _away_is_missing(audio.id):
            path = await self.file(audio.organisation_id, audio.id)
            assert audio.content_hash is not None  # noqa: S101  (it is ready: file would have raised)
            wanted = path.with_suffix(f".{form}")
            if form == "mp3" and not wanted.exists():
                with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
                    temporary = Path(file.name)
                    there = await files.copy(
                        self._database, audio.organisation_id, audio.content_hash, "mp3", file.file
                    )
                if not there:
                    temporary.unlink()
                    raise NotFound(f"the audio {audio.id} is gone")
                temporary.replace(wanted)
            return wanted

    async def sweep(self) -> None:
        """Delete copies of what is in no organisation's library any more. Before anything plays."""
        keys = sorted(set(self._local.keys()))
        for start in range(0, len(keys), _ASKED_AT_ONCE):
            some = keys[start : start + _ASKED_AT_ONCE]
            rows = await self._database.fetch(SQL["contents_among"], [bytes.fromhex(key) for key in some])
            there = {row["hash"].hex() for row in rows}
            for key in some:
                if key not in there:
                    self._local.drop(key)

    async def _fetched(self, organisation_id: str, digest: bytes) -> Path:
        key = digest.hex()
        lock = self._fetching.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                found = self._local.find(key)
                if found is not None:
                    return found
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with tempfile.NamedTemporaryFile(dir=self._folder, prefix="flac-") as file:
                    if not await files.copy(self._database, organisation_id, digest, "flac", file.file):
                        raise NotFound("the sound is gone from the library")
                    file.flush()
                    return await asyncio.to_thread(self._local.store, key, Path(file.name))
        finally:
            if not lock.locked():
                self._fetching.pop(key, None)


@contextlib.contextmanager
def _away_is_missing(audio_id: str) -> Iterator[None]:
    """Let a database that is away, or a full disk, be an audio that cannot be played now."""
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        log.warning("audio %s cannot be fetched: %s", audio_id, error or type(error).__name__)
        raise AudioMissing(f"the audio {audio_id} cannot be fetched now") from error
