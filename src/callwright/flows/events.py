"""What can happen to a flow. The runner translates what a leg reports into these; ``advance`` takes one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Verdict(StrEnum):
    """What answered, as far as the detector can tell."""

    HUMAN = "human"
    MACHINE = "machine"
    FAX = "fax"
    SILENCE = "silence"
    UNSURE = "unsure"


class TransferFailure(StrEnum):
    """Why a transfer reached nobody."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    #: No call was free for the second leg (the concurrent-call limit).
    CONGESTION = "congestion"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The callee picked up; the first event of every flow."""

    #: Whether a verdict will follow, or ``Quiet``, and nothing is said before. Else the flow speaks at once.
    detecting: bool = False
    #: Whether a verdict will follow while the flow speaks.
    judging: bool = False


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The answering-machine detector decided."""

    verdict: Verdict
    #: 0 to 1.
    confidence: float = 1.0
    #: From the answer to the verdict; ``None``: nobody knows.
    seconds: float | None = None
    #: Which rule decided.
    reason: str | None = None
    #: Whether it takes back an earlier one: a beep was heard.
    revised: bool = False
    #: Whether ``GreetingEnded`` will follow: what is said to a machine before is not recorded.
    greeting: bool = False


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Nobody has said anything since the answer: it is on us to speak. The verdict may follow."""


@dataclass(frozen=True, kw_only=True)
class GreetingEnded:
    """A machine's greeting is over: what is said from now on is recorded.

    Comes again when a beep is heard later than it was expected.
    """

    #: Whether a beep was heard; else it was a long pause.
    beep: bool


@dataclass(frozen=True, kw_only=True)
class Played:
    """A ``Play`` ended, by itself or because it was stopped or failed."""

    play_id: int
    #: False when the audio could not be played; the flow goes on, the timeline says so.
    ok: bool = True


@dataclass(frozen=True, kw_only=True)
class Digit:
    """One key press: ``0``-``9``, ``*``, ``#``, ``A``-``D``."""

    digit: str


@dataclass(frozen=True, kw_only=True)
class SpeechBegan:
    """The callee begins to speak; ``Heard`` or ``Silence`` follows."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Speech ended and was recognised; listening goes on."""

    #: Empty: there were no words in it.
    text: str
    #: BCP 47, what was listened for; ``None``: English.
    language: str | None = None
    #: 0 to 1; ``None``: the recogniser does not say.
    confidence: float | None = None
    #: The words by which the callee asks not to be called again; ``None``: there are none.
    revokes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Silence:
    """The recogniser gave up and listens no longer.

    ``reason``: ``silence``; ``absent``: none is installed for the language; ``busy``: too many speak at once;
    ``failed``; ``not_heard``: the engine does not let us listen; ``noise``: sounds, but no words.
    """

    reason: str = "silence"


@dataclass(frozen=True, kw_only=True)
class TransferAnswered:
    """The second leg took the call; it waits to be connected."""


@dataclass(frozen=True, kw_only=True)
class TransferEnded:
    """The second leg hung up; the callee is still there."""

    #: Q.850; ``None``: nobody knows.
    cause: int | None = None
    #: How long both could hear each other; ``None``: nobody knows.
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class TransferFailed:
    """The second leg did not answer."""

    reason: TransferFailure = TransferFailure.FAILED
    #: What was refused, in words; ``None``: the reason says it.
    detail: str | None = None
    #: Q.850 cause and final SIP status; ``None``: there was no INVITE, or nobody knows.
    cause: int | None = None
    sip_status: int | None = None


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A recording of the callee's words is finished, or could not be made."""

    #: Empty: there is none.
    recording_id: str
    seconds: float
    #: Why there is none, in words.
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Replied:
    """A webhook step's answer, for a flow that waits for it."""

    status: int
    #: Top-level string, number and boolean fields of a JSON answer, as text.
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What somebody who accepts gets; it is on record."""

    #: ``taken``: a place; ``stand_by``: the next that becomes free; ``filled``: none is left.
    place: Literal["taken", "stand_by", "filled"] = "taken"


@dataclass(frozen=True, kw_only=True)
class HungUp:
    """The leg is gone. Always the last event."""

    #: Q.850 cause.
    cause: int = 16
    #: How the second leg ended that was hung up with it; ``None``: there was none, or nobody knows.
    second: TransferEnded | None = None


@dataclass(frozen=True, kw_only=True)
class Elapsed:
    """A timer ran out."""

    timer_id: int


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """The control plane came back in the middle of the call: what was playing or being typed may be lost.

    A gather repeats its prompt once without using up an attempt; a play is started again; timers are set again.
    """


Event = (
    Answered
    | Judged
    | Quiet
    | GreetingEnded
    | Played
    | Digit
    | SpeechBegan
    | Heard
    | Silence
    | TransferAnswered
    | TransferEnded
    | TransferFailed
    | Recorded
    | Replied
    | Accepted
    | HungUp
    | Elapsed
    | Resumed
)
