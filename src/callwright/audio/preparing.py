"""Making audio fit to be played: its file is fetched, spoken or read, converted, and stored. A background job.

It may run twice, or be broken off anywhere: until the last transaction nothing has happened but a try counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from callwright.audio import files
from callwright.audio.files import SQL
from callwright.audio.models import Audio
from callwright.audio.service import audio_of
from callwright.errors import CallwrightError
from callwright.events import service as events
from callwright.events.http_client import FetchError, RefusedAddress
from callwright.store.database import Database

if TYPE_CHECKING:
    from callwright.store.database import Connection

log = logging.getLogger(__name__)

#: Largest file that is taken.
MAX_BYTES = 100 * 1024 * 1024
#: After so many tries that broke off it has failed.
MOST_TRIES = 3
#: What an earlier process left in the work folder is deleted when it is as old as this.
_LEFT_SECONDS = 86_400


class Converts(Protocol):
    """Turns a file into sound for telephones (``speech.convert.converter.Converter``)."""

    async def convert(self, source: Path, flac: Path, mp3: Path) -> Mapping[str, Any]:
        """Write two files; return facts with the sound's ``hash``, or ``error``. Raises a ``CallwrightError``."""
        ...


class Speaks(Protocol):
    """Speaks a text into a file (``speech.convert.spoken.SpokenFile``)."""

    async def speak(
        self, text: str, to: Path, *, voice: str | None, language: str | None, rate: float, pitch: float
    ) -> None:
        """Write a WAV. Raises a ``CallwrightError``."""
        ...


class Fetches(Protocol):
    """Gets what customers' URLs lead to (``events.http_client.GuardedClient``)."""

    async def download(self, url: str, to: Path, *, max_bytes: int) -> None:
        """Write it to a file. Raises ``FetchError``."""
        ...


class Records(Protocol):
    """Gets what a call recorded."""

    async def __call__(self, organisation_id: str, origin: Mapping[str, Any], to: Path) -> None:
        """Write the recording to a file. Raises a ``CallwrightError``."""
        ...


class _Unusable(Exception):
    """It will not become better by trying again."""


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """What a conversion left in the work folder."""

    source_hash: bytes
    flac: Path
    mp3: Path
    facts: Mapping[str, Any]

    @property
    def content_hash(self) -> bytes:
        return bytes.fromhex(self.facts["hash"])


class AudioPreparation:
    """Prepares audio, one after another."""

    def __init__(
        self,
        database: Database,
        *,
        folder: Path,
        converter: Converts,
        speaker: Speaks,
        client: Fetches,
        on_events: Callable[[], None] = lambda: None,
    ) -> None:
        """Take ``folder`` for what is being worked on."""
        self._database = database
        self._folder = folder
        self._converter = converter
        self._speaker = speaker
        self._client = client
        self._recordings: Records | None = None
        self._on_events = on_events

    def add_recordings(self, recordings: Records) -> None:
        """Let ``recordings`` bring what calls recorded."""
        self._recordings = recordings

    def prepare_folder(self) -> Path:
        """Make the work folder, for its owner alone, and return it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder

    def sweep(self) -> None:
        """Delete what processes that were killed left in the work folder."""
        for path in self.prepare_folder().iterdir():
            if path.stat().st_mtime < time.time() - _LEFT_SECONDS:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)

    async def run(self, payload: bytes) -> None:
        """Prepare the audio of this id, if it waits for it; raises what may pass, to be tried again."""
        row = await self._database.fetchrow(SQL["audio_to_prepare"], payload.decode())
        if row is None:
            return
        audio = audio_of(row)
        if audio.tries > MOST_TRIES:
            # the process was killed each time: by this file, perhaps
            await self._fail(audio, "its conversion broke off again and again")
            return
        try:
            with tempfile.TemporaryDirectory(dir=self.prepare_folder(), prefix="audio-") as folder:
                prepared = await self._prepare(audio, Path(folder))
                await self._finish(audio, prepared)
        except _Unusable as error:
            await self._fail(audio, str(error))
        except (CallwrightError, FetchError) as error:
            if audio.tries < MOST_TRIES:
                raise
            log.warning("audio %s failed: %s", audio.id, error)
            await self._fail(audio, str(error))

    async def _prepare(self, audio: Audio, folder: Path) -> _Prepared:
        source = folder / "source"
        await self._bring(audio, source)
        digest = await asyncio.to_thread(_hash_of, source)
        prepared_flac, prepared_mp3 = folder / "sound.flac", folder / "sound.mp3"
        facts = await self._converter.convert(source, prepared_flac, prepared_mp3)
        if "error" in facts:
            raise _Unusable(str(facts["error"]))
        return _Prepared(source_hash=digest, flac=prepared_flac, mp3=prepared_mp3, facts=facts)

    async def _bring(self, audio: Audio, to: Path) -> None:
        """Write the file that is to be converted to ``to``."""
        origin = audio.origin
        match audio.source:
            case "upload":
                with to.open("wb") as file:
                    there = audio.source_hash is not None and await files.copy(
                        self._database, audio.organisation_id, audio.source_hash, "source", file
                    )
                if not there:
                    raise _Unusable("the file is gone; upload it again")
            case "url":
                try:
                    await self._client.download(origin["url"], to, max_bytes=MAX_BYTES)
                except RefusedAddress as error:
                    raise _Unusable(str(error)) from None
            case "text":
                await self._speaker.speak(
                    origin["text"],
                    to,
                    voice=origin.get("voice"),
                    language=origin.get("language"),
                    rate=origin.get("rate") or 1.0,
                    pitch=origin.get("pitch") or 1.0,
                )
            case "phone":
                if self._recordings is None:
                    raise _Unusable("this appliance cannot record")
                await self._recordings(audio.organisation_id, origin, to)

    async def _finish(self, audio: Audio, prepared: _Prepared) -> None:
        async with self._database.transaction() as connection:
            if await connection.fetchval(SQL["lock_pending"], audio.organisation_id, audio.id) is None:
                # deleted, or done by another process
                return
            content_hash = prepared.content_hash
            await connection.execute(SQL["lock_content"], audio.organisation_id, content_hash)
            await files.put(connection, audio.organisation_id, content_hash, "flac", prepared.flac)
            await files.put(connection, audio.organisation_id, content_hash, "mp3", prepared.mp3)
            facts = {name: value for name, value in prepared.facts.items() if name != "hash"}
            row = await connection.fetchrow(
                SQL["make_ready"],
                audio.organisation_id,
                audio.id,
                prepared.source_hash,
                content_hash,
                facts,
                shown_origin(audio.origin),
            )
            await connection.execute(SQL["lock_content"], audio.organisation_id, prepared.source_hash)
            await connection.execute(SQL["delete_source"], audio.organisation_id, prepared.source_hash)
            if row is not None:
                await _tell(connection, audio_of(row), "audio.ready")
        self._on_events()

    async def _fail(self, audio: Audio, reason: str) -> None:
        async with self._database.transaction() as connection:
            await fail(connection, audio.organisation_id, audio.id, reason, origin=audio.origin)
        self._on_events()


async def fail(
    connection: Connection, organisation_id: str, audio_id: str, reason: str, *, origin: Mapping[str, Any]
) -> None:
    """Let an audio that waits fail, in the caller's transaction; its file is not kept."""
    row = await connection.fetchrow(SQL["make_failed"], organisation_id, audio_id, reason[:500], shown_origin(origin))
    if row is None:
        return
    failed = audio_of(row)
    if failed.source_hash is not None:
        await connection.execute(SQL["lock_content"], organisation_id, failed.source_hash)
        await connection.execute(SQL["delete_source"], organisation_id, failed.source_hash)
    await _tell(connection, failed, "audio.failed")


def shown_origin(origin: Mapping[str, Any]) -> dict[str, Any]:
    """Return where audio came from without what a URL may hold of secrets: its query and credentials."""
    if "url" not in origin:
        return dict(origin)
    parts = urlsplit(origin["url"])
    host = parts.netloc.rpartition("@")[2]
    return {**origin, "url": urlunsplit((parts.scheme, host, parts.path, "", ""))}


async def _tell(connection: Connection, audio: Audio, event: str) -> None:
    body = {
        "event": event,
        "audio_id": audio.id,
        "name": audio.name,
        "state": audio.state,
        "reason": audio.reason,
        "duration_seconds": audio.seconds,
    }
    await events.append(
        connection,
        organisation_id=audio.organisation_id,
        type=event,
        subject=audio.id,
        body=body,
        owner_id=audio.owner_id,
    )


def _hash_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
