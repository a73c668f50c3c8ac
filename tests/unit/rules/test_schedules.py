"""Windows by weekday, holidays, first and last moments: narrower ones never widen, openings are found exactly."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.rules import windows
from callwright.rules.schedules import Schedule, is_open, next_opening
from callwright.rules.windows import Window

NY = "America/New_York"
WEEKDAYS = frozenset(range(1, 6))
OFFICE = Schedule(
    windows=(
        Window(opens=time(9), closes=time(12), weekdays=WEEKDAYS),
        Window(opens=time(14), closes=time(18), weekdays=WEEKDAYS),
        Window(opens=time(10), closes=time(13), weekdays=frozenset({6})),
    )
)
#: Offsets of half and quarter hours, saving of half an hour, changes at midnight, and the far ends of the day.
ZONES = [
    NY,
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Santiago",
    "America/Havana",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "UTC",
]

moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))
some_windows = st.builds(
    Window, opens=clocks, closes=clocks, weekdays=st.frozensets(st.integers(1, 7), min_size=1).map(frozenset)
)
zone_sets = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True)


@st.composite
def schedules_near(draw: st.DrawFn, now: datetime) -> Schedule:
    days = draw(st.frozensets(st.integers(-2, 12), max_size=6))
    starts = draw(st.none() | st.integers(-100, 300))
    lasts = draw(st.none() | st.integers(1, 600))
    starts_at = None if starts is None else now + timedelta(hours=starts)
    return Schedule(
        windows=tuple(draw(st.lists(some_windows, min_size=1, max_size=3))),
        holidays=frozenset(now.date() + timedelta(days=day) for day in days),
        starts_at=starts_at,
        ends_at=None if lasts is None else (starts_at or now) + timedelta(hours=lasts),
    )


def at(text: str, zone: str = NY) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_several_windows_of_a_day_and_one_of_saturday() -> None:
    assert is_open(at("2026-03-04T11:59"), [OFFICE], [NY])
    assert next_opening(at("2026-03-04T12:00"), [OFFICE], [NY]) == at("2026-03-04T14:00")
    assert next_opening(at("2026-03-06T18:00"), [OFFICE], [NY]) == at("2026-03-07T10:00")
    assert next_opening(at("2026-03-07T13:00"), [OFFICE], [NY]) == at("2026-03-09T09:00")


def test_a_holiday_is_a_day_of_the_callees_calendar() -> None:
    closed = Schedule(holidays=frozenset({date(2026, 12, 25)}))
    # one o'clock in Berlin on Christmas Day is still the 24th in New York
    moment = at("2026-12-25T01:00", "Europe/Berlin")
    assert is_open(moment, [closed], [NY])
    assert not is_open(moment, [closed], ["Europe/Berlin"])
    assert next_opening(moment, [closed], ["Europe/Berlin"]) == at("2026-12-26T00:00", "Europe/Berlin")


def test_a_night_is_closed_when_either_of_its_days_is_a_holiday() -> None:
    night = Schedule(windows=(Window(opens=time(22), closes=time(2)),), holidays=frozenset({date(2026, 12, 25)}))
    assert not is_open(at("2026-12-25T23:00"), [night], [NY])
    assert not is_open(at("2026-12-25T01:00"), [night], [NY])
    assert not is_open(at("2026-12-26T01:00"), [night], [NY])
    assert next_opening(at("2026-12-25T00:00"), [night], [NY]) == at("2026-12-26T22:00")


def test_a_long_row_of_holidays_is_looked_past() -> None:
    closed = Schedule(windows=OFFICE.windows, holidays=frozenset(date(2026, 7, day) for day in range(1, 32)))
    assert next_opening(at("2026-06-30T18:00"), [closed], [NY]) == at("2026-08-01T10:00")


def test_the_first_and_the_last_moment() -> None:
    run = Schedule(windows=OFFICE.windows, starts_at=at("2026-05-04T10:30"), ends_at=at("2026-05-04T14:00"))
    assert next_opening(at("2026-01-01T00:00"), [run], [NY]) == at("2026-05-04T10:30")
    assert not is_open(at("2026-05-04T14:00"), [run], [NY])
    assert next_opening(at("2026-05-04T12:00"), [run], [NY]) is None


def test_a_narrower_schedule_does_not_widen_the_organisations() -> None:
    wide = Schedule(windows=(Window(opens=time(6), closes=time(23)),))
    assert not is_open(at("2026-03-04T07:00"), [OFFICE, wide], [NY])
    morning = Schedule(windows=(Window(opens=time(6), closes=time(8)),))
    assert next_opening(at("2026-03-04T07:00"), [OFFICE, morning], [NY]) is None


@pytest.mark.parametrize("ends_at", [at("2026-05-04T10:30"), at("2026-05-04T10:29")])
def test_what_never_opens_is_refused(ends_at: datetime) -> None:
    with pytest.raises(ValueError, match="end after it starts"):
        Schedule(starts_at=at("2026-05-04T10:30"), ends_at=ends_at)
    with pytest.raises(ValueError, match="needs a window"):
        Schedule(windows=())


@given(now=moments, window=some_windows, zones=zone_sets)
def test_one_window_opens_as_it_does_alone(now: datetime, window: Window, zones: list[str]) -> None:
    alone = Schedule(windows=(window,))
    assert is_open(now, [alone], zones) == windows.is_open(now, window, zones)
    assert next_opening(now, [alone], zones) == windows.next_opening(now, window, zones)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), now=moments, zones=zone_sets)
def test_an_opening_is_open_and_nothing_before_it_is(data: st.DataObject, now: datetime, zones: list[str]) -> None:
    several = data.draw(st.lists(schedules_near(now), min_size=1, max_size=2))
    opening = next_opening(now, several, zones)
    until = now + timedelta(days=22) if opening is None else min(opening, now + timedelta(days=22))
    if opening is not None:
        assert opening >= now
        assert is_open(opening, several, zones)
    # quarters of an hour, and odd steps, so that short windows are met too
    step = timedelta(minutes=data.draw(st.sampled_from([15, 37, 61])))
    moment = now
    while moment < until:
        assert not is_open(moment, several, zones)
        moment += step


@given(data=st.data(), now=moments, zones=zone_sets)
def test_another_schedule_or_zone_only_narrows(data: st.DataObject, now: datetime, zones: list[str]) -> None:
    one, other = data.draw(schedules_near(now)), data.draw(schedules_near(now))
    assert is_open(now, [one, other], zones) == (is_open(now, [one], zones) and is_open(now, [other], zones))
    assert not is_open(now, [one], zones) or all(is_open(now, [one], [zone]) for zone in zones)
