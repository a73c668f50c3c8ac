"""Verifications, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Method = Literal["flash", "spoken", "sms"]
#: ``expired`` is ``pending`` after ``expires_at``.
State = Literal["pending", "verified", "failed", "expired", "cancelled"]

#: Wrong codes, the last of which ends a verification.
MAX_ATTEMPTS = 5
#: The last digits of a flash call's number.
FLASH_DIGITS = 4
#: Seconds that a flash call rings: enough for a telephone to show the number and to keep it in its list.
FLASH_RING_SECONDS = 2


@dataclass(frozen=True, kw_only=True)
class NewVerification:
    """A code to be sent; every field is already validated and normalised."""

    #: E.164.
    to_number: str
    #: Shown to the callee; of a flash call its last digits are the code. Of a text: who it comes from.
    from_number: str
    method: Method
    code: str = field(repr=False)
    #: Canonical JSON of the flow that says it, or the text (``wording``).
    flow: Mapping[str, Any] = field(default_factory=dict)
    text: str | None = None
    language: str | None = None
    lives_for: timedelta = timedelta(minutes=10)
    #: The caller id that is proved; ``None``: it is a person's number.
    number_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verification:
    """A code that was sent to a number, and whether it came back."""

    id: str
    number: int
    organisation_id: str
    number_id: str | None
    sandbox: bool
    to_number: str
    method: Method
    code_length: int
    language: str | None
    state: State
    reason: str | None
    #: Codes that were tried.
    attempts: int
    call_id: str | None
    message_id: str | None
    expires_at: datetime
    ended_at: datetime | None
    created_at: datetime

    @property
    def attempts_left(self) -> int:
        """How many codes may still be tried."""
        return MAX_ATTEMPTS - self.attempts if self.state == "pending" else 0


@dataclass(frozen=True, kw_only=True)
class Check:
    """What came of trying a code."""

    valid: bool
    verification: Verification


@dataclass(frozen=True, kw_only=True)
class VerificationLimits:
    """How many codes may be sent to people, against those who let us call numbers that pay them."""

    per_destination_hour: int = 5
    per_key_hour: int = 200
    per_organisation_day: int = 1000
