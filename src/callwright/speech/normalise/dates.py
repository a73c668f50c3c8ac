"""Dates, written with digits or with the month's name."""

from __future__ import annotations

import re
from datetime import date

from callwright.speech.normalise.words import ordinal, year

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SHORT = {month[:3]: month for month in MONTHS} | {"Sept": "September"}
_NAMES = {name: name for name in MONTHS} | _SHORT
_NAMES |= {name.upper(): month for name, month in _NAMES.items()}
#: Case matters: "may" and "march" are words.
_MONTH = rf"(?P<month>{'|'.join(sorted(_NAMES, key=len, reverse=True))})\b\.?"
_DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>[12][0-9]{3})"
#: What follows is not the rest of a time, a decimal or a word.
_END = r"(?![\w:/%]|[.,-][0-9])"

_ISO = re.compile(rf"(?<![\w.-]){_YEAR}-(?P<month>[01]?[0-9])-(?P<day>[0-3]?[0-9])(?:T(?=[0-9])|(?![0-9-]))")
_NUMERIC = re.compile(
    r"(?<![\w./-])(?P<first>[0-3]?[0-9])(?P<mark>[/.-])(?P<second>[0-3]?[0-9])(?P=mark)(?P<year>[12][0-9]{3}|[0-9]{2})"
    r"(?![\w/-]|\.[0-9])"
)
_MONTH_AND_DAY = re.compile(r"(?<![\w./-])(?P<first>[01]?[0-9])/(?P<second>[0-3]?[0-9])(?![\w/-]|\.[0-9])")
_MONTH_FIRST = re.compile(rf"\b{_MONTH} {_DAY}(?:,? {_YEAR})?{_END}")
_DAY_FIRST = re.compile(rf"(?P<the>\b[Tt]he )?(?<![\w.,:/-]){_DAY}(?: of)? {_MONTH}(?:,? {_YEAR}{_END})?(?!\w)")
_WEEKDAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Thur": "Thursday",
    "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
_WEEKDAY = re.compile(
    rf"\b({'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})\b\.?(?=,? (?:[0-9]|{'|'.join(_NAMES)}))"
)
#: Of these pairs people mean a fraction, not a day.
_FRACTIONS = {
    (1, 2): "one half", (1, 3): "one third", (2, 3): "two thirds", (1, 4): "one quarter", (3, 4): "three quarters",
    (1, 5): "one fifth", (1, 8): "one eighth",
}  # fmt: skip


def expand(text: str, *, day_first: bool = False) -> str:
    """Write out dates; ``day_first``: 4/5/2026 is the fourth of May, unless only the other reading exists."""
    text = _WEEKDAY.sub(lambda match: _WEEKDAYS[match[1]], text)
    text = _ISO.sub(
        lambda match: _say(int(match["month"]), int(match["day"]), int(match["year"])) or match.group(), text
    )
    text = _NUMERIC.sub(lambda match: _numeric(match, day_first=day_first), text)
    text = _MONTH_FIRST.sub(lambda match: _named(match, month_first=True), text)
    text = _DAY_FIRST.sub(lambda match: _named(match, month_first=False), text)
    return _MONTH_AND_DAY.sub(lambda match: _short(match, day_first=day_first), text)


def _say(month: int, day: int, number: int | None) -> str | None:
    """Return ``April fifteenth, twenty twenty-six``; ``None`` when there is no such day. Adds what follows a ``T``."""
    if not _exists(month, day, number):
        return None
    words = f"{MONTHS[month - 1]} {ordinal(day)}"
    return f"{words}, {year(number)} " if number is not None else words


def _exists(month: int, day: int, number: int | None) -> bool:
    try:
        # 2000 had a 29 February
        date(number or 2000, month, day)
    except ValueError:
        return False
    return True


def _numeric(match: re.Match[str], *, day_first: bool) -> str:
    first, second, written = int(match["first"]), int(match["second"]), match["year"]
    number = int(written)
    if len(written) == 2:
        number += 2000 if number < 70 else 1900
    # with dots (15.4.2026) it is a European date
    month, day = (second, first) if day_first or match["mark"] == "." else (first, second)
    words = _say(month, day, number) or _say(day, month, number)
    return words.strip() if words else match.group()


def _short(match: re.Match[str], *, day_first: bool) -> str:
    first, second = int(match["first"]), int(match["second"])
    fraction = _FRACTIONS.get((first, second))
    if fraction:
        return fraction
    month, day = (second, first) if day_first else (first, second)
    return _say(month, day, None) or match.group()


def _named(match: re.Match[str], *, month_first: bool) -> str:
    month, day = _NAMES[match["month"]], int(match["day"])
    number = int(match["year"]) if match["year"] else None
    if not _exists(MONTHS.index(month) + 1, day, number):
        return match.group()
    words = f"{month} {ordinal(day)}" if month_first else f"{match['the'] or 'the '}{ordinal(day)} of {month}"
    return f"{words}, {year(number)}" if number is not None else words
