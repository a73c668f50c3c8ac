"""Daily windows in which people may be called, in every zone in which they may be."""

from __future__ import annotations

from collections.abc import Collection
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
    return all(_is_open_in(now, window, zone) for zone in zones)


def next_opening(now: datetime, window: Window, zones: Collection[str]) -> datetime | None:
    """Return the earliest time from ``now`` on at which the window is open in all zones, in UTC.

    ``None`` when the zones have no hour in common, or the window no weekday.
    """
    if is_open(now, window, zones):
        return now.astimezone(UTC)
    # the set of zones opens only where one of them does: at the first moment of a window, after a gap of the clock too
    candidates = sorted({moment for zone in zones for moment in _openings(now, window, zone) if moment > now})
    return next((moment for moment in candidates if is_open(moment, window, zones)), None)


def _is_open_in(now: datetime, window: Window, zone: str) -> bool:
    local = now.astimezone(ZoneInfo(zone))
    clock = local.time()
    if window.opens < window.closes:
        return window.opens <= clock < window.closes and local.isoweekday() in window.weekdays
    # past midnight: the evening belongs to today, the morning to yesterday; equal ends mean the whole day
    if clock >= window.opens:
        return local.isoweekday() in window.weekdays
    return clock < window.closes and (local - timedelta(days=1)).isoweekday() in window.weekdays


def _openings(now: datetime, window: Window, zone: str) -> list[datetime]:
    today = now.astimezone(ZoneInfo(zone)).date()
    return [
        _instant(today + timedelta(days=days), clock, zone)
        for days in range(-1, _HORIZON_DAYS + 1)
        for clock in (window.opens, time(0))
    ]


def _instant(day: date, clock: time, zone: str) -> datetime:
    """Return the first instant of ``day`` at which the wall clock shows ``clock`` or, where it jumps over it, later."""
    wanted = datetime.combine(day, clock, ZoneInfo(zone))
    instant = wanted.astimezone(UTC)
    shown = instant.astimezone(ZoneInfo(zone))
    if shown.replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return instant
    # in the gap of spring: the clock jumps from before ``clock`` to after it at the change itself
    before, after = wanted.replace(fold=1).utcoffset(), wanted.replace(fold=0).utcoffset()
    gap = (before - after) if before is not None and after is not None else timedelta()
    low, high = instant - abs(gap), instant
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wanted.replace(tzinfo=None):
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
