"""The writer of what is being recorded: begun, ended, failed, paused."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from callwright.calls.models import Attempt
from callwright.calls.patience import AWAY
from callwright.calls.queries import call_of
from callwright.calls.settlement import announce
from callwright.clock import Clock
from callwright.ids import new_id
from callwright.recordings.sound import RATE
from callwright.store.database import Connection, Database
from callwright.store.statements import statements

log = logging.getLogger(__name__)

SQL = statements(__package__)
_FIRST_DELAY_SECONDS = 0.1
_LONGEST_DELAY_SECONDS = 2.0
_BYTES_PER_SECOND = 2 * RATE
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A recording has its row."""

    id: str
    #: Somebody asked for silence in its place.
    pause_wanted: bool


class RecordingLedger:
    """Implements the runner's ``Recordings``: waits for a database that is away, as the calls' ledger does."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        node: str,
        on_events: Callable[[], None] = lambda: None,
        on_ended: Callable[[], None] = lambda: None,
    ) -> None:
        """``node`` names the engine; ``on_ended`` is called when there is something to be stored."""
        self._database = database
        self._clock = clock
        self._node = node
        self._on_events = on_events
        self._on_ended = on_ended

    async def begin(
        self, attempt: Attempt, name: str, *, step: str | None = None, max_seconds: int | None = None
    ) -> Begun:
        """Commit that an engine is about to record: the call, or, for a ``step``, what the callee says.

        Begun twice, it is one recording.
        """

        async def write() -> Begun:
            row = await self._database.fetchrow(
                SQL["begin_recording"],
                new_id("rec"),
                attempt.organisation_id,
                attempt.call_id,
                attempt.id,
                attempt.sandbox,
                "call" if step is None else "answer",
                name,
                step,
                max_seconds,
                self._node,
            )
            assert row is not None  # noqa: S101  (an upsert returns its row)
            return Begun(id=row["id"], pause_wanted=row["pause_wanted"])

        return await self._patiently(write)

    async def end(self, attempt: Attempt, name: str, file: Path, *, max_seconds: int) -> float:
        """Commit that the engine has written an answer, and return how many seconds it is long."""
        seconds = round(min(file.stat().st_size / _BYTES_PER_SECOND, max_seconds), 2)

        async def write() -> None:
            await self._database.execute(SQL["end_recording"], attempt.organisation_id, attempt.id, name, seconds)

        await self._patiently(write)
        self._on_ended()
        return seconds

    async def fail(self, attempt: Attempt, name: str, reason: str) -> None:
        """Commit that there will be no recording, and why."""

        async def write() -> None:
            async with self._database.transaction() as connection:
                row = await connection.fetchrow(
                    SQL["fail_recording"], attempt.organisation_id, attempt.id, name, reason
                )
                if row is not None:
                    await tell(
                        connection, attempt.organisation_id, row["call_id"], "call.recording_failed",
                        recording_id=row["id"], kind=row["kind"], step=row["step"], reason=row["reason"],
                    )  # fmt: skip

        await self._patiently(write)
        self._on_events()

    async def pause_wanted(self, attempt: Attempt) -> bool:
        """Return whether somebody asked for silence in place of the call."""

        async def read() -> bool:
            return bool(await self._database.fetchval(SQL["pause_wanted"], attempt.organisation_id, attempt.id))

        return await self._patiently(read)

    async def paused(self, attempt: Attempt, *, paused: bool) -> None:
        """Commit that silence is recorded from now on, or no longer, because somebody asked for it."""

        async def write() -> None:
            await self._database.execute(SQL["note_paused"], attempt.organisation_id, attempt.id, paused)

        await self._patiently(write)

    async def _patiently(self, work: Callable[[], Awaitable[_T]]) -> _T:
        delay = _FIRST_DELAY_SECONDS
        while True:
            try:
                return await work()
            except AWAY as error:
                log.warning("an entry about a recording waits for the database: %s", error)
            await self._clock.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY_SECONDS)


async def tell(connection: Connection, organisation_id: str, call_id: str, event: str, **more: object) -> None:
    """Write an event of a recording's call in the caller's transaction."""
    row = await connection.fetchrow(SQL["call_of_recording"], organisation_id, call_id)
    if row is not None:
        known = {name: value for name, value in more.items() if value is not None}
        await announce(connection, call_of(row), event, **known)
