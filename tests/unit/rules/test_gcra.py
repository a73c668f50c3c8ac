"""The rate of a line holds exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.rules.gcra import next_slot

START = datetime(2026, 1, 1, tzinfo=UTC)


@given(
    st.lists(st.floats(0, 3), min_size=2, max_size=60),
    st.floats(0.5, 50),
    st.integers(1, 5),
    st.floats(0.1, 10),
)
def test_no_window_holds_more_than_the_rate(pauses: list[float], rate: float, burst: int, width: float) -> None:
    tat, now, slots = START, START, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        tat, slot = next_slot(tat, now, rate=rate, burst=burst)
        assert slot >= now
        slots.append(slot)
    for first in slots:
        inside = sum(first <= slot < first + timedelta(seconds=width) for slot in slots)
        assert inside <= rate * width + burst


def test_a_line_at_rest_takes_a_call_at_once() -> None:
    _, slot = next_slot(START - timedelta(hours=1), START, rate=1, burst=1)
    assert slot == START


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_rate_must_be_possible(rate: float, burst: int) -> None:
    with pytest.raises(ValueError, match="rate above 0"):
        next_slot(START, START, rate=rate, burst=burst)


def test_a_rate_that_no_microsecond_divides_is_not_exceeded_in_the_long_run() -> None:
    tat, slot = START, START
    for _ in range(20_000):
        tat, slot = next_slot(tat, START, rate=3, burst=1)
    assert (slot - START).total_seconds() >= 19_999 / 3


def test_a_line_that_never_carried_a_call_is_at_rest() -> None:
    # what PostgreSQL's -infinity is read as
    _, slot = next_slot(datetime.min.replace(tzinfo=UTC), START, rate=0.01, burst=5)
    assert slot == START
