"""Daily windows in which people may be called, in every zone in which they may be."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: How far ahead an opening is looked for: a window on one weekday opens within a week, daylight saving included.
_HORIZON_DAYS = 8
ALL_WEEKDAYS = frozenset(range(1, 8))


@dataclass(frozen=True, kw_only=True)
class Window:
    """From ``opens`` until ``closes``, the latter excluded; past midnight when it closes before it opens."""

    opens: time
    closes: time
    #: ISO weekdays, Monday is 1; of a window past midnight the day on which it opens.
    weekdays: frozenset[int] = ALL_WEEKDAYS

    def describe(self) -> str:
        """Return the ends with an en dash between them, as people write them."""
        return f"{self.opens:%H:%M}\u2013{self.closes:%H:%M}"


def is_open(now: datetime, window: Window, zones: Collection[str]) -> bool:
    """Return whether ``now`` lies inside the window in every one of the zones."""
    return all(opening_day(now, window, zone) is not None for zone in zones)


def next_opening(now: datetime, window: Window, zones: Collection[str]) -> datetime | None:
    """Return the earliest time from ``now`` on at which the window is open in all zones, in UTC.

    ``None`` when the zones have no hour in common in the coming week, or the window no weekday.
    """
    if is_open(now, window, zones):
        return now.astimezone(UTC)
    # A campaign asks this of a million numbers at night, and a mobile number of a large country has 16 zones (13 ms):
    # within a minute the answer is the same, unless the opening lies in it.
    key = frozenset(zones)
    opening = _next_opening(now.astimezone(UTC).replace(second=0, microsecond=0), window, key)
    if opening is not None and opening <= now:
        return _next_opening(now.astimezone(UTC), window, key)
    return opening


@functools.lru_cache(maxsize=1000)
def _next_opening(now: datetime, window: Window, zones: frozenset[str]) -> datetime | None:
    # the set of zones opens only where one of them does
    moments = sorted({moment for zone in zones for moment in turns(now, window, zone) if moment > now})
    return next((moment for moment in moments if is_open(moment, window, zones)), None)


def opening_day(now: datetime, window: Window, zone: str) -> date | None:
    """Return the local day on which the window opened that is open now in a zone; ``None``: it is closed."""
    local = now.astimezone(ZoneInfo(zone))
    clock, day = local.time(), local.date()
    if window.opens < window.closes:
        inside = window.opens <= clock < window.closes
    elif clock >= window.opens:
        # past midnight: the evening belongs to today, the morning to yesterday; equal ends mean the whole day
        inside = True
    else:
        inside, day = clock < window.closes, day - timedelta(days=1)
    return day if inside and day.isoweekday() in window.weekdays else None


def turns(now: datetime, window: Window, zone: str) -> Iterator[datetime]:
    """Yield every moment at which the window can open in a zone, and some at which it does not."""
    info = ZoneInfo(zone)
    today = now.astimezone(info).date()
    for days in range(-1, _HORIZON_DAYS + 1):
        opens = datetime.combine(today + timedelta(days=days), window.opens, info)
        # in autumn the clock shows the same time twice, and the window may open both times
        for fold in (0, 1):
            yield opens.replace(fold=fold).astimezone(UTC)
    # where the clock jumps, it may jump over the beginning of the window (spring) or back into the window (autumn)
    yield from _jumps(now, info)


def _jumps(now: datetime, info: ZoneInfo) -> Iterator[datetime]:
    """Yield the moments of the horizon at which the zone's offset from UTC changes; no two are as near as a step."""
    step = timedelta(hours=12)
    start = now.astimezone(UTC).replace(microsecond=0)
    for ordinal in range(2 * _HORIZON_DAYS):
        low, high = start + ordinal * step, start + (ordinal + 1) * step
        before = _offset(low, info)
        if before == _offset(high, info):
            continue
        while high - low > timedelta(seconds=1):
            middle = (low + (high - low) / 2).replace(microsecond=0)
            low, high = (middle, high) if _offset(middle, info) == before else (low, middle)
        yield high


def _offset(moment: datetime, info: ZoneInfo) -> timedelta | None:
    return moment.astimezone(info).utcoffset()
