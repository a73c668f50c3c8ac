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


def is_open(now: datetime, schedules: Sequence[Schedule], zones: Collection[str]) -> bool:
    """Return whether ``now`` is inside every schedule in every zone: a narrower one never widens another."""
    return all(_is_open(now, schedule, zone) for schedule in schedules for zone in zones)


def next_opening(now: datetime, schedules: Sequence[Schedule], zones: Collection[str]) -> datetime | None:
    """Return the earliest time from ``now`` on that lies in every schedule in all zones, in UTC.

    ``None`` when there is none: they have no hour in common, or it would come after the end of one of them.
    """
    start = max([now, *(schedule.starts_at for schedule in schedules if schedule.starts_at is not None)])
    start = start.astimezone(UTC)
    end = min((schedule.ends_at for schedule in schedules if schedule.ends_at is not None), default=None)
    last_holiday = max((day for schedule in schedules for day in schedule.holidays), default=None)
    while end is None or start < end:
        if is_open(start, schedules, zones):
            return start
        moments = {moment for zone in zones for moment in _turns(start, schedules, zone)}
        ahead = sorted(moment for moment in moments if start < moment <= start + _WEEK)
        found = next((moment for moment in ahead if is_open(moment, schedules, zones)), None)
        if found is not None:
            return found
        if last_holiday is None or start.date() > last_holiday + timedelta(days=1):
            return None
        start += _WEEK
    return None


def _is_open(now: datetime, schedule: Schedule, zone: str) -> bool:
    if schedule.starts_at is not None and now < schedule.starts_at:
        return False
    if schedule.ends_at is not None and now >= schedule.ends_at:
        return False
    if now.astimezone(ZoneInfo(zone)).date() in schedule.holidays:
        return False
    days = (opening_day(now, window, zone) for window in schedule.windows)
    return any(day is not None and day not in schedule.holidays for day in days)


def _turns(now: datetime, schedules: Sequence[Schedule], zone: str) -> Iterator[datetime]:
    """Yield every moment of the coming week at which a schedule can open in a zone."""
    # midnight is when a holiday is over
    for window in {_WHOLE_DAY, *(window for schedule in schedules for window in schedule.windows)}:
        yield from turns(now, window, zone)
