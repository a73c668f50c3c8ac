"""The pace of a route in made-up time."""

from __future__ import annotations

import pytest

from callwright.channels.sms.pace import Pace


def test_without_a_rate_everything_goes_at_once() -> None:
    pace = Pace(None)
    assert [pace.slot(5.0) for _ in range(3)] == [5.0, 5.0, 5.0]


def test_a_rate_spaces_units_and_saves_nothing_up() -> None:
    pace = Pace(10.0)
    assert [pace.slot(5.0) for _ in range(3)] == pytest.approx([5.0, 5.1, 5.2])
    assert [pace.slot(60.0) for _ in range(2)] == pytest.approx([60.0, 60.1])


def test_a_complaint_holds_back_and_halves_the_rate_once() -> None:
    pace = Pace(10.0)
    for _ in range(5):
        pace.complain(100.0)
    assert pace.share == 0.5
    assert [pace.slot(100.0) for _ in range(2)] == pytest.approx([100.25, 100.45])


def test_complaints_add_up_and_are_forgiven() -> None:
    pace = Pace(10.0)
    now = 100.0
    for _ in range(20):
        pace.complain(now)
        now += 10.0
    assert pace.share == pytest.approx(0.05)
    # the hold is at most eight seconds, and nothing stops for ever
    assert pace.slot(290.1) == pytest.approx(298.0)
    pace.slot(298.0 + 19.1)
    assert pace.share == 1.0
    # the next complaint begins small again
    pace.complain(400.0)
    assert pace.slot(400.0) == pytest.approx(400.25)


def test_a_complaint_without_a_rate_is_a_pause() -> None:
    pace = Pace(None)
    pace.complain(10.0)
    assert pace.slot(10.1) == 10.25
    assert pace.slot(11.0) == 11.0
