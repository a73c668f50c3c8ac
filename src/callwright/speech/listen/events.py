"""What the detector says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Answerer(StrEnum):
    """Who answered."""

    HUMAN = "human"
    MACHINE = "machine"
    FAX = "fax"
    SILENCE = "silence"
    UNSURE = "unsure"


class Reason(StrEnum):
    """Which rule decided."""

    SHORT_GREETING = "short_greeting"
    GREETING_AND_PAUSE = "greeting_and_pause"
    LONG_GREETING = "long_greeting"
    WORDS = "words"
    BEEP = "beep"
    FAX_TONE = "fax_tone"
    NO_SPEECH = "no_speech"
    OUT_OF_TIME = "out_of_time"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Who answered; times in seconds from the first sample."""

    answerer: Answerer
    #: How often such a verdict was right on the clips of the learning half: 0.5 (a coin) to 1; 0: ``unsure``
    confidence: float
    #: When it was decided: what the call has waited by then.
    at: float
    reason: Reason
    #: From the first word to the last one before the verdict; 0 when nobody spoke.
    greeting: float
    #: End of the last word before the verdict; ``None`` when nobody spoke.
    spoke_until: float | None
    #: Whether it takes back an earlier verdict: only a beep, a fax's tone or words do.
    revised: bool = False


@dataclass(frozen=True, kw_only=True)
class Beep:
    """A machine's beep has ended: what is said from now on is recorded."""

    at: float
    start: float
    end: float
    frequency: float


@dataclass(frozen=True, kw_only=True)
class GreetingEnded:
    """A machine's greeting is over. Without a beep it is a guess by a long pause, and it may come again."""

    at: float
    beep: bool


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Nobody has said a word since the answer: whoever it is waits for us. Told once, and the verdict may follow."""

    at: float


@dataclass(frozen=True, kw_only=True)
class WordsWanted:
    """What was said so far may tell a machine from a person. Asked a few times, before and after a verdict."""

    at: float


Event = Verdict | Beep | GreetingEnded | Quiet | WordsWanted
