"""What the API and the console do with recordings: list, listen, pause, delete, and what is kept for how long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import IO, Final

from callwright.clock import Clock
from callwright.errors import CallwrightError, Conflict, NotFound
from callwright.recordings import sound
from callwright.recordings.ledger import SQL, tell
from callwright.recordings.models import RecordingFilter, RecordingView, recording_of
from callwright.store.database import Connection, Database

log = logging.getLogger(__name__)

#: How long the process that has the call may take to confirm that it records silence.
_CONFIRM_SECONDS: Final = 5.0
_ASK_SECONDS: Final = 0.05
_RING_AGAIN_SECONDS: Final = 1.0
#: What a node has not handed over after so long is lost.
_LOST_AFTER: Final = timedelta(days=2)


class PauseUnconfirmed(CallwrightError):
    """The recording could not be paused or resumed in time; it may go on as before. Try again."""

    status = 503
    code = "pause_unconfirmed"


class Recordings:
    """Recordings of organisations. Nothing here writes sound: ``collector`` does."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        on_pause: Callable[[str], None] = lambda attempt_id: None,
        on_events: Callable[[], None] = lambda: None,
    ) -> None:
        """``on_pause`` is called with the attempt whose recording is to be paused or resumed."""
        self._database = database
        self._clock = clock
        self._on_pause = on_pause
        self._on_events = on_events

    async def get(self, organisation_id: str, recording_id: str, *, sandbox: bool = False) -> RecordingView:
        """Return a recording; with ``sandbox`` only one of a sandbox call. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_recording"], organisation_id, recording_id, sandbox)
        if row is None:
            raise NotFound(f"there is no recording {recording_id!r}")
        return recording_of(row)

    async def of_link(self, recording_id: str) -> RecordingView:
        """Return a recording whose link is still to be checked. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["recording_of_link"], recording_id)
        if row is None:
            raise NotFound(f"there is no recording {recording_id!r}")
        return recording_of(row)

    async def page(
        self,
        organisation_id: str,
        narrowed: RecordingFilter,
        *,
        limit: int,
        before: int | None,
        sandbox: bool = False,
    ) -> list[RecordingView]:
        """Return up to ``limit`` recordings, newest first, with a ``number`` below ``before``.

        Deleted ones only when the filter asks for them.
        """
        rows = await self._database.fetch(
            SQL["page_of_recordings"],
            organisation_id,
            sandbox,
            narrowed.call_id,
            narrowed.kind,
            narrowed.state,
            narrowed.created_after,
            narrowed.created_before,
            before,
            limit,
        )
        return [recording_of(row) for row in rows]

    async def of_call(self, organisation_id: str, call_id: str) -> list[RecordingView]:
        """Return what was recorded of a call and is not deleted, in order."""
        rows = await self._database.fetch(SQL["recordings_of_call"], organisation_id, call_id)
        return [recording_of(row) for row in rows]

    async def of_calls(self, organisation_id: str, call_ids: Sequence[str]) -> list[RecordingView]:
        """Return what was recorded of these calls and is not deleted, in order."""
        rows = await self._database.fetch(SQL["recordings_of_calls"], organisation_id, list(call_ids))
        return [recording_of(row) for row in rows]

    async def write(self, organisation_id: str, recording_id: str, form: str, target: IO[bytes]) -> None:
        """Write the sound as ``wav``, ``mp3`` or ``flac``. Raises ``NotFound`` when it is not there (any more)."""
        with sound.scratch() as flac:
            await self._copy(organisation_id, recording_id, target if form == "flac" else flac)
            if form != "flac":
                flac.flush()
                await asyncio.to_thread(sound.convert, Path(flac.name), form, target)
        target.flush()

    async def _copy(self, organisation_id: str, recording_id: str, target: IO[bytes]) -> None:
        ordinal = 0
        while piece := await self._database.fetchval(SQL["piece"], organisation_id, recording_id, ordinal):
            target.write(piece)
            ordinal += 1
        if not ordinal:
            raise NotFound(f"there is no sound of recording {recording_id!r}: it is not ready, or was deleted")

    async def pause(self, organisation_id: str, call_id: str, *, paused: bool) -> RecordingView:
        """Record silence in place of a call in the air, or the call again; returns when that is so.

        Raises ``Conflict`` when the call is not being recorded, ``PauseUnconfirmed`` when the process that has the
        call did not confirm it in time.
        """
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["want_pause"], organisation_id, call_id, paused)
            if row is None:
                raise Conflict(f"call {call_id} is not being recorded now")
            if row["paused"] != paused:
                event = "call.recording_paused" if paused else "call.recording_resumed"
                await tell(connection, organisation_id, call_id, event, recording_id=row["id"])
        self._on_events()
        loop = asyncio.get_running_loop()
        until, rung = loop.time() + _CONFIRM_SECONDS, loop.time() - _RING_AGAIN_SECONDS
        while await self._database.fetchval(SQL["is_paused"], organisation_id, row["id"]) != paused:
            if (now := loop.time()) > until:
                raise PauseUnconfirmed
            if now - rung >= _RING_AGAIN_SECONDS:
                self._on_pause(row["attempt_id"])
                rung = now
            await asyncio.sleep(_ASK_SECONDS)
        return await self.get(organisation_id, row["id"])

    async def delete(
        self, organisation_id: str, recording_id: str, *, sandbox: bool = False, reason: str = "somebody deleted it"
    ) -> None:
        """Delete the sound and what it said; that there was one stays. Raises ``NotFound`` and ``Conflict``."""
        async with self.transaction() as connection:
            await self.delete_in(connection, organisation_id, recording_id, sandbox=sandbox, reason=reason)
        self._on_events()

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """Open a transaction, for what is to be written together with a deletion."""
        return self._database.transaction()

    async def delete_in(
        self,
        connection: Connection,
        organisation_id: str,
        recording_id: str,
        *,
        sandbox: bool = False,
        reason: str = "somebody deleted it",
    ) -> None:
        """Delete as ``delete`` does, in the caller's transaction."""
        row = await connection.fetchrow(SQL["lock_recording"], organisation_id, recording_id, sandbox)
        if row is None or row["state"] == "deleted":
            raise NotFound(f"there is no recording {recording_id!r}")
        if row["state"] == "recording":
            raise Conflict("it is being recorded; delete it when the call has ended")
        await remove(connection, recording_id, reason, clock=self._clock)
        await tell(
            connection, organisation_id, row["call_id"], "call.recording_deleted",
            recording_id=recording_id, kind=row["kind"], step=row["step"], reason=reason,
        )  # fmt: skip

    async def kept_days(self, organisation_id: str) -> int | None:
        """Return after how many days sound is deleted; ``None``: it is kept."""
        days: int | None = await self._database.fetchval(SQL["kept_days"], organisation_id)
        return days

    async def keep(self, connection: Connection, organisation_id: str, days: int | None) -> None:
        """Set after how many days (1 to 3650) sound is deleted, in the caller's transaction; also of what is there."""
        await connection.execute(SQL["set_kept_days"], organisation_id, days)

    async def forget_old(self) -> None:
        """Delete what is kept no longer, and give up what lost nodes have; a periodic job."""
        now = self._clock.now()
        while rows := await self._database.fetch(SQL["expired"], now):
            for row in rows:
                try:
                    await self.delete(row["organisation_id"], row["id"], reason="its time was over")
                except (NotFound, Conflict):
                    log.info("recording %s was deleted by somebody else", row["id"])
        async with self._database.transaction() as connection:
            for row in await connection.fetch(SQL["give_up_lost"], now - _LOST_AFTER):
                await tell(
                    connection, row["organisation_id"], row["call_id"], "call.recording_failed",
                    recording_id=row["id"], kind=row["kind"], step=row["step"], reason=row["reason"],
                )  # fmt: skip
        self._on_events()


async def remove(connection: Connection, recording_id: str, reason: str, *, clock: Clock) -> None:
    """Delete sound and content of a locked recording in the caller's transaction."""
    await connection.execute(SQL["drop_pieces"], [recording_id])
    await connection.execute(SQL["delete_recording"], recording_id, reason, clock.now())
