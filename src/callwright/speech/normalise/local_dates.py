"""Dates and clock times of other languages, where their words are known."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from callwright.speech.normalise.local_numbers import ordinal, words
from callwright.speech.normalise.local_words import LocalWords

_ISO = re.compile(r"(?<![\w.-])(?P<year>[12][0-9]{3})-(?P<month>[01]?[0-9])-(?P<day>[0-3]?[0-9])(?![\w-])")
#: 15/4/2026, 15.4.2026, 15-4-2026.
_NUMERIC = re.compile(
    r"(?<![\w./-])(?P<day>[0-3]?[0-9])(?P<mark>[/.-])(?P<month>[0-3]?[0-9])(?P=mark)(?P<year>[12][0-9]{3})"
    r"(?![\w/-]|\.[0-9])"
)
_CLOCK = re.compile(
    r"(?<![\w:.,/])(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>[:h])(?P<minute>[0-5][0-9])(?::00)?(?![0-9:]|\.[0-9])"
    r"(?: (?:Uhr|heures|horas|h)(?!\w))?"
)
#: After these German words a date has the ending of the dative: "am fünfzehnten April".
_DATIVE = re.compile(r"\b(?:am|dem|den|vom|zum|bis|seit|ab) $")


def expand(text: str, language: str, local: LocalWords) -> str:
    """Write out dates and times; the day comes first, unless only the other order is a date."""
    for pattern in (_ISO, _NUMERIC):
        text = pattern.sub(lambda match: _date(match, language, local), text)
    return _CLOCK.sub(lambda match: _clock(match, language, local), text)


def _date(match: re.Match[str], language: str, local: LocalWords) -> str:
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    if not _exists(year, month, day):
        month, day = day, month
        # a date with the year first is never written with the day second
        if match.re is _ISO or not _exists(year, month, day):
            return match.group()
    said, spoken_year = _day(day, match, language), words(Decimal(year), language)
    return f"{said}{local.of}{local.months[month - 1]}{local.of}{spoken_year}" if spoken_year else match.group()


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _day(day: int, match: re.Match[str], language: str) -> str:
    primary = language.replace("_", "-").split("-", 1)[0].lower()
    if primary == "de":
        # "fünfzehnte" with the ending of its case
        dative = _DATIVE.search(match.string, max(0, match.start() - 8), match.start())
        return ordinal(str(day), language) + ("n" if dative else "r")
    if primary == "fr" and day == 1:
        return "premier"
    return words(Decimal(day), language) or str(day)


def _clock(match: re.Match[str], language: str, local: LocalWords) -> str:
    if match["mark"] == "h" and not language.lower().startswith(("fr", "pt")):
        return match.group()
    hour, minute = (words(Decimal(int(match[part])), language) or match[part] for part in ("hour", "minute"))
    said = f"{hour}{local.full_hour}" if int(match["minute"]) == 0 else f"{hour}{local.minutes}{minute}"
    following = match.string[match.end() : match.end() + 1]
    return said + (" " if following.isalpha() else "")
