"""A campaign that ends when enough people have accepted: how many may be called now, and who comes too late."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

#: Below so many decided calls nothing is known of how many accept: until then the pace is exact.
_LEAST_DECIDED = 20
#: At most so many people are in the air for each place that is left, however few accept.
_MOST_PER_PLACE = 10


class Pace(StrEnum):
    """How boldly people are called."""

    #: Never more people in the air than places are left: nobody accepts in vain.
    EXACT = "exact"
    #: As many as are expected to fill the places; who accepts when they are filled goes on the stand-by list.
    EXPECTED = "expected"


class Place(StrEnum):
    """What somebody who accepts gets."""

    TAKEN = "taken"
    STAND_BY = "stand_by"
    #: The places are filled, and there is no stand-by list.
    FILLED = "filled"


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a campaign wants."""

    #: How many people are to accept.
    accepts: int
    pace: Pace = Pace.EXACT
    #: How many may wait for a place that becomes free; only with ``Pace.EXPECTED``.
    stand_by: int = 0

    def __post_init__(self) -> None:
        if self.accepts < 1:
            raise ValueError("a goal needs at least one accept")
        if self.stand_by < 0 or (self.stand_by and self.pace is Pace.EXACT):
            raise ValueError("a stand-by list has 0 or more places, and none at the exact pace: nobody comes too late")


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Where a campaign stands."""

    #: People who have a place.
    accepted: int = 0
    #: People who were called, or are claimed to be, and may still accept. Counted from the claim to the settlement.
    undecided: int = 0
    #: People who were reached or given up, without a place.
    declined: int = 0
    #: People on the stand-by list.
    standing_by: int = 0


def is_reached(goal: Goal, tally: Tally) -> bool:
    """Return whether nobody else is called."""
    return tally.accepted >= goal.accepts


def room(goal: Goal, tally: Tally) -> int:
    """Return how many more people may be called now.

    At the exact pace accepts and undecided together never exceed the goal. At the expected one the accepts that are to
    be expected do not; the share of people who accept is taken from those who decided, rounded up.
    """
    left = goal.accepts - tally.accepted
    if left <= 0:
        return 0
    return max(0, _most_undecided(goal, tally, left) - tally.undecided)


def place_of(goal: Goal, tally: Tally) -> Place:
    """Return what the next person who accepts gets; the tally is of the moment before."""
    if tally.accepted < goal.accepts:
        return Place.TAKEN
    return Place.STAND_BY if tally.standing_by < goal.stand_by else Place.FILLED


def _most_undecided(goal: Goal, tally: Tally, left: int) -> int:
    # those on the stand-by list accepted, too
    willing = tally.accepted + tally.standing_by
    decided = willing + tally.declined
    if goal.pace is Pace.EXACT or decided < _LEAST_DECIDED:
        return left
    share = (willing + 1) / (decided + 1)
    return min(math.floor(left / share), left * _MOST_PER_PLACE)
