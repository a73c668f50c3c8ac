"""A campaign's hours: its own windows on the right clock, never wider than the organisation's and the law's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.rules.schedules import Hours, Schedule, all_open, closing_of_any, opening_of_all
from callwright.rules.timetables import CampaignHours, LaneKey, schedule_of
from callwright.rules.windows import Window

PLAIN = CampaignHours(
    schedule={"windows": [{"from": "09:00", "until": "17:00", "weekdays": [1, 2, 3, 4, 5]}]},
    starts_at=None,
    ends_at=None,
    purpose="transactional",
    sandbox=False,
    organisation_zone="Europe/Berlin",
    calling_from=time(9),
    calling_until=time(20),
)
CHICAGO = LaneKey(zones=frozenset({"America/Chicago"}))
SEVERAL = LaneKey(zones=frozenset({"America/New_York", "America/Los_Angeles"}), country="US")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "key",
    [CHICAGO, SEVERAL, LaneKey(zones=frozenset({"UTC"}), extension=True)],
    ids=["zone", "zones and country", "extension"],
)
def test_a_key_is_read_as_it_was_written(key: LaneKey) -> None:
    assert LaneKey.read(str(key)) == key


def test_the_windows_hold_on_the_recipients_clock() -> None:
    hours = PLAIN.of(CHICAGO)
    # Monday 2026-06-01, 14:00 UTC is 09:00 in Chicago
    assert opening_of_all(at("2026-06-01 03:00"), hours) == at("2026-06-01 14:00")
    assert closing_of_any(at("2026-06-01 15:00"), hours) == at("2026-06-01 22:00")


def test_the_accounts_clock_moves_the_windows_and_not_the_organisations_hours() -> None:
    hours = replace(PLAIN, schedule={**PLAIN.schedule, "time_zone": "account"}).of(CHICAGO)
    # 09:00 to 17:00 in Berlin is 07:00 to 15:00 UTC, of which the hours in Chicago leave the last
    assert opening_of_all(at("2026-06-01 03:00"), hours) == at("2026-06-01 14:00")
    assert closing_of_any(at("2026-06-01 14:30"), hours) == at("2026-06-01 15:00")


def test_several_zones_have_only_the_hours_that_they_share() -> None:
    hours = PLAIN.of(SEVERAL)
    assert opening_of_all(at("2026-06-01 03:00"), hours) == at("2026-06-01 16:00")
    assert closing_of_any(at("2026-06-01 16:00"), hours) == at("2026-06-01 21:00")


def test_marketing_keeps_the_legal_hours_of_the_callees_country() -> None:
    paris = LaneKey(zones=frozenset({"Europe/Paris"}), country="FR")
    marketing = replace(PLAIN, purpose="marketing", schedule={"holidays": ["2026-05-25"]})
    hours = marketing.of(paris)
    # Saturday noon, then Whit Monday
    assert opening_of_all(at("2026-05-23 10:00"), hours) == at("2026-05-26 08:00")
    assert closing_of_any(at("2026-05-26 08:00"), hours) == at("2026-05-26 11:00")
    for other in (
        replace(marketing, purpose="transactional"),
        replace(marketing, schedule={"presets": False}),
        replace(marketing, sandbox=True),
    ):
        assert opening_of_all(at("2026-05-23 10:00"), other.of(paris)) == at("2026-05-23 10:00")


def test_an_emergency_and_an_extension_are_bound_by_the_windows_alone() -> None:
    night = replace(PLAIN, schedule={})
    assert not all_open(at("2026-06-01 03:00"), night.of(CHICAGO))
    assert all_open(at("2026-06-01 03:00"), replace(night, purpose="emergency").of(CHICAGO))
    assert all_open(at("2026-06-01 03:00"), night.of(replace(CHICAGO, extension=True)))
    assert not all_open(at("2026-06-01 03:00"), PLAIN.of(replace(CHICAGO, extension=True)))


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        # clocks go forward and back in both hemispheres; 09:00 local in UTC the day before and on the day
        ("America/New_York", "2026-03-07 14:00", "2026-03-08 13:00"),
        ("America/New_York", "2026-10-31 13:00", "2026-11-01 14:00"),
        ("Australia/Sydney", "2026-10-02 23:00", "2026-10-03 22:00"),
        ("Australia/Sydney", "2026-04-03 22:00", "2026-04-04 23:00"),
        ("America/Santiago", "2026-09-05 13:00", "2026-09-06 12:00"),
        ("America/Santiago", "2026-04-04 12:00", "2026-04-05 13:00"),
        ("Australia/Lord_Howe", "2026-10-02 22:30", "2026-10-03 22:00"),
    ],
)
def test_windows_follow_the_clocks_of_both_hemispheres(zone: str, before: str, after: str) -> None:
    hours = replace(PLAIN, schedule={"windows": [{"from": "09:00", "until": "17:00"}]}).of(
        LaneKey(zones=frozenset({zone}))
    )
    first = opening_of_all(at(before) - timedelta(hours=3), hours)
    assert first == at(before)
    closes = closing_of_any(at(before), hours)
    assert closes == at(before) + timedelta(hours=8)
    assert opening_of_all(closes, hours) == at(after)


def test_starts_and_ends_bound_everything() -> None:
    bounded = replace(PLAIN, schedule={}, starts_at=at("2026-06-01 18:00"), ends_at=at("2026-06-01 20:00"))
    hours = bounded.of(CHICAGO)
    assert opening_of_all(at("2026-06-01 03:00"), hours) == at("2026-06-01 18:00")
    assert closing_of_any(at("2026-06-01 18:00"), hours) == at("2026-06-01 20:00")
    assert opening_of_all(at("2026-06-01 20:00"), hours) is None


def test_an_empty_schedule_is_always_open() -> None:
    assert schedule_of({}) == Schedule()
    assert closing_of_any(at("2026-06-01 03:00"), [(Schedule(), {"UTC"})]) is None


ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Africa/Casablanca", "UTC"]
times = st.builds(lambda quarter: time(quarter // 4, quarter % 4 * 15), st.integers(0, 95))
windows = st.builds(
    Window, opens=times, closes=times, weekdays=st.frozensets(st.integers(1, 7), min_size=1, max_size=7)
)
schedules = st.builds(Schedule, windows=st.lists(windows, min_size=1, max_size=2).map(tuple))


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    hours=st.lists(st.tuples(schedules, st.frozensets(st.sampled_from(ZONES), min_size=1, max_size=2)), max_size=2),
)
@settings(deadline=None, max_examples=60)
def test_the_closing_is_the_first_closed_quarter_of_an_hour(now: datetime, hours: list[Hours]) -> None:
    now = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    if not all_open(now, hours):
        return
    closes = closing_of_any(now, hours)
    ahead = (now + timedelta(minutes=15) * n for n in range(1, 8 * 96 + 1))
    assert closes == next((moment for moment in ahead if not all_open(moment, hours)), None)
