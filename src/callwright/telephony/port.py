"""The port between the product and a telephone engine: ``Engine`` places calls, a ``Leg`` is one of them.

Two engines speak it: Asterisk (``telephony/asterisk``) and the simulator (``telephony/simulator.py``); one contract
suite in ``tests`` holds both to the sentences below.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

from callwright.errors import CallwrightError


class Capability(StrEnum):
    """What a leg can do beyond playing, hearing digits and hanging up."""

    KEYWORDS = "keywords"
    RECORD = "record"
    TRANSFER = "transfer"
    DETECT_MACHINE = "detect_machine"


class EngineUnavailable(CallwrightError):
    """The telephone engine is not connected."""

    status = 503
    code = "engine_unavailable"


class AlreadyDialled(CallwrightError):
    """A channel with this attempt's id is alive: the attempt was dialled before."""

    code = "already_dialled"


class DialRefused(CallwrightError):
    """The engine refused to place this call; nothing rang."""

    code = "dial_refused"


class TrunkUnreachable(DialRefused):
    """The engine knows no way to this trunk now; nothing was sent."""

    code = "trunk_unreachable"


class NotRegistered(DialRefused):
    """No telephone is registered for this extension now."""

    code = "not_registered"


@dataclass(frozen=True, kw_only=True)
class DialRequest:
    """One INVITE to be sent."""

    #: Becomes the channel's id: the same attempt dialled twice is refused while the channel lives.
    attempt_id: str
    #: ``^\\+?[0-9*#]{1,20}$``, already in the trunk's number format; of an extension its digits.
    dial_string: str
    #: Name of the engine's endpoint for the trunk, or of the extension.
    trunk: str
    #: Whether the endpoint is a telephone that registers with us, and not a trunk that carries us to numbers.
    registered: bool = False
    #: Whether ``dial_string`` is the user part of a SIP address, which the trunk's host knows.
    sip_user: bool = False
    #: Number shown to the callee, in the trunk's format, and an optional name without quotes or line breaks.
    caller_number: str
    caller_name: str | None = None
    #: The callee must not see number and name; the trunk's provider may.
    withheld: bool = False
    #: ``A``, ``B`` or ``C`` (RFC 8588): sign it with this level; ``None``: do not sign it.
    attestation: str | None = None
    #: Seconds it may ring before we give up.
    ring_timeout_seconds: int = 30


@dataclass(frozen=True, kw_only=True)
class Ringing:
    """180 or 183 arrived: the callee's telephone is alerting. Reported once."""


@dataclass(frozen=True, kw_only=True)
class LegAnswered:
    """The callee picked up. Reported once, before any digit or end of play."""


@dataclass(frozen=True, kw_only=True)
class LegDigit:
    """A key press, from RFC 4733 events or SIP INFO."""

    digit: str


@dataclass(frozen=True, kw_only=True)
class PlayEnded:
    """A ``play`` ended. Exactly one for each play that was accepted, also when the leg ends."""

    play_id: int
    ok: bool


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What is to be recorded of the callee's words."""

    #: One of a kind in its call: letters, digits, ``-`` and ``_``. It is what ``RecordEnded`` names.
    name: str
    #: It ends after so long (an engine may take up to two seconds more), after so much silence, or at this key.
    max_seconds: int
    silence_seconds: int | None = None
    terminator: str | None = None
    #: Sound (path without extension) that is played before; it is not recorded.
    beep: Path | None = None


@dataclass(frozen=True, kw_only=True)
class RecordEnded:
    """A ``record`` ended: by itself, by its key, by ``stop_recording`` or with the leg. One for each that was accepted.

    ``file`` holds what was said, as ``Engine.recordings`` says; ``None``: nothing was recorded.
    """

    name: str
    file: Path | None


@dataclass(frozen=True, kw_only=True)
class LegEnded:
    """The leg is gone; the last event of every leg, exactly one."""

    #: Q.850 cause; 0 when the network gave none.
    cause: int
    #: Final SIP status of an unanswered call; ``None`` after an answer or when the engine does not say.
    sip_status: int | None
    #: Who ended it: the far end, us (``hang_up``, or the ring timeout), or the engine.
    ended_by: EndedBy


class EndedBy(StrEnum):
    """Who ended a leg."""

    CALLEE = "callee"
    US = "us"
    RING_TIMEOUT = "ring_timeout"
    ENGINE = "engine"


@dataclass(frozen=True, kw_only=True)
class PastCall:
    """How a call ended that no process watched, as the engine itself wrote it down."""

    #: ``None``: nobody picked up.
    answered_at: datetime | None
    ended_at: datetime
    #: Q.850 cause; 0 when the network gave none.
    cause: int
    ended_by: EndedBy


LegEvent = Ringing | LegAnswered | LegDigit | PlayEnded | RecordEnded | LegEnded


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """A piece of what the far end says, usually 20 ms; never what we play."""

    #: Its place in the sound: seconds since this listener began to hear, from media time and not from the moment of
    #: its arrival. Where nothing was received there is a gap between the end of one frame and the next one's ``at``.
    at: float
    #: Signed 16-bit little-endian, 8 kHz, mono.
    samples: bytes


class Leg(Protocol):
    """One call in the air. Its methods return when the engine has accepted the request."""

    @property
    def id(self) -> str:
        """The attempt's id."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this leg can do; a flow that needs more is refused before dialling."""
        ...

    def events(self) -> AsyncIterator[LegEvent]:
        """Yield what happens, in order, ending after ``LegEnded``. One consumer."""
        ...

    async def play(self, play_id: int, files: Sequence[Path]) -> None:
        """Play audio files (paths without extension, readable by the engine) one after another."""
        ...

    async def stop_playing(self, play_id: int) -> None:
        """Stop a play; does nothing when it has ended."""
        ...

    async def hang_up(self) -> None:
        """End the leg; does nothing when it has ended."""
        ...

    async def record(self, recording: Recording) -> None:
        """Record what the callee says, one at a time; returns when it has begun, after the beep.

        The engine writes the file by itself: it goes on while nobody drives the leg, to its longest time or silence;
        a key that is pressed then is not heard. Asked again, of an adopted leg, for one that was begun before, it goes
        on with that one, or reports its end. Raises a ``CallwrightError``; then no ``RecordEnded`` follows.
        """
        ...

    async def stop_recording(self, name: str) -> None:
        """End a ``record``; does nothing when it has ended."""
        ...

    async def record_call(self) -> None:
        """Record both sides of an answered call, each for itself, to the end of the leg, whoever drives it then.

        The files are named ``CALLEE_SIDE`` and ``OUR_SIDE``; their ends are the same moment. Asked again, it only
        makes sure. Raises a ``CallwrightError`` when the call is not recorded.
        """
        ...

    async def mute_recording(self, *, on: bool) -> None:
        """Let ``record_call`` write silence on both sides, or no longer; also before it is asked for."""
        ...

    async def ring_back(self, *, on: bool) -> None:
        """Let an answered callee hear, until ``on`` is false, that it rings somewhere else; at most a courtesy."""
        ...

    async def connect(self, other: Leg) -> None:
        """Let two answered legs of this engine hear each other, until ``disconnect`` or the end of one of them.

        Asking again changes nothing. Meanwhile nothing may be played, and keys may be heard by the other one only.
        Raises a ``CallwrightError`` when one of them has ended; then the other one is not connected.
        """
        ...

    async def disconnect(self) -> None:
        """Part from the leg that this one was connected with; both stay answered. Does nothing when there is none."""
        ...

    def hear(self) -> AbstractAsyncContextManager[AsyncIterator[Frame]]:
        """Listen to the far end of an answered leg, also while it hears a prompt or another leg.

        Several may listen at once; they share one tap, which is gone with the last of them. The iterator ends when
        the leg does, or when the engine can no longer let us hear. A telephone may send nothing at all while nobody
        speaks: then no frame comes, and whoever needs to know that time passes looks at a clock of his own. A
        listener who is slower than ten seconds loses the oldest frames, which is a gap like any other.
        Entering raises a ``CallwrightError`` when the leg is not answered, has ended, or cannot be heard.
        """
        ...


class Judge(Protocol):
    """An engine's own detector of answering machines, on one call."""

    async def status(self) -> tuple[str, str]:
        """Return who answered (``HUMAN``, ``MACHINE``, ``NOTSURE`` …) and why, in the engine's own words.

        Raises a ``CallwrightError`` when it cannot tell, also when the call has ended.
        """
        ...

    async def greeting_ended(self) -> None:
        """Return when a machine has paused for long. Raises as ``status``."""
        ...


@runtime_checkable
class JudgingLeg(Protocol):
    """A leg whose engine can find out who answered, where we cannot."""

    def judge(self) -> AbstractAsyncContextManager[Judge]:
        """Listen to an answered call. Entering raises a ``CallwrightError`` when that cannot be."""
        ...


@runtime_checkable
class InboundLeg(Leg, Protocol):
    """A call that came in. Until ``answer`` the caller hears the ringing tone, and no ``LegAnswered`` comes."""

    async def ring(self) -> None:
        """Let the caller hear the ringing tone."""
        ...

    async def answer(self) -> None:
        """Answer; ``LegAnswered`` follows, or ``LegEnded`` when the caller was faster."""
        ...

    async def refuse(self, cause: int) -> None:
        """End it unanswered; ``cause`` (Q.850) decides what the caller is told."""
        ...

    def let_go(self) -> None:
        """Drive it no longer: somebody else does."""
        ...


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A call that came in and waits to be answered or refused; what its network says of it is not checked yet."""

    leg: InboundLeg
    #: Name of the engine's endpoint that was recognised.
    trunk: str
    dialled: str
    caller: str


class ReceivingEngine(Protocol):
    """An engine on which calls come in."""

    #: Called with each call that comes in; must be quick and must not raise.
    on_arrival: Callable[[Arrival], None]

    async def arrival(self, attempt_id: str) -> Arrival | None:
        """Return a call that came in while nobody looked and still waits; ``None`` for any other channel."""
        ...


#: Names of what ``Leg.record_call`` records: what the callee said, and what we, or the other leg, let him hear.
CALLEE_SIDE, OUR_SIDE = "callee", "ours"


def recording_file(folder: Path, attempt_id: str, name: str) -> Path:
    """Return the file of a recording in the folder of ``Engine.recordings``."""
    return folder / f"{attempt_id}.{name}.sln"


class Engine(Protocol):
    """A telephone engine node."""

    @property
    def recordings(self) -> Path | None:
        """Folder in which it leaves recordings (``recording_file``); ``None``: it cannot record.

        They have no header: 8,000 samples a second, 16 bits signed, little-endian, one channel. Whoever has taken
        one deletes it.
        """
        ...

    @property
    def node(self) -> str:
        """Name of the node, stored on each attempt that it dials."""
        ...

    @property
    def connected(self) -> bool:
        """Whether calls can be placed now."""
        ...

    async def dial(self, request: DialRequest) -> Leg:
        """Send the INVITE and return the leg, before anything is known of the callee.

        Raises ``EngineUnavailable``, ``AlreadyDialled`` or ``DialRefused`` (``NotRegistered`` for an extension
        without a telephone); then no INVITE was sent by this call.
        """
        ...

    async def living(self) -> frozenset[str]:
        """Return the attempt ids of the channels that are alive now."""
        ...

    async def adopt(self, attempt_id: str) -> Leg | None:
        """Take over a living channel after a restart; ``None`` when it is gone."""
        ...

    def let_go(self, attempt_id: str) -> None:
        """Forget the leg of an attempt that nobody drives any more, so that it can be adopted anew."""
        ...

    async def past(self, attempt_ids: Collection[str], since: datetime) -> Mapping[str, PastCall]:
        """Return how attempts ended that are no longer alive, as far as the engine knows.

        ``since``: before it none of them was dialled. What is missing ended with the engine, or was never placed.
        """
        ...
