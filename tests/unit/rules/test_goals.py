"""A goal is met exactly: never more people in the air than places are left, and nobody accepts in vain."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.rules.goals import Goal, Pace, Place, Tally, is_reached, place_of, room

BOLD = Goal(accepts=10, pace=Pace.EXPECTED, stand_by=5)


@pytest.mark.parametrize(
    ("tally", "expected"),
    [
        (Tally(), 10),
        (Tally(accepted=4, undecided=6), 0),
        (Tally(accepted=4, undecided=5), 1),
        (Tally(accepted=4, undecided=5, declined=1000), 1),
        (Tally(accepted=10), 0),
    ],
)
def test_the_exact_pace_counts_everybody_who_may_accept(tally: Tally, expected: int) -> None:
    assert room(Goal(accepts=10), tally) == expected


@pytest.mark.parametrize(
    ("tally", "expected"),
    [
        # nothing is known yet
        (Tally(declined=19), 10),
        # one in four accepts: eight places need 32 people
        (Tally(accepted=2, declined=9, undecided=3), 5),
        (Tally(accepted=2, declined=21), 64),
        (Tally(accepted=2, declined=21, undecided=60), 4),
        # hardly anybody accepts: ten people a place, no more
        (Tally(declined=999), 100),
        # who stands by accepted, too
        (Tally(accepted=8, standing_by=3, declined=36), 8),
        (Tally(accepted=10, declined=100), 0),
    ],
)
def test_the_expected_pace_learns_how_many_accept(tally: Tally, expected: int) -> None:
    assert room(BOLD, tally) == expected


def test_who_comes_too_late_stands_by_while_there_is_room() -> None:
    assert place_of(BOLD, Tally(accepted=9)) is Place.TAKEN
    assert place_of(BOLD, Tally(accepted=10, standing_by=4)) is Place.STAND_BY
    assert place_of(BOLD, Tally(accepted=10, standing_by=5)) is Place.FILLED
    assert (is_reached(BOLD, Tally(accepted=9)), is_reached(BOLD, Tally(accepted=10))) == (False, True)


@pytest.mark.parametrize("wrong", [{"accepts": 0}, {"accepts": 1, "stand_by": 1}, {"accepts": 1, "stand_by": -1}])
def test_a_goal_must_make_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"needs at least one|stand-by list"):
        Goal(**wrong)


goals = st.builds(Goal, accepts=st.integers(1, 40)) | st.builds(
    Goal, accepts=st.integers(1, 40), pace=st.just(Pace.EXPECTED), stand_by=st.integers(0, 10)
)


@given(goal=goals, people=st.integers(0, 400), share=st.floats(0, 1), seed=st.integers(0, 2**32))
def test_a_campaign_ends_with_its_goal(goal: Goal, people: int, share: float, seed: int) -> None:
    chance = random.Random(seed)
    willing = [chance.random() < share for _ in range(people)]
    tally, waiting, in_the_air = Tally(), list(willing), list[bool]()
    filled = 0
    while waiting or in_the_air:
        free = room(goal, tally)
        called = chance.randint(0, min(free, len(waiting)))
        if not in_the_air:
            if not free:
                break
            called = max(called, 1) if waiting else 0
        in_the_air += [waiting.pop() for _ in range(called)]
        tally = replace(tally, undecided=len(in_the_air))
        if goal.pace is Pace.EXACT:
            assert tally.accepted + tally.undecided <= goal.accepts
        if not in_the_air:
            break
        accepts = in_the_air.pop(chance.randrange(len(in_the_air)))
        place = place_of(goal, tally) if accepts else None
        tally = replace(
            tally,
            undecided=len(in_the_air),
            accepted=tally.accepted + (place is Place.TAKEN),
            standing_by=tally.standing_by + (place is Place.STAND_BY),
            declined=tally.declined + (place in {None, Place.FILLED}),
        )
        filled += place is Place.FILLED
        assert tally.accepted <= goal.accepts
        assert tally.standing_by <= goal.stand_by
    # it neither stops early nor goes on
    assert tally.accepted == min(goal.accepts, sum(willing))
    if goal.pace is Pace.EXACT:
        assert (tally.standing_by, filled) == (0, 0)
