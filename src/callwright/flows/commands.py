"""What a flow asks for. The runner carries these out on a leg, or through its side effects, in the order given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Speech:
    """Text to be spoken; placeholders are already filled."""

    text: str
    #: Voice name as the author wrote it, such as ``en-US-Neural-F``; ``None``: the account's voice.
    voice: str | None = None
    #: BCP 47 language; ``None``: the voice's own.
    language: str | None = None
    #: Multiples of the engine's normal speed and pitch.
    rate: float = 1.0
    pitch: float = 1.0
    #: What is spoken at once: ``sentences``, or ``pieces`` round what was filled in; ``None``: as suits the voice.
    phrasing: Literal["sentences", "pieces"] | None = None
    #: Where the text holds what was filled in, beginnings and ends: such sound is of use for one person only.
    values: tuple[tuple[int, int], ...] = field(default=(), compare=False)


@dataclass(frozen=True, kw_only=True)
class Audio:
    """An audio file of the organisation, by id (``aud_…``)."""

    audio_id: str


@dataclass(frozen=True, kw_only=True)
class Play:
    """Play the items one after another; answered by exactly one ``Played`` with this id."""

    play_id: int
    items: tuple[Speech | Audio, ...]


@dataclass(frozen=True, kw_only=True)
class StopPlaying:
    """Stop what is playing; its ``Played`` still follows."""

    play_id: int


@dataclass(frozen=True, kw_only=True)
class Listen:
    """Report digits, and recognised words when there are keywords. Digits are always reported."""

    #: Empty: only for the wish not to be called again, and for digits.
    keywords: tuple[str, ...] = ()
    #: Keys that can be said as well.
    digits: tuple[str, ...] = ()
    #: BCP 47; ``None``: that of the voice, which is the account's when there is none either.
    language: str | None = None
    voice: str | None = None


@dataclass(frozen=True, kw_only=True)
class StopListening:
    """Stop the recogniser."""


@dataclass(frozen=True, kw_only=True)
class StartTimer:
    """Send ``Elapsed`` with this id after ``seconds``; a later timer does not replace an earlier one."""

    timer_id: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """Call ``to``; answered by ``TransferAnswered`` when it took the call, else by ``TransferFailed``."""

    #: E.164, ``Ext:1000`` or ``sip:user@domain``.
    to: str
    #: ``own``: the caller id of this call; ``callee``: the called person's number; else an E.164 number.
    caller_id: str = "own"
    ring_timeout_seconds: int = 30
    #: Counts the transfers of a call.
    number: int = 1
    #: Said to the other side when it has answered.
    whisper: tuple[Speech | Audio, ...] = ()
    #: Key that it must press then, within ``accept_seconds`` after the whisper.
    accept_key: str | None = None
    accept_seconds: float = 10.0


@dataclass(frozen=True, kw_only=True)
class Connect:
    """Let the callee and the other side of the transfer hear each other; ended by ``TransferEnded``."""


@dataclass(frozen=True, kw_only=True)
class RingBack:
    """Let the callee hear that it rings on the other side, until ``on`` is false."""

    on: bool


@dataclass(frozen=True, kw_only=True)
class Record:
    """Record what the callee says; answered by ``Recorded``."""

    max_seconds: int
    silence_seconds: int
    terminator: str | None
    beep: bool
    #: One of a kind in its call, and the step that asks for it.
    name: str
    step: str


@dataclass(frozen=True, kw_only=True)
class SendSms:
    """Send a text message."""

    to: str
    text: str


@dataclass(frozen=True, kw_only=True)
class SendEmail:
    """Send an email."""

    to: str
    subject: str
    #: ``None``: it is made from the HTML.
    text: str | None
    #: As its author wrote it: its placeholders are filled with ``values``, escaped for the place where they stand.
    html: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PostWebhook:
    """POST to a customer's address. With ``wait`` the flow stands still until ``Replied`` or a timer."""

    url: str
    #: The key press or word that led here, ``None`` when there was none.
    digit: str | None = None
    body: dict[str, Any] | None = None
    wait: bool = False


@dataclass(frozen=True, kw_only=True)
class OptOut:
    """Never contact this person again within ``scope``."""

    #: ``organisation``, ``channel``, ``campaign`` or ``topic``.
    scope: str = "organisation"
    #: What the person did: ``key 9``, ``said "stop calling"``.
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class Accept:
    """Put on record that the person accepts, and answer with ``Accepted``; asked again, the answer is the same."""


@dataclass(frozen=True, kw_only=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """A line for the call's timeline: a step entered, a choice made. ``data`` holds no digits of a sensitive step."""

    kind: str
    step: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


Command = (
    Play
    | StopPlaying
    | Listen
    | StopListening
    | StartTimer
    | Transfer
    | Connect
    | RingBack
    | Record
    | SendSms
    | SendEmail
    | PostWebhook
    | OptOut
    | Accept
    | Hangup
    | Note
)
