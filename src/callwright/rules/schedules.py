"""When people may be contacted: windows by weekday, days without any, and a first and a last moment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callwright.rules.windows import Window, opening_day, turns

#: Without holidays a schedule repeats every week; daylight saving may close a short window once.
_WEEK = timedelta(days=8)
_WHOLE_DAY = Window(opens=time(0), closes=time(0))


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Open where one of the windows is, except on holidays, from ``starts_at`` until ``ends_at``."""

    #: None at all: open all day, every day. Several may lie on one weekday, and may overlap.
    windows: tuple[Window, ...] = (_WHOLE_DAY,)
    #: Days of the callee's own calendar. A window past midnight is closed when either of its days is one.
    holidays: frozenset[date] = frozenset()
    starts_at: datetime | None = None
    #: Closed from this moment on.
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("a schedule must end after it starts")
        if not self.windows:
            raise ValueError("a schedule needs a window")


#: A schedule and the zones in each of which it must be open.
Hours = tuple[Schedule, Collection[str]]


def is_open(now: datetime, schedules: Sequence[Schedule], zones: Collection[str]) -> bool:
    """Return whether ``now`` is inside every schedule in every zone: a narrower one never widens another."""
    return all_open(now, [(schedule, zones) for schedule in schedules])


def next_opening(now: datetime, schedules: Sequence[Schedule], zones: Collection[str]) -> datetime | None:
    """Return the earliest time from ``now`` on that lies in every schedule in all zones, in UTC.

    ``None`` when there is none: they have no hour in common, or it would come after the end of one of them.
    """
    return opening_of_all(now, [(schedule, zones) for schedule in schedules])


def all_open(now: datetime, hours: Sequence[Hours]) -> bool:
    """Return whether ``now`` is inside each schedule in each of its zones."""
    return all(_is_open(now, schedule, zone) for schedule, zones in hours for zone in zones)


def opening_of_all(now: datetime, hours: Sequence[Hours]) -> datetime | None:
    """Return the earliest time from ``now`` on at which all are open, in UTC; ``None`` when there is none."""
    schedules = [schedule for schedule, _ in hours]
    start = max([now, *(schedule.starts_at for schedule in schedules if schedule.starts_at is not None)])
    start = start.astimezone(UTC)
    end = min((schedule.ends_at for schedule in schedules if schedule.ends_at is not None), default=None)
    last_holiday = max((day for schedule in schedules for day in schedule.holidays), default=None)
    while end is None or start < end:
        if all_open(start, hours):
            return start
        moments = {moment for zone, windows in _windows(hours).items() for moment in _turns(start, windows, zone)}
        ahead = sorted(moment for moment in moments if start < moment <= start + _WEEK)
        found = next((moment for moment in ahead if all_open(moment, hours)), None)
        if found is not None:
            return found
        if last_holiday is None or start.date() > last_holiday + timedelta(days=1):
            return None
        start += _WEEK
    return None


def closing_of_any(now: datetime, hours: Sequence[Hours]) -> datetime | None:
    """Return the earliest time after ``now`` at which not all are open, in UTC; ``None``: none within a week.

    All are open at ``now``.
    """
    moments = {schedule.ends_at.astimezone(UTC) for schedule, _ in hours if schedule.ends_at is not None}
    for zone, windows in _windows(hours).items():
        # what opens where the other closes turns at its end
        ends = {Window(opens=window.closes, closes=window.opens) for window in windows}
        moments.update(_turns(now, windows | ends, zone))
    ahead = sorted(moment for moment in moments if now < moment <= now + _WEEK)
    return next((moment for moment in ahead if not all_open(moment, hours)), None)


def _windows(hours: Sequence[Hours]) -> dict[str, set[Window]]:
    by_zone: dict[str, set[Window]] = {}
    for schedule, zones in hours:
        for zone in zones:
            by_zone.setdefault(zone, set()).update(schedule.windows)
    return by_zone


def _is_open(now: datetime, schedule: Schedule, zone: str) -> bool:
    if schedule.starts_at is not None and now < schedule.starts_at:
        return False
    if schedule.ends_at is not None and now >= schedule.ends_at:
        return False
    if now.astimezone(ZoneInfo(zone)).date() in schedule.holidays:
        return False
    days = (opening_day(now, window, zone) for window in schedule.windows)
    return any(day is not None and day not in schedule.holidays for day in days)


def _turns(now: datetime, windows: Collection[Window], zone: str) -> Iterator[datetime]:
    """Yield every moment of the coming week at which one of the windows can open in a zone."""
    # midnight is when a holiday is over
    for window in {_WHOLE_DAY, *windows}:
        yield from turns(now, window, zone)
