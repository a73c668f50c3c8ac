"""The parts of a simulation that judge: they must see what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from benchmarks.simulation import people
from benchmarks.simulation.lines import Lines

from callwright.calls.models import Attempt
from callwright.rules.zones import zones_of_number

NOW = datetime(2026, 3, 7, 17, tzinfo=UTC)


def attempt(name: str, number: str = "+12125551000") -> Attempt:
    return Attempt(
        id=name,
        organisation_id="org",
        call_id="cal",
        ordinal=1,
        to_number=number,
        from_number="+12125550100",
        sandbox=False,
        purpose="transactional",
        ring_timeout_seconds=30,
        not_before=NOW,
        flow_id="flo",
        flow={},
        variables={},
        voice="en-US-F",
    )


def test_an_attempt_that_is_dialled_twice_is_seen() -> None:
    lines = Lines()
    lines.invite(attempt("one"), "trunk", NOW)
    lines.hang_up("one")
    lines.invite(attempt("one"), "trunk", NOW)
    assert lines.faults == ["attempt one was dialled twice"]


def test_a_number_that_rings_twice_at_once_is_seen() -> None:
    lines = Lines()
    lines.invite(attempt("one"), "trunk", NOW)
    lines.invite(attempt("two"), "trunk", NOW)
    assert lines.faults == ["+12125551000 rings for one and two at once"]


def test_numbers_one_after_the_other_and_others_at_once_are_fine() -> None:
    lines = Lines()
    lines.invite(attempt("one"), "trunk", NOW)
    lines.invite(attempt("two", "+13125551001"), "trunk", NOW)
    lines.hang_up("one")
    lines.invite(attempt("three"), "trunk", NOW)
    assert lines.faults == []


@pytest.mark.parametrize("area", list(people.ZONES))
def test_the_zones_of_its_numbers_are_certain(area: str) -> None:
    assert zones_of_number(f"+1{area}5551000") == {people.ZONES[area]}


@pytest.mark.parametrize(("opens", "expected"), [(time(12), True), (time(12, 1), False)])
def test_the_clock_is_the_person_s(opens: time, expected: bool) -> None:
    # noon in New York
    assert people.is_open(NOW, "+12125551000", opens, time(20)) is expected
