"""Audio that somebody records by telephone: heard again in the call, and taken over when it was kept."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from callwright.audio.preparing import Converts, fail
from callwright.audio.service import PREPARE, AudioService, Enqueue
from callwright.audio.shelf import LocalFiles
from callwright.calls.patience import AWAY
from callwright.errors import CallwrightError
from callwright.flows.dictation import KEEP
from callwright.recordings.service import Recordings
from callwright.store.database import Database, Row
from callwright.store.statements import statements

log = logging.getLogger(__name__)

SQL = statements(__package__, "by_phone.sql")
#: How long a recording that has just ended is waited for; its node stores it in a second.
_STORED_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.2
#: How often calls that have ended are looked for.
_POLL_SECONDS: Final = 2.0


class NothingRecorded(CallwrightError):
    """The call recorded nothing."""

    code = "nothing_recorded"


class PhoneAudio:
    """Brings recordings of dictation calls (``flows.dictation``) to the library of audio."""

    def __init__(
        self,
        database: Database,
        recordings: Recordings,
        *,
        audio: AudioService,
        converter: Converts,
        local: LocalFiles,
        folder: Path,
        enqueue: Enqueue,
    ) -> None:
        """``local`` are this machine's copies of audio, ``folder`` is for files on their way."""
        self._database = database
        self._recordings = recordings
        self._audio = audio
        self._converter = converter
        self._local = local
        self._folder = folder
        self._enqueue = enqueue
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look for calls that have ended."""
        self._task = asyncio.create_task(self._run(), name="audio by phone")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def bring(self, organisation_id: str, origin: Mapping[str, Any], to: Path) -> None:
        """Write what the call of an audio recorded last to a file. Raises ``NothingRecorded``."""
        async with asyncio.timeout(_STORED_SECONDS + 5):
            recording_id = await self._latest(organisation_id, str(origin["call_id"]))
        with to.open("wb") as file:
            await self._recordings.write(organisation_id, recording_id, "flac", file)

    async def draft(self, organisation_id: str, audio_id: str) -> Path | None:
        """Return what was recorded so far, as a path without extension for the engine; ``None``: it is no draft.

        Raises ``NothingRecorded``.
        """
        call_id = await self._database.fetchval(SQL["call_of_draft"], organisation_id, audio_id)
        if call_id is None:
            return None
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="draft-") as work:
            source, flac, mp3 = (Path(work) / name for name in ("source", "flac", "mp3"))
            await self.bring(organisation_id, {"call_id": call_id}, source)
            facts = await self._converter.convert(source, flac, mp3)
            if "error" in facts:
                raise NothingRecorded(str(facts["error"]))
            # the sweep of the next start takes it away, unless it is kept
            return await asyncio.to_thread(self._local.store, str(facts["hash"]), flac)

    async def take_ended(self) -> int:
        """Decide about the audio of calls that have ended; returns how many there were."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(SQL["ended_calls"])
            for row in rows:
                if row["dtmf_response"] == KEEP:
                    origin = {**row["origin"], "kept": True}
                    await self._audio.note_origin(connection, row["organisation_id"], row["id"], origin)
                    await self._enqueue(connection, PREPARE, row["id"].encode())
                else:
                    await fail(connection, row["organisation_id"], row["id"], _why(row), origin=row["origin"])
        return len(rows)

    async def _latest(self, organisation_id: str, call_id: str) -> str:
        """Return the last answer of a call once it is stored."""
        waited = 0.0
        while True:
            answers = [one for one in await self._recordings.of_call(organisation_id, call_id) if one.kind == "answer"]
            if not answers or answers[-1].state == "failed":
                raise NothingRecorded
            if answers[-1].state == "ready":
                return answers[-1].id
            if waited > _STORED_SECONDS:
                raise NothingRecorded("the recording was not stored in time")
            await asyncio.sleep(_LOOK_SECONDS)
            waited += _LOOK_SECONDS

    async def _run(self) -> None:
        while True:
            try:
                await self.take_ended()
            except AWAY as error:
                log.warning("audio by phone waits for PostgreSQL: %s", error or type(error).__name__)
            except Exception:
                log.exception("audio by phone could not be taken over and is tried again")
            await asyncio.sleep(_POLL_SECONDS)


def _why(row: Row) -> str:
    if row["outcome"] not in ("answered", "human"):
        return f"the call reached nobody ({row['outcome']})" + (f": {row['reason']}" if row["reason"] else "")
    return f"nobody pressed {KEEP} to keep what was recorded"
