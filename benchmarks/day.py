"""A day of ten million contacts in virtual time: what a fleet of a given size reaches inside calling hours.

Hours, daylight saving and retries are the product's own rules, asked with a virtual clock in steps of ten seconds.
People are counted by lane and by what happened to them so far, not kept one by one; what they do is drawn by chance.
Nothing of a database or a telephone is in it: what one machine can do is measured by the other benchmarks, and
multiplied in docs/explanation/scale.md.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np

from benchmarks.results import write
from callwright.rules.outcomes import Outcome
from callwright.rules.retries import Retry, RetryPolicy, next_attempt
from callwright.rules.schedules import Schedule, is_open
from callwright.rules.windows import Window

#: Share of the people of a country with four zones, and how long a call of each kind holds a channel, in seconds.
ZONES = {"America/New_York": 0.47, "America/Chicago": 0.29, "America/Denver": 0.07, "America/Los_Angeles": 0.17}
OUTCOMES = {
    Outcome.HUMAN: (0.35, 40.0),
    Outcome.VOICEMAIL_LEFT: (0.25, 45.0),
    Outcome.NO_ANSWER: (0.30, 30.0),
    Outcome.BUSY: (0.05, 5.0),
    Outcome.FAILED: (0.05, 3.0),
}
POLICY = RetryPolicy(
    retries={
        Outcome.NO_ANSWER: Retry(count=2, delay_seconds=7200),
        Outcome.BUSY: Retry(count=3, delay_seconds=900),
    }
)
HOURS = Schedule(windows=(Window(opens=time(9), closes=time(20)),))
STEP = timedelta(seconds=10)
#: A Tuesday; the day ends when it is Wednesday everywhere.
BEGINS = datetime(2026, 3, 10, 4, tzinfo=UTC)
_STEPS = 24 * 360

#: How often each retriable outcome has happened to somebody: no answer, busy.
History = tuple[int, int]


@dataclass(kw_only=True)
class Day:
    """What became of everybody."""

    channels: int
    calls: int = 0
    done: Counter[Outcome] = field(default_factory=Counter)
    left: int = 0
    busiest: int = 0
    #: Calls begun in the busiest ten minutes.
    most_per_second: float = 0.0
    hours: float = 0.0


def main(arguments: list[str]) -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="./run bench day", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000_000)
    parser.add_argument("--channels", type=int, nargs="*", default=[2_500, 5_000, 10_000, 15_000, 20_000])
    options = parser.parse_args(arguments)
    days = [simulate(options.people, channels) for channels in options.channels]
    print(f"{options.people:,} people, hours 09:00-20:00 where they are\n")
    print(f"{'channels':>9}{'calls':>13}{'reached':>10}{'not called':>12}{'calls/s':>9}{'busy':>8}{'hours':>7}")
    for day in days:
        reached = day.done[Outcome.HUMAN] + day.done[Outcome.VOICEMAIL_LEFT]
        print(
            f"{day.channels:>9,}{day.calls:>13,}{reached / options.people:>10.1%}{day.left / options.people:>12.1%}"
            f"{day.most_per_second:>9.0f}{day.busiest:>8,}{day.hours:>7.1f}"
        )
    path = write("day", {"people": options.people, "days": [_json(day) for day in days]})
    print(f"\n{path}")
    return 0


def simulate(people: int, channels: int, *, seed: int = 1) -> Day:
    """Return what a fleet with so many channels reaches in one day."""
    random = np.random.default_rng(seed)
    shares = [share for share, _ in OUTCOMES.values()]
    fresh = {zone: round(people * share) for zone, share in ZONES.items()}
    again: dict[str, dict[int, Counter[History]]] = {zone: defaultdict(Counter) for zone in ZONES}
    due: dict[str, Counter[History]] = {zone: Counter() for zone in ZONES}
    ending: Counter[int] = Counter()
    day, in_air = Day(channels=channels), 0
    lately: deque[int] = deque(maxlen=60)
    for step in range(_STEPS):
        now = BEGINS + step * STEP
        in_air -= ending.pop(step, 0)
        made = 0
        for zone in ZONES:
            due[zone].update(again[zone].pop(step, Counter()))
            room = channels - in_air
            if room <= 0 or not is_open(now, [HOURS], [zone]):
                continue
            for history, count in _taken(fresh, due, zone, room):
                made += count
                in_air += count
                drawn = random.multinomial(count, shares)
                for (outcome, (_, seconds)), n in zip(OUTCOMES.items(), drawn, strict=True):
                    ends = step + max(1, round(seconds / STEP.total_seconds()))
                    ending[ends] += int(n)
                    _judge(day, again[zone], outcome, history, int(n), ends)
        if made:
            day.calls += made
            day.hours = (step + 1) * STEP.total_seconds() / 3600
        lately.append(made)
        day.most_per_second = max(day.most_per_second, sum(lately) / STEP.total_seconds() / 60)
        day.busiest = max(day.busiest, in_air)
    waiting = sum(due[zone].total() for zone in ZONES) + sum(c.total() for zone in ZONES for c in again[zone].values())
    day.left = sum(fresh.values()) + waiting
    first = min(step for step in range(_STEPS) if is_open(BEGINS + step * STEP, [HOURS], list(ZONES)[:1]))
    day.hours -= first * STEP.total_seconds() / 3600
    return day


def _taken(fresh: dict[str, int], due: dict[str, Counter[History]], zone: str, room: int) -> list[tuple[History, int]]:
    """Take whom there is room for: who was called before first, as in a lane."""
    taken = []
    for history in sorted(due[zone], reverse=True):
        count = min(room, due[zone][history])
        due[zone][history] -= count
        if not due[zone][history]:
            del due[zone][history]
        room -= count
        taken.append((history, count))
    count = min(room, fresh[zone])
    fresh[zone] -= count
    return [*((history, n) for history, n in taken if n), *([((0, 0), count)] if count else [])]


def _judge(
    day: Day, again: dict[int, Counter[History]], outcome: Outcome, history: History, count: int, ends: int
) -> None:
    """Put people who were called where they belong: done, or due again."""
    no_answer, busy = history
    if outcome is Outcome.NO_ANSWER:
        no_answer += 1
    elif outcome is Outcome.BUSY:
        busy += 1
    delay = next_attempt(POLICY, outcome, no_answer if outcome is Outcome.NO_ANSWER else busy)
    if delay is None:
        day.done[outcome] += count
    else:
        again[ends + round(delay / STEP.total_seconds())][no_answer, busy] += count


def _json(day: Day) -> dict[str, Any]:
    return {**day.__dict__, "done": {outcome.value: n for outcome, n in day.done.items()}}
