"""What came of a contact: the one table that every API reads.

Rows are ``contracts/decisions.md``'s; a dialect takes its own word from here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How an attempt, and after the last one a call, ended."""

    HUMAN = "human"
    #: Answered, but no detector ran or it could not tell.
    ANSWERED = "answered"
    VOICEMAIL_LEFT = "voicemail_left"
    #: A machine answered and we hung up.
    MACHINE = "machine"
    FAX = "fax"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    INVALID_NUMBER = "invalid_number"
    FAILED = "failed"
    CONGESTION = "congestion"
    #: The engine or the machine it runs on went away in the middle.
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class OutcomeWords:
    """What each API calls an outcome."""

    #: ``status`` of the native API.
    status: str
    #: The native terminal event.
    event: str
    #: RoboTalker's counter; ``None``: it stays in TotalContacts only.
    robotalker: str | None
    #: Robo call's ``call_status``.
    robocall: str
    #: effebot's ``hangupCause``; ``None``: the Q.850 name of the attempt's cause.
    effebot: str | None
    #: Multisender's ``answered``.
    multisender: int


def _words(
    status: str, event: str, robotalker: str | None, robocall: str, effebot: str | None, multisender: int = 0
) -> OutcomeWords:
    return OutcomeWords(
        status=status,
        event=event,
        robotalker=robotalker,
        robocall=robocall,
        effebot=effebot,
        multisender=multisender,
    )


_ANSWERED = _words("answered", "call.completed", "Delivered", "answered", "NORMAL_CLEARING", 1)
_FAILED = _words("failed", "call.failed", "NotAnswered", "failed", None)
_CANCELLED = _words("cancelled", "call.cancelled", None, "cancelled", "ORIGINATOR_CANCEL")

OUTCOMES: dict[Outcome, OutcomeWords] = {
    Outcome.HUMAN: _ANSWERED,
    Outcome.ANSWERED: _ANSWERED,
    Outcome.VOICEMAIL_LEFT: _words("voicemail", "call.voicemail", "VoiceMail", "answered", "NORMAL_CLEARING"),
    Outcome.MACHINE: _words("voicemail", "call.voicemail", "NotAnswered", "answered", "NORMAL_CLEARING"),
    Outcome.FAX: _words("failed", "call.failed", "NotAnswered", "answered", "NORMAL_CLEARING"),
    Outcome.BUSY: _words("busy", "call.no_answer", "LineBusy", "busy", "USER_BUSY"),
    Outcome.NO_ANSWER: _words("no_answer", "call.no_answer", "NotAnswered", "no_answer", "NO_ANSWER"),
    Outcome.REJECTED: _words("rejected", "call.no_answer", "NotAnswered", "rejected", "CALL_REJECTED"),
    Outcome.INVALID_NUMBER: _words("failed", "call.failed", "InvalidNumber", "invalid_number", "UNALLOCATED_NUMBER"),
    Outcome.FAILED: _FAILED,
    Outcome.CONGESTION: _FAILED,
    Outcome.INTERRUPTED: _FAILED,
    Outcome.CANCELLED: _CANCELLED,
    Outcome.EXPIRED: _CANCELLED,
    Outcome.SKIPPED: _CANCELLED,
}

#: Every event that ends a call; each call sends exactly one of these, once.
TERMINAL_EVENTS = frozenset(words.event for words in OUTCOMES.values())
