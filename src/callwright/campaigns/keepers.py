"""What runs of campaigns beside the dialer: hours of lanes, counts, beginnings and ends, goals, breakers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from callwright.campaigns.abandonment import AbandonmentKeeper
from callwright.campaigns.breakers import Breakers
from callwright.campaigns.completing import CompletionKeeper
from callwright.campaigns.counting import CountKeeper
from callwright.campaigns.feeding import CampaignFeeder
from callwright.campaigns.goals import GoalKeeper
from callwright.campaigns.lanes import LaneKeeper
from callwright.campaigns.pacing import GoalPace, TrialPace
from callwright.clock import Clock
from callwright.store.database import Database


def feeder_of(clock: Clock) -> CampaignFeeder:
    """Return what makes calls of recipients for a dialer, with all that bounds a campaign."""
    return CampaignFeeder(clock, [GoalPace(), TrialPace()])


class CampaignKeepers:
    """Runs them in every process; each look is safe beside the same look of another process."""

    def __init__(self, database: Database, clock: Clock, *, on_change: Callable[[], None] = lambda: None) -> None:
        """``on_change``: something of a campaign was committed: events, or somebody to call."""
        self._work = {
            "hours of lanes": LaneKeeper(database, clock).run,
            "counts of campaigns": CountKeeper(database, clock).run,
            "beginnings and ends of campaigns": CompletionKeeper(database, clock, on_change=on_change).run,
            "goals": GoalKeeper(database, clock, on_change=on_change).run,
            "breakers": Breakers(database, clock, on_change=on_change).run,
            "abandoned calls": AbandonmentKeeper(database, clock, on_change=on_change).run,
        }
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to work."""
        self._tasks = [asyncio.create_task(work(), name=name) for name, work in self._work.items()]

    async def stop(self) -> None:
        """Stop; what was not done is done by the next process."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
