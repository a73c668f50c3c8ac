"""When a trunk or a campaign is stopped because too much fails, and how it comes back: a circuit breaker.

Closed: calls pass, and those of a sliding window are counted. Open: none passes. After the pause one call is tried; it
decides. Each time in a row the pause is twice as long. After Nygard, "Release It!", 2007, chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

#: However often it opens in a row, a pause is at most so much longer.
_LONGEST_FACTOR = 32


class State(StrEnum):
    """What a breaker lets through."""

    CLOSED = "closed"
    OPEN = "open"
    #: One call at a time.
    TRYING = "trying"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """When it opens, and for how long."""

    enabled: bool = True
    #: Share of failures among the calls of the window, above 0 to 1.
    share: float
    #: With fewer calls than that in the window nothing is known.
    least_calls: int
    window_seconds: int
    #: Of the first time in a row.
    pause_seconds: int


#: What a busy provider does in a bad minute is not yet a fault; half of ten calls is.
TRUNK = Terms(share=0.5, least_calls=10, window_seconds=60, pause_seconds=30)
#: A list of wrong numbers, or a flow that nobody can hear: no reason to go on through all of it.
CAMPAIGN = Terms(share=0.5, least_calls=20, window_seconds=120, pause_seconds=300)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a breaker stands."""

    state: State = State.CLOSED
    open_until: datetime | None = None
    #: Calls that were claimed before do not count; ``None``: all do.
    counted_from: datetime | None = None
    #: How often in a row it opened.
    trips: int = 0
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Calls of the window, or since ``counted_from`` when that is later."""

    #: Those that ended, and of them those that count against the trunk or the campaign.
    calls: int = 0
    failures: int = 0
    #: Those that rang or were answered and have not ended.
    good_so_far: int = 0


def next_standing(terms: Terms, standing: Standing, seen: Seen, *, now: datetime) -> Standing:
    """Return where the breaker stands now; the same when nothing has changed."""
    if not terms.enabled:
        return Standing(counted_from=now) if standing.state is not State.CLOSED else standing
    if standing.state is State.OPEN:
        over = standing.open_until is None or now >= standing.open_until
        return replace(standing, state=State.TRYING, open_until=None, counted_from=now) if over else standing
    if standing.state is State.TRYING:
        return _tried(terms, standing, seen, now)
    if seen.calls >= terms.least_calls and seen.failures >= terms.share * seen.calls:
        return _opened(terms, standing, _words(terms, seen), now)
    return standing


def _tried(terms: Terms, standing: Standing, seen: Seen, now: datetime) -> Standing:
    if seen.failures:
        return _opened(terms, standing, standing.reason or _words(terms, seen), now)
    return Standing(counted_from=now) if seen.calls or seen.good_so_far else standing


def _words(terms: Terms, seen: Seen) -> str:
    return f"{seen.failures} of the last {seen.calls} calls failed, within {terms.window_seconds} seconds"


def _opened(terms: Terms, standing: Standing, reason: str, now: datetime) -> Standing:
    factor = min(2**standing.trips, _LONGEST_FACTOR)
    return Standing(
        state=State.OPEN,
        open_until=now + timedelta(seconds=terms.pause_seconds * factor),
        trips=standing.trips + 1,
        reason=reason,
    )
