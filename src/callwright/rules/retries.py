"""When a call that did not reach anybody, or not to its end, is made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

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
LONGEST_DELAY_SECONDS = 30 * 86_400.0
#: Beside the outcomes.
_MOST = "most_attempts"


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
    #: What follows an attempt in which the person hung up before the flow's end; ``None``: nothing.
    incomplete: Retry | None = None
    #: Attempts in all, whatever comes of them; ``None``: the counts of the outcomes say it.
    most: int | None = None

    def __post_init__(self) -> None:
        wrong = sorted(set(self.retries) - RETRIABLE)
        if wrong:
            raise ValueError(f"no call is made again after {', '.join(wrong)}")
        if self.most is not None and self.most < 1:
            raise ValueError("a call has at least one attempt")

    @property
    def most_attempts(self) -> int:
        """How often a call may be dialled, whatever comes of its attempts."""
        each = [*self.retries.values(), *([self.incomplete] if self.incomplete else [])]
        counted = 1 + sum(retry.count for retry in each)
        return counted if self.most is None else min(counted, self.most)


def next_attempt(
    policy: RetryPolicy, outcome: Outcome, ended_so: int, *, incomplete: bool = False, made: int = 1
) -> float | None:
    """Return the seconds until the next attempt, or ``None`` when there is none.

    ``ended_so`` is how many attempts of the call ended with ``outcome``, or ``incomplete``, the last one included: what
    followed other outcomes is not counted against this one. ``made`` is how many there were in all.
    """
    if policy.most is not None and made >= policy.most:
        return None
    retry = policy.incomplete if incomplete else policy.retries.get(outcome)
    if retry is None or ended_so > retry.count:
        return None
    try:
        delay = retry.delay_seconds * retry.backoff ** (ended_so - 1)
    except OverflowError:
        return LONGEST_DELAY_SECONDS
    return float(min(delay, LONGEST_DELAY_SECONDS))


def next_attempt_at(
    policy: RetryPolicy,
    outcome: Outcome,
    ended_so: int,
    *,
    now: datetime,
    not_after: datetime | None,
    incomplete: bool = False,
    made: int = 1,
) -> datetime | None:
    """Return when the next attempt is due; ``None``: there is none, or it would be due after ``not_after``."""
    delay = next_attempt(policy, outcome, ended_so, incomplete=incomplete, made=made)
    if delay is None:
        return None
    due = now + timedelta(seconds=delay)
    return None if not_after is not None and due > not_after else due


def policy_of(retry: Mapping[str, Any] | None, incomplete: Mapping[str, Any] | None = None) -> RetryPolicy:
    """Return the policy that is stored as JSON: ``retry`` by outcome and ``most_attempts``, ``incomplete`` one."""
    by_outcome = {name: values for name, values in (retry or {}).items() if name != _MOST}
    return RetryPolicy(
        retries={Outcome(outcome): Retry(**values) for outcome, values in by_outcome.items()},
        incomplete=None if incomplete is None else Retry(**incomplete),
        most=(retry or {}).get(_MOST),
    )


def retries_json(policy: RetryPolicy) -> dict[str, Any] | None:
    """Return the retries by outcome as JSON that ``policy_of`` reads; ``None`` when there are none."""
    most = {} if policy.most is None else {_MOST: policy.most}
    return {**{outcome.value: asdict(retry) for outcome, retry in policy.retries.items()}, **most} or None


def incomplete_json(policy: RetryPolicy) -> dict[str, Any] | None:
    """Return the retry after an early hang-up as JSON that ``policy_of`` reads; ``None`` when there is none."""
    return None if policy.incomplete is None else asdict(policy.incomplete)
