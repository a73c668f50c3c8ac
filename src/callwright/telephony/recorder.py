"""What is recorded of one call: rows and files go together, and secrets are left out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from callwright.calls.models import Attempt
from callwright.errors import CallwrightError
from callwright.flows import commands
from callwright.flows.events import Recorded
from callwright.telephony.port import Leg, RecordEnded, Recording

log = logging.getLogger(__name__)

#: Name of the recording of a whole call.
WHOLE: Final = "call"


class Begun(Protocol):
    """A recording that has a row."""

    @property
    def id(self) -> str:
        """``rec_…``."""
        ...

    @property
    def pause_wanted(self) -> bool:
        """Whether somebody asked for silence in its place."""
        ...


class Recordings(Protocol):
    """Where recordings are written down; the recordings domain implements it."""

    async def begin(
        self, attempt: Attempt, name: str, *, step: str | None = None, max_seconds: int | None = None
    ) -> Begun:
        """Commit that an engine is about to record; begun twice, it is one recording."""
        ...

    async def end(self, attempt: Attempt, name: str, file: Path, *, max_seconds: int) -> float:
        """Commit that an answer was written, and return how many seconds it is long. Raises ``FileNotFoundError``."""
        ...

    async def fail(self, attempt: Attempt, name: str, reason: str) -> None:
        """Commit that there will be none."""
        ...

    async def pause_wanted(self, attempt: Attempt) -> bool:
        """Return whether somebody asked for silence in place of the call."""
        ...

    async def paused(self, attempt: Attempt, *, paused: bool) -> None:
        """Commit that silence is recorded from now on, or no longer, because somebody asked for it."""
        ...


@dataclass(frozen=True, kw_only=True)
class RecordMeans:
    """What recordings need."""

    recordings: Recordings
    #: Sound (path without extension) that tells a callee to speak.
    beep: Path | None = None
    #: Called when a call is over: what was recorded of it can be stored.
    on_end: Callable[[], None] = lambda: None


class Recorder:
    """Everything that is recorded of one attempt."""

    def __init__(self, attempt: Attempt, means: RecordMeans | None, report: Callable[[Recorded], None]) -> None:
        self._attempt = attempt
        self._means = means
        self._report = report
        self._answers: dict[str, tuple[str, int]] = {}
        self._whole = False
        #: Something was recorded, or should have been.
        self._used = False
        self._secret = False
        self._paused = False
        self._turns = asyncio.Lock()

    async def record_call(self, leg: Leg) -> None:
        """Record the call from now on, to its end; after a restart, go on with it."""
        if self._means is None:
            log.error("attempt %s: calls are not recorded here", self._attempt.id)
            return
        self._used = True
        recordings = self._means.recordings
        begun = await recordings.begin(self._attempt, WHOLE)
        async with self._turns:
            self._whole = True
            await leg.mute_recording(on=self._secret or begun.pause_wanted)
            try:
                await leg.record_call()
            except CallwrightError as error:
                log.error("attempt %s: the call is not recorded: %s", self._attempt.id, error)
                self._whole = False
                await recordings.fail(self._attempt, WHOLE, str(error) or type(error).__name__)
                return
            await self._note_pause(begun.pause_wanted)

    async def keep_secret(self, leg: Leg, *, secret: bool) -> None:
        """Let the recording be silent while something is asked for that nobody may keep."""
        if secret == self._secret:
            return
        async with self._turns:
            self._secret = secret
            await leg.mute_recording(on=self._secret or self._paused)

    async def pause_changed(self, leg: Leg) -> None:
        """Record silence, or the call again, as somebody asked."""
        if self._means is None or not self._whole:
            return
        wanted = await self._means.recordings.pause_wanted(self._attempt)
        async with self._turns:
            await leg.mute_recording(on=self._secret or wanted)
            await self._note_pause(wanted)

    async def _note_pause(self, paused: bool) -> None:
        if self._means is not None and paused != self._paused:
            self._paused = paused
            await self._means.recordings.paused(self._attempt, paused=paused)

    async def record(self, leg: Leg, command: commands.Record) -> None:
        """Record what the callee says; ``Recorded`` is reported when it is over, or cannot be done."""
        if self._means is None:
            self._report(Recorded(recording_id="", seconds=0.0, reason="nothing can be recorded here"))
            return
        self._used = True
        begun = await self._means.recordings.begin(
            self._attempt, command.name, step=command.step, max_seconds=command.max_seconds
        )
        self._answers[command.name] = (begun.id, command.max_seconds)
        try:
            await leg.record(
                Recording(
                    name=command.name,
                    max_seconds=command.max_seconds,
                    silence_seconds=command.silence_seconds,
                    terminator=command.terminator,
                    beep=self._means.beep if command.beep else None,
                )
            )
        except CallwrightError as error:
            log.warning("attempt %s: the callee is not recorded: %s", self._attempt.id, error)
            self._report(await self._failed(command.name, str(error) or type(error).__name__))

    async def ended(self, ended: RecordEnded) -> Recorded:
        """Take the end of a recording of the callee's words, and return what the flow is told."""
        recording_id, max_seconds = self._answers.pop(ended.name, ("", 0))
        if ended.file is None or self._means is None or not recording_id:
            return await self._failed(ended.name, "nothing was recorded")
        try:
            seconds = await self._means.recordings.end(self._attempt, ended.name, ended.file, max_seconds=max_seconds)
        except FileNotFoundError:
            return await self._failed(ended.name, "the recording is gone")
        return Recorded(recording_id=recording_id, seconds=seconds)

    async def _failed(self, name: str, reason: str) -> Recorded:
        self._answers.pop(name, None)
        if self._means is not None:
            await self._means.recordings.fail(self._attempt, name, reason)
        return Recorded(recording_id="", seconds=0.0, reason=reason)

    def over(self) -> None:
        """The call has ended. What an earlier process recorded of it is found without being told of."""
        if self._means is not None and self._used:
            self._means.on_end()
