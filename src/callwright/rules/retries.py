"""When a call that did not reach anybody is made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from callwright.rules.outcomes import Outcome

#: Outcomes after which calling again can help. ``interrupted`` is not among them: the person may have been called.
RETRIABLE = frozenset(
    {
        Outcome.BUSY,
        Outcome.NO_ANSWER,
        Outcome.MACHINE,
        Outcome.REJECTED,
        Outcome.FAILED,
        Outcome.CONGESTION,
        Outcome.INTERRUPTED,
    }
)


@dataclass(frozen=True, kw_only=True)
class Retry:
    """What follows one outcome."""

    #: How many attempts may follow those that ended with this outcome.
    count: int
    #: Seconds before the first of them.
    delay_seconds: float
    #: Each further delay is this many times longer.
    backoff: float = 1.0


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
    return delay
