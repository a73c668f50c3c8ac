"""When a call that did not reach anybody is made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from callwright.rules.outcomes import Outcome

#: Outcomes that a policy may name. ``interrupted`` is repeated only then: the person may have been reached already.
RETRIABLE = frozenset(
    {
        Outcome.BUSY,
        Outcome.NO_ANSWER,
        Outcome.MACHINE,
        Outcome.VOICEMAIL_LEFT,
        Outcome.REJECTED,
        Outcome.FAILED,
        Outcome.CONGESTION,
        Outcome.INTERRUPTED,
    }
)

#: A backoff that grew past a month is a mistake; the call is then made a month later, not never.
_LONGEST_DELAY_SECONDS = 30 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class Retry:
    """What follows one outcome."""

    #: How many attempts may follow those that ended with this outcome.
    count: int
    #: Seconds before the first of them.
    delay_seconds: float
    #: Each further delay is this many times longer.
    backoff: float = 1.0

    def __post_init__(self) -> None:
        if self.count < 0 or self.delay_seconds < 0 or self.backoff < 1:
            raise ValueError("a retry needs a count and a delay of 0 or more, and a backoff of 1 or more")


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """Retries by outcome; without any, a call is made once."""

    retries: Mapping[Outcome, Retry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wrong = sorted(set(self.retries) - RETRIABLE)
        if wrong:
            raise ValueError(f"no call is made again after {', '.join(wrong)}")


def next_attempt(policy: RetryPolicy, outcome: Outcome, made: int) -> float | None:
    """Return the seconds until the next attempt after ``made`` of them, or ``None`` when there is none."""
    retry = policy.retries.get(outcome)
    if retry is None or made > retry.count:
        return None
    delay: float = retry.delay_seconds * retry.backoff ** (made - 1)
    return min(delay, _LONGEST_DELAY_SECONDS)
