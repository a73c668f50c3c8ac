"""Recording a leg: Asterisk writes the files by itself, so a control plane that is killed loses nothing of them.

What is recorded are snoop channels: unlike the call's own, they bring silence where a telephone sends nothing, so that
times are right and silence is noticed. A whole call is two, one for each side, recorded from the answer to the hang-up.
Both end at that moment, so their ends, not their beginnings, are laid on one another. Muted, Asterisk writes silence on
both, and the time stays right.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from callwright.errors import CallwrightError
from callwright.telephony.asterisk.ari import Answer, AnswerLost, AriConnection, AriRefused
from callwright.telephony.port import (
    CALLEE_SIDE,
    OUR_SIDE,
    EngineUnavailable,
    LegEvent,
    RecordEnded,
    Recording,
    recording_file,
)

log = logging.getLogger(__name__)

#: Ids of snoop channels begin so; the side and the attempt follow.
PREFIX: Final = "rec."
#: What Asterisk calls the two directions of a channel.
_SIDES: Final = {CALLEE_SIDE: "in", OUR_SIDE: "out"}
#: A beep is short, but may wait for what plays before it.
_BEEP_SECONDS: Final = 10.0
#: A snoop channel is in our hands after milliseconds, and after seconds on a machine that is overwhelmed.
_ENTERING_SECONDS: Final = 10.0


def is_recorder(channel_id: str) -> bool:
    """Return whether a channel is there to record a call, and no call."""
    return channel_id.startswith(PREFIX)


def attempt_of_recorder(channel_id: str) -> str:
    """Return the id of the attempt whose call a channel records."""
    return channel_id.removeprefix(PREFIX).partition(".")[2]


class Recordings:
    """Everything that is recorded of one leg."""

    def __init__(
        self,
        attempt_id: str,
        channel: str,
        connection: AriConnection,
        *,
        folder: Path | None,
        emit: Callable[[LegEvent], None],
        adopted: bool,
    ) -> None:
        self._attempt = attempt_id
        self._channel = channel
        self._connection = connection
        self._folder = folder
        self._emit = emit
        #: Whether a process before us may have begun what we are asked for.
        self._adopted = adopted
        #: Recordings of the callee's words whose end was not reported.
        self._open: dict[str, Recording] = {}
        self._beeps: dict[str, asyncio.Event] = {}
        #: The call itself is to be recorded, and whether silence is written in its place.
        self._whole = False
        self._muted = False
        self._entered: dict[str, asyncio.Event] = {}
        self._turns = asyncio.Lock()
        self._over = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def record(self, recording: Recording) -> None:
        """Record the callee, or go on with what was begun. Raises ``AriRefused`` or ``EngineUnavailable``."""
        name = recording.name
        self._open[name] = recording
        try:
            if self._adopted and await self._find(name):
                return
            await self._snoop([name], fresh=not self._adopted)
            if recording.beep is not None:
                await self._beep(name, recording.beep)
            query = {
                "name": self._name(name),
                "format": "sln",
                "ifExists": "fail",
                "maxDurationSeconds": str(recording.max_seconds),
                "maxSilenceSeconds": str(recording.silence_seconds or 0),
            }
            _check(await self._ask("POST", f"channels/{self._recorder(name)}/record", query))
        except AnswerLost:
            # asked after at the reconnection
            return
        except CallwrightError:
            # when the call has ended meanwhile, the end of this was reported with it
            if self._open.pop(name, None) is not None:
                raise

    async def _beep(self, name: str, beep: Path) -> None:
        """Play the beep and wait for its end, or the end of the call."""
        playback = f"{self._attempt}-{name}.beep"
        ended = self._beeps[playback] = asyncio.Event()
        _check(await self._ask("POST", f"channels/{self._channel}/play/{playback}", {"media": f"sound:{beep}"}))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_BEEP_SECONDS):
                await ended.wait()
        self._beeps.pop(playback, None)

    def played(self, playback: str) -> None:
        """Take the end of a playback."""
        if playback in self._beeps:
            self._beeps[playback].set()

    def pressed(self, digit: str) -> list[str]:
        """Return the recordings that a key ends."""
        return [name for name, recording in self._open.items() if recording.terminator == digit]

    async def stop(self, name: str) -> None:
        """End a recording of the callee's words; its end follows."""
        if name in self._open:
            try:
                await self._ask("POST", f"recordings/live/{self._name(name)}/stop")
            except (EngineUnavailable, AnswerLost):
                log.info("attempt %s: a recording could not be stopped: no connection to Asterisk", self._attempt)

    async def record_call(self) -> None:
        """Record both sides to the end. Raises ``AriRefused`` or ``EngineUnavailable``."""
        fresh, self._whole = not (self._whole or self._adopted), True
        async with self._turns:
            await self._make_sure(fresh=fresh)

    async def mute(self, *, on: bool) -> None:
        """Write silence in place of the call, or no longer."""
        self._muted = on
        if self._whole:
            async with self._turns:
                try:
                    await self._apply_mute()
                except (EngineUnavailable, AnswerLost):
                    log.warning("attempt %s: its recording is muted or not when Asterisk is back", self._attempt)

    async def catch_up(self) -> None:
        """Look, after a connection was lost, at what became of everything. Raises ``EngineUnavailable`` and so on."""
        for name in list(self._open):
            answer = await self._ask("GET", f"recordings/live/{self._name(name)}")
            if answer.status == 404:
                self.finished(name)
        if self._whole:
            async with self._turns:
                await self._make_sure()

    def finished(self, name: str) -> None:
        """Take the end of a recording, if it is one of the callee's words."""
        if name in self._open:
            self._release(name)
            del self._open[name]
            file = None if self._folder is None else recording_file(self._folder, self._attempt, name)
            self._emit(RecordEnded(name=name, file=file if file is not None and file.exists() else None))

    def _release(self, name: str) -> None:
        """Remove the channel that was recorded; with the call it goes by itself."""

        async def remove() -> None:
            with contextlib.suppress(EngineUnavailable, AnswerLost):
                await self._ask("DELETE", f"channels/{self._recorder(name)}")

        if not self._over:
            task = asyncio.get_running_loop().create_task(remove())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def entered(self, channel_id: str) -> None:
        """Take ``StasisStart`` of a snoop channel."""
        self._entered.setdefault(channel_id, asyncio.Event()).set()

    def end(self) -> None:
        """Report the ends that the end of the leg brought."""
        self._over = True
        for event in self._beeps.values():
            event.set()
        for name in sorted(self._open):
            self.finished(name)

    def _name(self, name: str) -> str:
        return f"{self._attempt}.{name}"

    async def _find(self, name: str) -> bool:
        """Return whether a recording was begun before; when it has ended, say so."""
        if (await self._ask("GET", f"recordings/live/{self._name(name)}")).ok:
            return True
        if (await self._ask("GET", f"recordings/stored/{self._name(name)}")).ok:
            self.finished(name)
            return True
        return False

    async def _make_sure(self, *, fresh: bool = False) -> None:
        missing = [side for side in _SIDES if fresh or not (await self._ask("GET", self._live(side))).ok]
        await self._snoop(missing, fresh=fresh)
        for side in missing:
            query = {"name": self._name(side), "format": "sln", "ifExists": "append"}
            _check(await self._ask("POST", f"channels/{self._recorder(side)}/record", query))
        if self._muted or self._adopted:
            await self._apply_mute()

    async def _snoop(self, names: Sequence[str], *, fresh: bool) -> None:
        """Make the channels that are recorded, unless they are there."""
        waits = []
        for name in names:
            channel = self._recorder(name)
            if not fresh and (await self._ask("GET", f"channels/{channel}")).ok:
                continue
            waits.append(self._entered.setdefault(channel, asyncio.Event()))
            query = {"spy": _SIDES.get(name, "in"), "app": self._connection.application, "appArgs": "rec"}
            _check(await self._ask("POST", f"channels/{self._channel}/snoop/{channel}", query))
        try:
            async with asyncio.timeout(_ENTERING_SECONDS):
                for wait in waits:
                    # a channel that has not entered the application yet cannot be recorded
                    await wait.wait()
        except TimeoutError:
            raise AriRefused(504, "Asterisk did not begin to record in time") from None

    async def _apply_mute(self) -> None:
        for side in _SIDES:
            answer = await self._ask("POST" if self._muted else "DELETE", f"{self._live(side)}/mute")
            if not answer.ok and answer.status != 404:
                log.error("attempt %s: its recording cannot be muted: %s", self._attempt, answer.message)

    def _recorder(self, name: str) -> str:
        return f"{PREFIX}{name}.{self._attempt}"

    def _live(self, side: str) -> str:
        return f"recordings/live/{self._name(side)}"

    async def _ask(self, method: str, path: str, query: dict[str, str] | None = None) -> Answer:
        return await self._connection.request(method, path, query=query)


def _check(answer: Answer) -> None:
    if not answer.ok:
        raise AriRefused(answer.status, f"Asterisk does not record: {answer.message}")
