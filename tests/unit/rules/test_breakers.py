"""A breaker opens when too much fails, tries one call after the pause, and waits longer each time in a row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.rules.breakers import CAMPAIGN, TRUNK, Seen, Standing, State, Terms, next_standing

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TERMS = Terms(share=0.5, least_calls=10, window_seconds=60, pause_seconds=30)


@pytest.mark.parametrize(
    ("seen", "opens"),
    [
        (Seen(), False),
        (Seen(calls=9, failures=9), False),
        (Seen(calls=10, failures=4), False),
        (Seen(calls=10, failures=5), True),
        (Seen(calls=1000, failures=499), False),
        (Seen(calls=1000, failures=1000), True),
    ],
)
def test_it_opens_at_its_share_of_enough_calls(seen: Seen, opens: bool) -> None:
    after = next_standing(TERMS, Standing(), seen, now=NOW)
    assert (after.state is State.OPEN) is opens
    if opens:
        assert after.open_until == NOW + timedelta(seconds=30)
        assert after.reason == f"{seen.failures} of the last {seen.calls} calls failed, within 60 seconds"


def test_the_whole_way_back() -> None:
    opened = next_standing(TERMS, Standing(), Seen(calls=10, failures=10), now=NOW)
    assert next_standing(TERMS, opened, Seen(), now=NOW + timedelta(seconds=29)) == opened
    later = NOW + timedelta(seconds=30)
    trying = next_standing(TERMS, opened, Seen(), now=later)
    assert (trying.state, trying.counted_from) == (State.TRYING, later)
    assert next_standing(TERMS, trying, Seen(), now=later + timedelta(hours=1)) == trying
    again = next_standing(TERMS, trying, Seen(calls=1, failures=1), now=later)
    assert (again.state, again.trips, again.reason) == (State.OPEN, 2, opened.reason)
    assert again.open_until == later + timedelta(seconds=60)
    tried = next_standing(TERMS, again, Seen(), now=later + timedelta(seconds=60))
    # a call that rings has found its way, however long it goes on
    closed = next_standing(TERMS, tried, Seen(good_so_far=1), now=later + timedelta(seconds=70))
    assert closed == Standing(counted_from=later + timedelta(seconds=70))


def test_one_that_is_turned_off_closes() -> None:
    off = replace(TERMS, enabled=False)
    assert next_standing(off, Standing(), Seen(calls=100, failures=100), now=NOW) == Standing()
    opened = Standing(state=State.OPEN, open_until=NOW + timedelta(hours=1), trips=4)
    assert next_standing(off, opened, Seen(), now=NOW).state is State.CLOSED


@given(
    st.sampled_from([TRUNK, CAMPAIGN]),
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 30), st.integers(0, 30), st.integers(0, 2)), max_size=60),
)
def test_it_never_goes_from_open_to_closed_without_a_call_that_was_tried(
    terms: Terms, steps: list[tuple[int, int, int, int]]
) -> None:
    standing, now = Standing(), NOW
    for seconds, calls, failures, good in steps:
        now += timedelta(seconds=seconds)
        before, seen = standing, Seen(calls=calls, failures=min(failures, calls), good_so_far=good)
        standing = next_standing(terms, before, seen, now=now)
        assert (before.state, standing.state) != (State.OPEN, State.CLOSED)
        assert (before.state, standing.state) != (State.CLOSED, State.TRYING)
        if standing.state is State.OPEN and before.state is not State.OPEN:
            assert standing.open_until is not None
            pause = (standing.open_until - now).total_seconds()
            assert terms.pause_seconds <= pause <= 32 * terms.pause_seconds
        if before.state is State.TRYING and standing.state is State.CLOSED:
            assert seen.calls + seen.good_so_far > 0
            assert not seen.failures
