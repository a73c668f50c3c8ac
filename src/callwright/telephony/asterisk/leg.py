"""One call on Asterisk: the channel's events become the port's, the port's acts become REST requests."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from callwright.telephony.asterisk import bridging
from callwright.telephony.asterisk.amd import EngineJudge
from callwright.telephony.asterisk.ari import AnswerLost, AriConnection, AriRefused, Event
from callwright.telephony.asterisk.arrivals import channel_of
from callwright.telephony.asterisk.dialplan import NO_MEDIA
from callwright.telephony.asterisk.recording import Recordings
from callwright.telephony.asterisk.tap import Tap
from callwright.telephony.audience import Audience
from callwright.telephony.port import (
    Capability,
    EndedBy,
    EngineUnavailable,
    Frame,
    Leg,
    LegAnswered,
    LegDigit,
    LegEnded,
    LegEvent,
    PastCall,
    PlayEnded,
    Recording,
    Ringing,
)

log = logging.getLogger(__name__)

#: Q.850 16, normal call clearing. Asterisk reports 0 for the BYE of a callee who had answered.
NORMAL_CLEARING: Final = 16
_NOT_ACCEPTABLE: Final = 488
#: Q.850 19 with SIP 480: what Asterisk reports when the originate's own timeout ended the ringing.
_RING_TIMEOUT: Final = (19, 480)

#: A play that is not reported as ended this long after its audio's length is asked for.
_PLAY_MARGIN_SECONDS: Final = 10.0
#: The same for audio whose length we cannot see (files of another machine).
_UNKNOWN_LENGTH_SECONDS: Final = 60.0
_ULAW_BYTES_PER_SECOND: Final = 8000


@dataclass(slots=True)
class _Play:
    number: int
    watchdog: asyncio.TimerHandle | None = None


class AsteriskLeg:
    """Implements ``Leg``; made by ``AsteriskEngine`` only.

    Asterisk's playback id is ``<attempt>-<play id>``. A leg that was adopted adds a tag of its own, so that the end
    of something that the process before us had played is not taken for the end of a play of ours.
    """

    def __init__(
        self,
        attempt_id: str,
        connection: AriConnection,
        *,
        forget: Callable[[str], None],
        tag: str = "",
        recordings: Path | None = None,
    ) -> None:
        self._id = attempt_id
        self._channel = channel_of(attempt_id)
        self._connection = connection
        self._forget = forget
        self._tag = tag
        self._queue: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._plays: dict[str, _Play] = {}
        self._early_digits: list[str] = []
        self._rang = False
        #: The callee picked up / and the dialplan handed the channel to us.
        self._up = False
        self._answered = False
        self._ended = False
        self._hang_up_asked = False
        #: Of a call that came in: we wanted to answer it.
        self._answer_asked = False
        self._ended_by: EndedBy | None = None
        #: Whether a bridge may bear our name: the process before us may have made one.
        self._bridged = bool(tag)
        #: Who listens to the callee, and through what.
        self._audience = Audience()
        self._tap: Tap | None = None
        self._tapping = asyncio.Lock()
        self._judges: list[EngineJudge] = []
        #: What is recorded of it, into this folder.
        self._folder = recordings
        self.recordings = Recordings(
            attempt_id, self._channel, connection, folder=recordings, emit=self._emit, adopted=bool(tag)
        )
        #: Before it the call was not dialled.
        self.since = datetime.now(UTC)
        #: Whether Asterisk has been asked to place it; a listing says nothing about it before.
        self.placed = False

    @property
    def id(self) -> str:
        """The attempt's id."""
        return self._id

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this leg can do."""
        more = () if self._folder is None else (Capability.RECORD,)
        return frozenset({Capability.TRANSFER, *more})

    async def events(self) -> AsyncIterator[LegEvent]:
        """Yield what happens, in order, ending after ``LegEnded``. One consumer."""
        while True:
            event = await self._queue.get()
            yield event
            if isinstance(event, LegEnded):
                # whoever asks again gets the end again, and does not wait for ever
                self._queue.put_nowait(event)
                return

    async def play(self, play_id: int, files: Sequence[Path]) -> None:
        """Play audio files (absolute paths without extension, readable by Asterisk) one after another.

        Raises ``EngineUnavailable`` or ``AriRefused``; then no ``PlayEnded`` follows. When the connection breaks
        before Asterisk answered, the play counts as accepted and its end is found out after the reconnection.
        """
        if self._ended:
            raise AriRefused(404, "the call has ended")
        playback = f"{self._id}-{self._tag}{play_id}"
        # registered before it is asked for: a short file may end before the answer is here
        play = self._plays[playback] = _Play(play_id)
        try:
            answer = await self._connection.request(
                "POST",
                f"channels/{self._channel}/play/{playback}",
                body={"media": [f"sound:{file}" for file in files]},
            )
        except EngineUnavailable:
            if self._plays.pop(playback, None) is None:
                return
            raise
        except AnswerLost:
            self._watch(playback, play, _PLAY_MARGIN_SECONDS)
            return
        if playback not in self._plays:
            # already reported as ended, by itself or with the leg
            return
        if not answer.ok:
            del self._plays[playback]
            raise AriRefused(answer.status, f"Asterisk refused to play: {answer.message}")
        seconds = _seconds(files)
        self._watch(playback, play, _UNKNOWN_LENGTH_SECONDS if seconds is None else seconds + _PLAY_MARGIN_SECONDS)

    async def stop_playing(self, play_id: int) -> None:
        """Stop a play; does nothing when it has ended.

        On an adopted leg also one that the process before us had started.
        """
        playback = f"{self._id}-{self._tag}{play_id}"
        if playback not in self._plays:
            if not self._tag or self._ended:
                return
            playback = f"{self._id}-{play_id}"
        try:
            await self._connection.request("DELETE", f"playbacks/{playback}")
        except (EngineUnavailable, AnswerLost):
            # it plays to its end; the flow that asked has gone on already
            log.info("attempt %s: a prompt could not be stopped: no connection to Asterisk", self._id)

    async def record(self, recording: Recording) -> None:
        """Record what the callee says. Raises ``AriRefused`` or ``EngineUnavailable``; then no end follows."""
        self._check_recordable()
        await self.recordings.record(recording)

    async def stop_recording(self, name: str) -> None:
        """End a recording of the callee's words; does nothing when it has ended."""
        await self.recordings.stop(name)

    async def record_call(self) -> None:
        """Record both sides to the end. Raises ``AriRefused``, ``EngineUnavailable`` or ``AnswerLost``."""
        self._check_recordable()
        await self.recordings.record_call()

    async def mute_recording(self, *, on: bool) -> None:
        """Write silence in place of the call, or no longer."""
        await self.recordings.mute(on=on)

    def _check_recordable(self) -> None:
        if self._folder is None:
            raise AriRefused(501, "this engine's recordings cannot be read from here")
        if self._ended or not self._answered:
            raise AriRefused(404, "only an answered call can be recorded")

    async def hang_up(self) -> None:
        """End the leg; does nothing when it has ended. Without a connection it is done at the reconnection."""
        await self._hang_up(NORMAL_CLEARING)

    async def refuse(self, cause: int) -> None:
        """End a call that came in without answering it; ``cause`` (Q.850) decides what the caller is told."""
        await self._hang_up(cause)

    async def _hang_up(self, cause: int) -> None:
        if self._ended:
            return
        self._hang_up_asked = True
        try:
            await self._connection.request("DELETE", f"channels/{self._channel}", query={"reason_code": str(cause)})
        except (EngineUnavailable, AnswerLost):
            log.info("attempt %s: it is hung up when Asterisk is back", self._id)

    async def ring(self) -> None:
        """Let the caller of a call that came in hear the ringing tone until ``answer``."""
        if self._up or self._ended:
            return
        with contextlib.suppress(EngineUnavailable, AnswerLost):
            await self._connection.request("POST", f"channels/{self._channel}/ring")

    async def answer(self) -> None:
        """Answer a call that came in; ``LegAnswered`` follows, or ``LegEnded`` when the caller was faster.

        Without a connection it is done at the reconnection.
        """
        self._answer_asked = True
        if self._answered or self._ended:
            return
        try:
            answer = await self._connection.request("POST", f"channels/{self._channel}/answer")
        except (EngineUnavailable, AnswerLost):
            log.info("attempt %s: it is answered when Asterisk is back", self._id)
            return
        if answer.ok:
            self.entered()
        elif answer.status != 404:
            log.error("attempt %s: Asterisk does not answer the call: %s", self._id, answer.message)
            await self.hang_up()

    def let_go(self) -> None:
        """Drive it no longer: somebody else does."""
        self._forget(self._id)

    async def ring_back(self, *, on: bool) -> None:
        """Let the callee hear a ring-back tone, or no longer."""
        if self._ended:
            return
        try:
            await self._connection.request("POST" if on else "DELETE", f"channels/{self._channel}/ring")
        except (EngineUnavailable, AnswerLost):
            log.info("attempt %s: no ring-back tone: no connection to Asterisk", self._id)

    async def connect(self, other: Leg) -> None:
        """Let two answered legs of this engine hear each other. Raises ``AriRefused``, or as ``bridging`` does."""
        if self._ended:
            raise AriRefused(404, "the call has ended")
        self._bridged = True
        await bridging.connect(self._connection, self._id, (self._channel, channel_of(other.id)))

    async def disconnect(self) -> None:
        """Part from the other leg; both stay answered."""
        if self._bridged:
            self._bridged = False
            await bridging.disconnect(self._connection, self._id)

    @contextlib.asynccontextmanager
    async def hear(self) -> AsyncIterator[AsyncIterator[Frame]]:
        """Listen to the far end. Raises ``AriRefused``, ``EngineUnavailable`` or ``AnswerLost``."""
        async with self._tapping:
            if self._tap is None:
                await self._open_tap()
            listener = self._audience.join(asyncio.get_running_loop().time())
        try:
            yield listener
        finally:
            self._audience.leave(listener)
            if not self._audience and self._tap is not None and not self._tapping.locked():
                self._close_tap(self._tap)

    async def _open_tap(self) -> None:
        if self._ended or not self._answered:
            raise AriRefused(404, "only an answered call can be heard")
        tap = self._tap = Tap(
            self._id, self._channel, self._connection, publish=self._audience.publish, lost=self._tap_lost
        )
        try:
            await tap.open()
        except BaseException:
            self._close_tap(tap)
            raise
        if self._tap is not tap:
            # what was made after the call's end has to go too
            self._close_tap(tap)
            raise AriRefused(404, "the call has ended")

    def _close_tap(self, tap: Tap) -> None:
        if self._tap is tap:
            self._tap = None
        _start(tap.close)

    def _tap_lost(self) -> None:
        self._audience.end()
        if self._tap is not None:
            self._close_tap(self._tap)

    @contextlib.asynccontextmanager
    async def judge(self) -> AsyncIterator[EngineJudge]:
        """Let Asterisk itself find out who answered. Raises ``AriRefused``, ``EngineUnavailable`` or ``AnswerLost``."""
        if self._ended or not self._answered:
            raise AriRefused(404, "only an answered call can be heard")
        judge = EngineJudge(self._id, self._channel, self._connection)
        self._judges.append(judge)
        try:
            await judge.open()
            yield judge
        finally:
            self._judges.remove(judge)
            _start(judge.close)

    @property
    def taps(self) -> Sequence[Tap | EngineJudge]:
        """What is open to hear the callee."""
        return [*self._judges, *([] if self._tap is None else [self._tap])]

    # What Asterisk reports; called by the engine, in order.

    def dialled(self, status: str) -> None:
        """Take a ``Dial`` event's status."""
        if status in ("RINGING", "PROGRESS"):
            self._ring()
        elif status == "ANSWER":
            self._up = True

    def entered(self) -> None:
        """Take ``StasisStart``: the callee picked up, and the channel obeys us from now on."""
        self._up = True
        self._answer()

    def pressed(self, digit: str) -> None:
        """Take one key press."""
        if self._answered:
            self._emit(LegDigit(digit=digit))
            for name in self.recordings.pressed(digit):
                _start(partial(self.recordings.stop, name))
        else:
            self._early_digits.append(digit)

    def played(self, playback: str, *, ok: bool) -> None:
        """Take the end of a playback."""
        play = self._plays.pop(playback, None)
        if play is not None:
            self._finish(play, ok=ok)
        self.recordings.played(playback)

    def hangup_requested(self, event: Event) -> None:
        """Take ``ChannelHangupRequest``. The first one says who: ours is marked ``soft``."""
        if self._ended_by is None:
            self._ended_by = EndedBy.US if event.get("soft") else EndedBy.CALLEE

    def interrupt(self) -> None:
        """Know that the engine is about to be stopped: an end from now on is its doing, whoever seems to hang up."""
        self._ended_by = EndedBy.ENGINE

    def destroyed(self, event: Event) -> None:
        """Take ``ChannelDestroyed``, the end."""
        cause = int(event.get("cause") or 0)
        sip_status = int(event.get("tech_cause") or 0) or None
        ended_by = self._ended_by
        if sip_status == 408 and not self._rang and ended_by is EndedBy.CALLEE:
            # timer B: nobody there ever said a word, Asterisk gave up
            ended_by = EndedBy.ENGINE
        elif ended_by is None:
            if self._hang_up_asked:
                ended_by = EndedBy.US
            elif not self._up and (cause, sip_status) == _RING_TIMEOUT:
                ended_by = EndedBy.RING_TIMEOUT
            else:
                ended_by = EndedBy.ENGINE
        if cause == NO_MEDIA and self._up and not self._answered:
            # picked up, but nobody can hear anybody: as if the callee had refused what was offered
            self._up = False
            self.end(cause, _NOT_ACCEPTABLE, EndedBy.ENGINE)
        elif self._up:
            self.end(cause or NORMAL_CLEARING, None, ended_by)
        else:
            self.end(cause, sip_status, ended_by)

    def end(self, cause: int, sip_status: int | None, ended_by: EndedBy) -> None:
        """Report the end, once, after the ends of the plays."""
        if self._ended:
            return
        self._ended = True
        if self._up:
            self._answer()
        plays, self._plays = self._plays, {}
        for play in plays.values():
            self._finish(play, ok=False)
        self.recordings.end()
        self._tap_lost()
        self._emit(LegEnded(cause=cause, sip_status=sip_status, ended_by=ended_by))
        self._forget(self._id)

    def ended_unseen(self, past: PastCall) -> None:
        """Take the end that Asterisk wrote down and did not tell us."""
        if past.answered_at is not None:
            self._up = True
        elif past.ended_by is EndedBy.RING_TIMEOUT:
            # Q.850 19 is a user who was alerted
            self._ring()
        ended_by = past.ended_by
        if self._hang_up_asked and ended_by is EndedBy.ENGINE:
            ended_by = EndedBy.US
        self.end(past.cause or (NORMAL_CLEARING if self._up else 0), None, ended_by)

    def gone(self) -> None:
        """Asterisk no longer knows the channel and its end was not heard of."""
        self.end(0, None, self._ended_by or EndedBy.ENGINE)

    async def catch_up(self, channel: Mapping[str, Any]) -> None:
        """Report what an interruption of the events hid, from Asterisk's description of the channel.

        Keys pressed in the meantime are lost.
        """
        state = channel.get("state")
        if state in ("Ringing", "Up"):
            self._ring()
        if state == "Up":
            self._up = True
            if channel.get("dialplan", {}).get("app_name") == "Stasis":
                self._answer()
        for playback in list(self._plays):
            await self._ask_after(playback)
        await self.recordings.catch_up()
        if self._hang_up_asked:
            await self.hang_up()
        elif self._answer_asked:
            await self.answer()

    def _ring(self) -> None:
        if not self._rang and not self._ended:
            self._rang = True
            self._emit(Ringing())

    def _answer(self) -> None:
        if self._answered:
            return
        self._answered = True
        self._emit(LegAnswered())
        digits, self._early_digits = self._early_digits, []
        for digit in digits:
            self._emit(LegDigit(digit=digit))

    def _emit(self, event: LegEvent) -> None:
        self._queue.put_nowait(event)

    def _finish(self, play: _Play, *, ok: bool) -> None:
        if play.watchdog is not None:
            play.watchdog.cancel()
        self._emit(PlayEnded(play_id=play.number, ok=ok))

    def _watch(self, playback: str, play: _Play, seconds: float) -> None:
        if playback in self._plays:
            play.watchdog = asyncio.get_running_loop().call_later(seconds, self._overdue, playback)

    def _overdue(self, playback: str) -> None:
        _start(lambda: self._ask_after(playback))

    async def _ask_after(self, playback: str) -> None:
        """Ask whether a playback still exists; when it does not, it has ended, and nobody knows how."""
        play = self._plays.get(playback)
        if play is None:
            return
        try:
            answer = await self._connection.request("GET", f"playbacks/{playback}")
        except (EngineUnavailable, AnswerLost):
            pass
        else:
            if answer.status == 404:
                log.warning("attempt %s: the end of a prompt was not reported", self._id)
                self.played(playback, ok=True)
                return
        if play.watchdog is not None:
            play.watchdog.cancel()
        self._watch(playback, play, _PLAY_MARGIN_SECONDS)


#: Keeps the questions of the watchdogs from being collected.
_tasks: set[asyncio.Task[None]] = set()


def _start(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    task = asyncio.get_running_loop().create_task(work())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def _seconds(files: Sequence[Path]) -> float | None:
    """Return how long µ-law files last; ``None`` when one cannot be seen from here."""
    total = 0
    for file in files:
        try:
            total += file.with_name(f"{file.name}.ulaw").stat().st_size
        except OSError:
            return None
    return total / _ULAW_BYTES_PER_SECOND
