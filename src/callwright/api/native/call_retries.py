"""``retry`` and ``retry_incomplete`` of a call: what a request may say and an answer shows."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callwright.rules.outcomes import Outcome
from callwright.rules.retries import LONGEST_DELAY_SECONDS, Retry, RetryPolicy, incomplete_json, retries_json

#: More attempts after one outcome would be a nuisance to whoever is called.
MOST_RETRIES = 10


class RetryFields(BaseModel):
    """How often a call is made again, and when."""

    model_config = ConfigDict(extra="forbid", strict=True)

    count: int = Field(ge=1, le=MOST_RETRIES, description="How many attempts may follow.")
    delay_seconds: float = Field(
        default=300, ge=0, le=LONGEST_DELAY_SECONDS, description="From the end of an attempt to the next one."
    )
    backoff: float = Field(default=1, ge=1, le=10, description="Each further delay is this many times longer.")


class RetryByOutcome(BaseModel):
    """What follows each outcome; after one that is not named the call ends."""

    model_config = ConfigDict(extra="forbid", strict=True)

    busy: RetryFields | None = None
    no_answer: RetryFields | None = None
    machine: RetryFields | None = None
    voicemail_left: RetryFields | None = None
    rejected: RetryFields | None = None
    failed: RetryFields | None = None
    congestion: RetryFields | None = None
    interrupted: RetryFields | None = Field(
        default=None, description="The engine went away in the middle: the person may have been reached already."
    )
    most_attempts: int | None = Field(
        default=None, ge=1, le=100, description="Attempts in all, the first one included, whatever comes of them."
    )


def policy_from(retry: RetryByOutcome | None, incomplete: RetryFields | None) -> RetryPolicy:
    """Return the policy that a request asks for."""
    named = {} if retry is None else {name: getattr(retry, name) for name in type(retry).model_fields}
    most = named.pop("most_attempts", None)
    return RetryPolicy(
        retries={Outcome(name): Retry(**value.model_dump()) for name, value in named.items() if value is not None},
        incomplete=None if incomplete is None else Retry(**incomplete.model_dump()),
        most=most,
    )


def shown(policy: RetryPolicy) -> dict[str, Any]:
    """Return ``retry`` and ``retry_incomplete`` as answers show them."""
    return {"retry": retries_json(policy), "retry_incomplete": incomplete_json(policy)}
