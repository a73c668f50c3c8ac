"""Who is called in a simulation: numbers whose zone is known for certain, and what people do."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from callwright.rules.outcomes import Outcome

#: Area codes that lie in one zone as a whole. A second source beside ``rules.zones``, so that the two are compared.
ZONES = {
    "212": "America/New_York",
    "312": "America/Chicago",
    "415": "America/Los_Angeles",
    "808": "Pacific/Honolulu",
}
#: How calls end that nobody answers.
UNANSWERED = (Outcome.BUSY, Outcome.NO_ANSWER, Outcome.FAILED, Outcome.REJECTED, Outcome.CONGESTION)


def number(random: Random, people: int) -> str:
    """Return one of ``people`` numbers: some are in several campaigns."""
    person = random.randrange(people)
    area = list(ZONES)[person % len(ZONES)]
    return f"+1{area}555{1000 + person:04d}"


def zone_of(e164: str) -> str:
    """Return the zone of a number of ours."""
    return ZONES[e164[2:5]]


def is_open(now: datetime, e164: str, opens: time, closes: time) -> bool:
    """Return whether it is between two times of day where the person is; ``closes`` is later on the same day."""
    local = now.astimezone(ZoneInfo(zone_of(e164))).time()
    return opens <= local < closes


def some_time(random: Random) -> timedelta:
    """Return how long nothing happens: mostly moments, at times hours, seldom backwards."""
    kind = random.random()
    if kind < 0.75:
        return timedelta(seconds=random.uniform(0.05, 20))
    if kind < 0.93:
        return timedelta(minutes=random.uniform(1, 45))
    if kind < 0.98:
        return timedelta(hours=random.uniform(1, 9))
    # a clock that was set: people are not called again because of it
    return -timedelta(seconds=random.uniform(1, 90))


#: A day on which daylight saving changes in three of the four zones, at 10:00 UTC in Chicago.
BEGINNING = datetime(2026, 3, 7, 17, 0, tzinfo=UTC)
