"""Calling hours: right in every zone, over daylight saving, past midnight; openings are found exactly."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from callwright.rules.windows import ALL_WEEKDAYS, Window, is_open, next_opening

DAY = Window(opens=time(9), closes=time(20))
ZONES = ["America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]

moments = st.datetimes(  # hypothesis wants naive ends
    datetime(2025, 1, 1),
    datetime(2027, 12, 31),
    timezones=st.just(UTC),
)
clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))
windows = st.builds(
    Window, opens=clocks, closes=clocks, weekdays=st.frozensets(st.integers(1, 7), min_size=1).map(frozenset)
)
zone_sets = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_callees_clock_decides() -> None:
    evening = at("2026-11-24T02:04:00+00:00")  # 21:04 in New York, 18:04 in Los Angeles
    assert not is_open(evening, DAY, ["America/New_York"])
    assert is_open(evening, DAY, ["America/Los_Angeles"])
    assert not is_open(evening, DAY, ["America/New_York", "America/Los_Angeles"])


def test_the_closing_minute_is_outside() -> None:
    assert is_open(at("2026-06-01T19:59:59+00:00"), DAY, ["UTC"])
    assert not is_open(at("2026-06-01T20:00:00+00:00"), DAY, ["UTC"])
    assert is_open(at("2026-06-01T09:00:00+00:00"), DAY, ["UTC"])


def test_the_opening_follows_daylight_saving() -> None:
    # clocks go forward in New York on 2026-03-08: nine o'clock comes an hour earlier in UTC
    assert next_opening(at("2026-03-07T22:00:00-05:00"), DAY, ["America/New_York"]) == at("2026-03-08T13:00:00+00:00")
    assert next_opening(at("2026-03-06T22:00:00-05:00"), DAY, ["America/New_York"]) == at("2026-03-07T14:00:00+00:00")


def test_an_opening_inside_the_gap_is_the_change_itself() -> None:
    early = Window(opens=time(2, 30), closes=time(4))
    # 02:30 does not exist that night: the clock jumps from 02:00 to 03:00, which is 07:00 UTC
    assert next_opening(at("2026-03-08T00:00:00-05:00"), early, ["America/New_York"]) == at("2026-03-08T07:00:00+00:00")


def test_a_window_past_midnight_belongs_to_the_day_it_opens() -> None:
    friday_night = Window(opens=time(22), closes=time(2), weekdays=frozenset({5}))
    assert is_open(at("2026-11-20T23:00:00+00:00"), friday_night, ["UTC"])  # a Friday
    assert is_open(at("2026-11-21T01:00:00+00:00"), friday_night, ["UTC"])
    assert not is_open(at("2026-11-21T23:00:00+00:00"), friday_night, ["UTC"])


def test_zones_without_a_common_hour_never_open() -> None:
    short = Window(opens=time(9), closes=time(10))
    assert next_opening(at("2026-06-01T00:00:00+00:00"), short, ["Asia/Tokyo", "America/New_York"]) is None


@given(moments, windows, zone_sets)
@example(at("2026-03-08T06:59:59+00:00"), Window(opens=time(2, 15), closes=time(2, 45)), ["America/New_York"])
@example(at("2026-11-01T05:30:00+00:00"), Window(opens=time(1), closes=time(1, 30)), ["America/New_York"])
def test_an_opening_is_open_and_nothing_before_it_is(now: datetime, window: Window, zones: list[str]) -> None:
    opening = next_opening(now, window, zones)
    if opening is None:
        # then no minute of the next week is open
        assert not any(is_open(now + timedelta(minutes=m), window, zones) for m in range(0, 7 * 1440, 5))
        return
    assert opening >= now
    assert is_open(opening, window, zones)
    before = now
    while before < opening:
        assert not is_open(before, window, zones)
        before += max(timedelta(minutes=1), (opening - before) / 2)
    if opening > now:
        assert not is_open(opening - timedelta(seconds=1), window, zones)


def test_the_hour_that_comes_twice_opens_a_window_twice() -> None:
    zone = ["America/New_York"]
    # 01:45 EDT is followed an hour later by 01:45 EST; at 01:10 EST the window has closed again
    morning = Window(opens=time(1, 30), closes=time(20))
    assert next_opening(at("2026-11-01T01:10:00-05:00"), morning, zone) == at("2026-11-01T01:30:00-05:00")
    night = Window(opens=time(22), closes=time(1, 30))
    assert next_opening(at("2026-11-01T01:45:00-04:00"), night, zone) == at("2026-11-01T01:00:00-05:00")


#: Where clocks jump: by an hour, by half an hour, at midnight, over a whole day.
JUMPS = [
    ("America/New_York", at("2026-03-08T07:00:00+00:00")),
    ("America/New_York", at("2026-11-01T06:00:00+00:00")),
    ("Australia/Lord_Howe", at("2026-04-04T15:00:00+00:00")),
    ("Australia/Lord_Howe", at("2026-10-03T15:30:00+00:00")),
    ("Africa/Cairo", at("2026-04-23T22:00:00+00:00")),
    ("Asia/Beirut", at("2026-10-24T21:00:00+00:00")),
    ("Pacific/Apia", at("2011-12-30T10:00:00+00:00")),
]


@settings(deadline=None)
@given(
    st.sampled_from(JUMPS),
    st.integers(-30 * 3600, 3 * 3600),
    windows,
    st.lists(st.sampled_from(ZONES), max_size=2),
)
def test_around_a_jump_the_opening_is_the_first_open_minute(
    jump: tuple[str, datetime], seconds: int, window: Window, others: list[str]
) -> None:
    now, zones = jump[1] + timedelta(seconds=seconds), [jump[0], *others]
    opening = next_opening(now, window, zones)
    first_minute = (now + timedelta(seconds=59)).replace(second=0)
    minutes = (first_minute + timedelta(minutes=ordinal) for ordinal in range(48 * 60))
    expected = now if is_open(now, window, zones) else next((m for m in minutes if is_open(m, window, zones)), None)
    if expected is not None:
        assert opening == expected
    else:
        assert opening is None or opening > first_minute + timedelta(hours=47)


def test_an_answer_kept_from_the_same_minute_is_never_in_the_past() -> None:
    odd = Window(opens=time(9, 0, 30), closes=time(9, 0, 40))
    assert next_opening(at("2026-06-01T09:00:10+00:00"), odd, ["UTC"]) == at("2026-06-01T09:00:30+00:00")
    assert next_opening(at("2026-06-01T09:00:50+00:00"), odd, ["UTC"]) == at("2026-06-02T09:00:30+00:00")


@given(moments, zone_sets)
def test_the_whole_day_is_always_open(now: datetime, zones: list[str]) -> None:
    assert is_open(now, Window(opens=time(0), closes=time(0), weekdays=ALL_WEEKDAYS), zones)


def test_local_time_of_a_real_evening() -> None:
    assert at("2026-11-24T02:04:00+00:00").astimezone(ZoneInfo("America/New_York")).strftime("%H:%M") == "21:04"
