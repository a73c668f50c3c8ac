"""Times as RoboTalker writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

#: ``2024/05/15 15:15:00``, ``15/05/2024``, with ``-`` or ``.`` for ``/``; seconds and the time may be absent.
_WRITTEN = re.compile(
    r"(?P<first>\d{1,4})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<last>\d{1,4})"
    r"(?:[\sT]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_YEAR_DIGITS = 4
_NOON = 12
_END_OF_DAY = timedelta(days=1)


class WrongTime(ValueError):
    """A text is no time of the two forms."""

    def __init__(self) -> None:
        super().__init__("must be day/month/year or year/month/day, with a time or without: 2024/05/15 15:15:00")


def read_time(text: str, zone: str, *, end_of_day: bool = False) -> datetime | None:
    """Return a moment in UTC; ``None`` for an empty text. ``zone`` is the IANA name of the account's.

    A date without a time is its first moment, with ``end_of_day`` its last. Raises ``WrongTime``.
    """
    text = text.strip()
    if not text:
        return None
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise WrongTime
    first, last = found["first"], found["last"]
    if len(first) == _YEAR_DIGITS:
        year, day = first, last
    elif len(last) == _YEAR_DIGITS:
        year, day = last, first
    else:
        raise WrongTime
    try:
        local = datetime(int(year), int(found["month"]), int(day), tzinfo=ZoneInfo(zone))
        if found["hour"] is None:
            # the day's length differs where clocks change: dates are added, not hours
            local += _END_OF_DAY if end_of_day else timedelta()
        else:
            local = local.replace(
                hour=_hour(int(found["hour"]), found["half"]),
                minute=int(found["minute"]),
                second=int(found["second"] or 0),
            )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongTime from None


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= _NOON:
        raise WrongTime
    return hour % _NOON + (_NOON if half in "Pp" else 0)


def shown_time(moment: datetime | None, zone: str) -> str:
    """Return ``2/27/2017 12:31:50 PM-EST``: the account's time and its zone's abbreviation; nothing for ``None``."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(zone))
    hour = local.hour % _NOON or _NOON
    half = "AM" if local.hour < _NOON else "PM"
    day = f"{local.month}/{local.day}/{local.year}"
    return f"{day} {hour}:{local:%M:%S} {half}-{local.tzname()}"
