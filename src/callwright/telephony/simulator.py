"""A telephone engine in memory: scripted callees, a virtual clock, thousands of calls in seconds.

It obeys the same contract as Asterisk (``port.py``), including what Asterisk reports as cause and SIP status, so that
flows, campaigns and programs that use them can be tried without a telephone.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from callwright.errors import CallwrightError
from callwright.telephony.audience import Audience, Listener
from callwright.telephony.dial_rules import check_dial_request
from callwright.telephony.port import (
    AlreadyDialled,
    Capability,
    DialRequest,
    EndedBy,
    EngineUnavailable,
    Frame,
    Leg,
    LegAnswered,
    LegDigit,
    LegEnded,
    LegEvent,
    NotRegistered,
    PastCall,
    PlayEnded,
    RecordEnded,
    Recording,
    Ringing,
)
from callwright.telephony.simulated_recordings import SimulatedRecordings
from callwright.telephony.virtual_clock import Alarm, VirtualClock

#: Q.850 causes that Asterisk 22 reports for final SIP statuses, measured.
CAUSES: Final[Mapping[int, int]] = {
    403: 21,
    404: 1,
    408: 18,
    410: 22,
    480: 19,
    484: 28,
    486: 17,
    500: 38,
    503: 34,
    600: 17,
    603: 21,
    604: 1,
}
#: What it reports for any other status: interworking, unspecified.
OTHER_CAUSE: Final = 127
NORMAL_CLEARING: Final = 16
#: RFC 3261, timer B: a request that nobody answers at all fails after 64 times 500 ms.
TIMER_B_SECONDS: Final = 32.0
_ULAW_BYTES_PER_SECOND: Final = 8000
#: What a callee says is heard in pieces of 20 ms: 160 samples of two bytes.
_PIECE_SECONDS: Final = 0.02
_PIECE_BYTES: Final = 320


class PlayRefused(CallwrightError):
    """The call has ended: nothing can be played."""

    code = "engine_refused"


class HearRefused(CallwrightError):
    """Only an answered call can be heard."""

    code = "engine_refused"


class ConnectRefused(CallwrightError):
    """Only two answered calls can be connected."""

    code = "engine_refused"


@dataclass(frozen=True, kw_only=True)
class Press:
    """Keys that a callee presses."""

    digits: str
    #: Seconds after the answer, or after the start of the play.
    after: float
    #: Counts the plays of the call from 1; ``None``: after the answer.
    in_play: int | None = None
    #: Seconds from one key to the next.
    gap: float = 0.25


@dataclass(frozen=True, kw_only=True)
class Sound:
    """Something that a callee says, or his machine plays."""

    #: Seconds after the answer.
    after: float
    #: Signed 16-bit little-endian, 8 kHz, mono.
    samples: bytes


@dataclass(frozen=True, kw_only=True)
class Callee:
    """How one simulated telephone behaves."""

    #: Seconds from the INVITE to the 180; ``None``: it never alerts.
    rings_after: float | None = 0.05
    #: A 183 with sound in place of the 180; for us the same.
    early_media: bool = False
    #: Seconds from alerting (or the INVITE, when it never alerts) to the final status.
    rings_for: float = 2.0
    #: Final SIP status: 200 picks up, others refuse; ``None``: none ever comes.
    status: int | None = 200
    presses: Sequence[Press] = ()
    #: What he says, one after another; between them his telephone sends nothing.
    says: Sequence[Sound] = ()
    #: Seconds from the answer to the callee's BYE; ``None``: he waits until we hang up.
    hangs_up_after: float | None = None


def file_seconds(files: Sequence[Path]) -> float | None:
    """Return how long µ-law files (paths without extension) last; ``None`` when one is not there."""
    total = 0
    for file in files:
        try:
            total += file.with_name(f"{file.name}.ulaw").stat().st_size
        except OSError:
            return None
    return total / _ULAW_BYTES_PER_SECOND


class SimulatedEngine:
    """Implements ``Engine``.

    ``callees`` says who answers a dial string: a mapping, where other numbers do not exist (404) and other extensions
    have no telephone, or a function.
    ``play_seconds`` gives the length of a play, ``None`` for one that cannot be played. ``recordings`` is the folder
    for what is recorded; without one nothing can be.
    """

    def __init__(
        self,
        clock: VirtualClock,
        callees: Mapping[str, Callee] | Callable[[str], Callee],
        *,
        node: str = "simulated",
        play_seconds: Callable[[Sequence[Path]], float | None] = file_seconds,
        recordings: Path | None = None,
    ) -> None:
        self.clock = clock
        self._recordings = recordings
        self._callees = callees
        self._node = node
        self._play_seconds = play_seconds
        self._channels: dict[str, _Channel] = {}
        #: Set it to False to take the engine away from the dialer; calls in the air go on.
        self.connected = True
        #: Every INVITE that was sent, in order.
        self.invites: list[DialRequest] = []

    @property
    def node(self) -> str:
        """Name of the node."""
        return self._node

    @property
    def recordings(self) -> Path | None:
        """Folder of its recordings."""
        return self._recordings

    async def dial(self, request: DialRequest) -> SimulatedLeg:
        """Send the INVITE and return the leg."""
        check_dial_request(request)
        if not self.connected:
            raise EngineUnavailable
        if request.attempt_id in self._channels:
            raise AlreadyDialled
        callees = self._callees
        if request.registered and isinstance(callees, Mapping) and request.dial_string not in callees:
            raise NotRegistered
        if isinstance(callees, Mapping):
            callee = callees.get(request.dial_string, Callee(rings_after=None, rings_for=0.05, status=404))
        else:
            callee = callees(request.dial_string)
        self.invites.append(request)
        channel = _Channel(request, callee, self.clock, self._play_seconds, self._channels, recordings=self._recordings)
        self._channels[request.attempt_id] = channel
        leg = SimulatedLeg(channel, known_plays=True)
        channel.start(leg)
        return leg

    async def living(self) -> frozenset[str]:
        """Return the attempt ids of the channels that are alive now."""
        if not self.connected:
            raise EngineUnavailable
        return frozenset(self._channels)

    def let_go(self, attempt_id: str) -> None:
        """Forget the leg of an attempt that nobody drives any more, so that it can be adopted anew."""
        if attempt_id in self._channels:
            self._channels[attempt_id].leg = None

    async def past(self, attempt_ids: Collection[str], since: datetime) -> Mapping[str, PastCall]:
        """Return nothing: it writes nothing down."""
        return {}

    async def adopt(self, attempt_id: str) -> SimulatedLeg | None:
        """Take over a living channel after a restart (``abandon``); ``None`` when it is gone or still has its leg.

        The leg's first events are ``Ringing`` and ``LegAnswered``, as far as the call has come.
        """
        if not self.connected:
            raise EngineUnavailable
        channel = self._channels.get(attempt_id)
        if channel is None or channel.leg is not None:
            return None
        leg = SimulatedLeg(channel, known_plays=False)
        channel.adopt(leg)
        return leg

    def abandon(self) -> None:
        """Do as if the control plane had been killed: the calls go on, their legs hear no more of them."""
        for channel in self._channels.values():
            channel.leg = None

    def crash(self) -> None:
        """Do as if the engine itself had died: every call ends."""
        for channel in list(self._channels.values()):
            channel.end(0, None, EndedBy.ENGINE)


@dataclass(slots=True)
class _Play:
    number: int
    seconds: float | None
    #: The leg that asked for it.
    leg: SimulatedLeg


class _Channel:
    """One call in the network: it exists whether or not anybody listens to it."""

    def __init__(
        self,
        request: DialRequest,
        callee: Callee,
        clock: VirtualClock,
        play_seconds: Callable[[Sequence[Path]], float | None],
        channels: dict[str, _Channel],
        *,
        recordings: Path | None,
    ) -> None:
        self.id = request.attempt_id
        self.recordings = SimulatedRecordings(self.id, clock, recordings, callee.says, self._recorded)
        self.leg: SimulatedLeg | None = None
        self.ended = False
        self._ring_timeout = request.ring_timeout_seconds
        self._callee = callee
        self._clock = clock
        self._play_seconds = play_seconds
        self._channels = channels
        self._rang = False
        self._answered = False
        self._plays: deque[_Play] = deque()
        self._plays_started = 0
        self._end_of_play: Alarm | None = None
        self._alarms: list[Alarm] = []
        #: With whom it is connected, and whether its callee hears that it rings somewhere else.
        self.peer: _Channel | None = None
        self.ringing_back = False
        #: Virtual time of the answer, and who listens since then.
        self._answered_at = 0.0
        self._audience = Audience()
        self._speech: Alarm | None = None

    def start(self, leg: SimulatedLeg) -> None:
        """Send the INVITE."""
        self.leg = leg
        callee = self._callee
        alerting = callee.rings_after
        if alerting is not None:
            self._later(alerting, self._ring)
        if callee.status is not None:
            self._later((alerting or 0.0) + callee.rings_for, self._final)
        elif alerting is None:
            self._later(TIMER_B_SECONDS, partial(self.end, CAUSES[408], 408, EndedBy.ENGINE))
        self._later(self._ring_timeout, lambda: self.end(CAUSES[480], 480, EndedBy.RING_TIMEOUT))

    def adopt(self, leg: SimulatedLeg) -> None:
        """Report to this leg from now on."""
        self.leg = leg
        if self._rang or self._answered:
            leg.emit(Ringing())
        if self._answered:
            leg.emit(LegAnswered())

    def play(self, leg: SimulatedLeg, number: int, files: Sequence[Path]) -> None:
        """Play after what plays already."""
        if self.ended or not self._answered or self.peer is not None:
            raise PlayRefused
        self._plays.append(_Play(number, self._play_seconds(files), leg))
        if len(self._plays) == 1:
            # not before the caller's request has returned, as with a real engine
            self._end_of_play = self._clock.call_later(0.0, self._start_play)

    def stop_playing(self, leg: SimulatedLeg, number: int) -> None:
        """End a play, wherever it is in the queue."""
        named = [play for play in self._plays if play.number == number]
        own = [play for play in named if play.leg is leg]
        for play in own or ([] if leg.known_plays else named):
            first = play is self._plays[0]
            self._plays.remove(play)
            self._report(play, ok=True)
            if first:
                self._next_play()

    def listen(self) -> Listener:
        """Hear what the callee says from now on."""
        if self.ended or not self._answered:
            raise HearRefused
        listener = self._audience.join(self._clock.monotonic())
        if self._speech is None:
            self._speak()
        return listener

    def ignore(self, listener: Listener) -> None:
        """Hear him no longer."""
        self._audience.leave(listener)
        if not self._audience:
            self._hush()

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._audience)

    def _speak(self) -> None:
        """Arrange for the next piece of what the callee says."""
        said = self._clock.monotonic() - self._answered_at
        for sound in self._callee.says:
            # a piece is heard when it is complete, as on a real line
            pieces = -(-len(sound.samples) // _PIECE_BYTES)
            piece = max(math.floor((said - sound.after) / _PIECE_SECONDS + 1e-6), 0)
            if piece < pieces:
                due = sound.after + (piece + 1) * _PIECE_SECONDS
                self._speech = self._clock.call_later(due - said, partial(self._say, sound, piece))
                return
        self._speech = None

    def _say(self, sound: Sound, piece: int) -> None:
        samples = sound.samples[piece * _PIECE_BYTES : (piece + 1) * _PIECE_BYTES]
        self._audience.publish(self._answered_at + sound.after + piece * _PIECE_SECONDS, samples)
        self._speak()

    def _hush(self) -> None:
        if self._speech is not None:
            self._speech.cancel()
            self._speech = None

    def connect(self, other: _Channel) -> None:
        """Hear each other from now on."""
        if self.ended or other.ended or not (self._answered and other._answered):
            raise ConnectRefused
        if self.peer is not other:
            self.part()
            other.part()
            self.peer, other.peer = other, self

    def part(self) -> None:
        """Hear each other no longer."""
        if self.peer is not None:
            self.peer.peer = None
            self.peer = None

    def hang_up(self) -> None:
        """End the call from our side."""
        self.end(NORMAL_CLEARING, None, EndedBy.US)

    def end(self, cause: int, sip_status: int | None, ended_by: EndedBy) -> None:
        """End the call, reporting the plays first."""
        if self.ended:
            return
        self.ended = True
        del self._channels[self.id]
        self.part()
        self._quiet()
        self._hush()
        self._audience.end()
        for play in self._plays:
            self._report(play, ok=False)
        self._plays.clear()
        self.recordings.end()
        if self.leg is not None:
            self.leg.emit(LegEnded(cause=cause, sip_status=sip_status, ended_by=ended_by))

    def _later(self, seconds: float, callback: Callable[[], None]) -> None:
        self._alarms.append(self._clock.call_later(seconds, callback))

    def _quiet(self) -> None:
        for alarm in self._alarms:
            alarm.cancel()
        self._alarms.clear()
        if self._end_of_play is not None:
            self._end_of_play.cancel()
            self._end_of_play = None

    def _ring(self) -> None:
        self._rang = True
        if self.leg is not None:
            self.leg.emit(Ringing())

    def _final(self) -> None:
        status = self._callee.status
        if status is None:
            return
        if status != 200:
            self.end(CAUSES.get(status, OTHER_CAUSE), status, EndedBy.CALLEE)
            return
        self._quiet()
        self._answered = True
        self._answered_at = self._clock.monotonic()
        self.recordings.answered()
        if self.leg is not None:
            self.leg.emit(LegAnswered())
        for press in self._callee.presses:
            if press.in_play is None:
                self._press(press)
        if self._callee.hangs_up_after is not None:
            self._later(self._callee.hangs_up_after, lambda: self.end(NORMAL_CLEARING, None, EndedBy.CALLEE))

    def _press(self, press: Press) -> None:
        for index, digit in enumerate(press.digits):
            self._later(press.after + index * press.gap, partial(self._digit, digit))

    def _digit(self, digit: str) -> None:
        if self.leg is not None:
            self.leg.emit(LegDigit(digit=digit))
        self.recordings.key(digit)

    def _recorded(self, ended: RecordEnded) -> None:
        if self.leg is not None:
            self.leg.emit(ended)

    def record(self, recording: Recording) -> None:
        """Record what the callee says."""
        beep = None if recording.beep is None else self._play_seconds([recording.beep])
        self.recordings.record(recording, beep_seconds=beep or 0.0)

    def _start_play(self) -> None:
        play = self._plays[0]
        if play.seconds is None:
            self._played(ok=False)
            return
        self._plays_started += 1
        for press in self._callee.presses:
            if press.in_play == self._plays_started:
                self._press(press)
        self._end_of_play = self._clock.call_later(play.seconds, lambda: self._played(ok=True))

    def _played(self, *, ok: bool) -> None:
        self._report(self._plays.popleft(), ok=ok)
        self._next_play()

    def _next_play(self) -> None:
        if self._end_of_play is not None:
            self._end_of_play.cancel()
            self._end_of_play = None
        if self._plays:
            self._start_play()

    def _report(self, play: _Play, *, ok: bool) -> None:
        if play.leg is self.leg:
            play.leg.emit(PlayEnded(play_id=play.number, ok=ok))


class SimulatedLeg:
    """Implements ``Leg``; made by ``SimulatedEngine`` only."""

    def __init__(self, channel: _Channel, *, known_plays: bool) -> None:
        self._channel = channel
        #: Whether every play of the call was asked for by this leg; an adopted leg may stop older ones.
        self.known_plays = known_plays
        self._queue: asyncio.Queue[LegEvent] = asyncio.Queue()

    @property
    def id(self) -> str:
        """The attempt's id."""
        return self._channel.id

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this leg can do."""
        more = () if self._channel.recordings.folder is None else (Capability.RECORD,)
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
        """Play audio files one after another. Raises ``PlayRefused`` when the call has ended or is not answered."""
        self._channel.play(self, play_id, files)

    async def stop_playing(self, play_id: int) -> None:
        """Stop a play; does nothing when it has ended."""
        self._channel.stop_playing(self, play_id)

    async def record(self, recording: Recording) -> None:
        """Record what the callee says. Raises ``RecordRefused``."""
        self._channel.record(recording)

    async def stop_recording(self, name: str) -> None:
        """End a recording of the callee's words; does nothing when it has ended."""
        self._channel.recordings.stop(name)

    async def record_call(self) -> None:
        """Record both sides to the end. Raises ``RecordRefused``."""
        self._channel.recordings.record_call()

    async def mute_recording(self, *, on: bool) -> None:
        """Write silence in place of the call, or no longer."""
        self._channel.recordings.mute(on=on)

    @property
    def recording_is_muted(self) -> bool:
        """Whether silence is written in place of the call."""
        return self._channel.recordings.muted

    async def hang_up(self) -> None:
        """End the leg; does nothing when it has ended."""
        self._channel.hang_up()

    async def ring_back(self, *, on: bool) -> None:
        """Let the callee hear that it rings somewhere else, or no longer."""
        self._channel.ringing_back = on

    async def connect(self, other: Leg) -> None:
        """Let two answered legs hear each other. Raises ``ConnectRefused`` when one has ended."""
        if not isinstance(other, SimulatedLeg):
            raise ConnectRefused
        self._channel.connect(other._channel)

    async def disconnect(self) -> None:
        """Part from the other leg; both stay answered."""
        self._channel.part()

    @contextlib.asynccontextmanager
    async def hear(self) -> AsyncIterator[AsyncIterator[Frame]]:
        """Listen to the callee. Raises ``HearRefused`` when the call has ended or is not answered."""
        listener = self._channel.listen()
        try:
            yield listener
        finally:
            self._channel.ignore(listener)

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens to its callee."""
        return self._channel.heard

    @property
    def hears(self) -> str | None:
        """Id of the leg that it is connected with."""
        return None if self._channel.peer is None else self._channel.peer.id

    @property
    def hears_ringing(self) -> bool:
        """Whether its callee hears that it rings somewhere else."""
        return self._channel.ringing_back

    def emit(self, event: LegEvent) -> None:
        """Report; called by the network."""
        self._queue.put_nowait(event)
