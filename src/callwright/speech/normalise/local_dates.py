"""Dates and clock times of other languages, where their words are known."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from callwright.speech.normalise.local_numbers import ordinal, words
from callwright.speech.normalise.local_words import LocalWords

#: Two figures of a year below this are of this century.
_CENTURY = 70
_ISO = re.compile(r"(?<![\w.-])(?P<year>[12][0-9]{3})-(?P<month>[01]?[0-9])-(?P<day>[0-3]?[0-9])(?![\w-])")
#: 15/4/2026, 15.4.2026, 15-4-2026.
_NUMERIC = re.compile(
    r"(?<![\w./-])(?P<day>[0-3]?[0-9])(?P<mark>[/.-])(?P<month>[0-3]?[0-9])(?P=mark)(?P<year>[12][0-9]{3})"
    r"(?![\w/-]|\.[0-9])"
)
#: 15/04/26, 15.4.26.
_SHORT_YEAR = re.compile(
    r"(?<![\w./-])(?P<day>[0-3]?[0-9])(?P<mark>[/.])(?P<month>[01]?[0-9])(?P=mark)(?P<year>[0-9]{2})(?![\w/-]|\.[0-9])"
)
#: 15/4; in German 15.4. with its dots. Of small pairs people mean a fraction, of 24/7 all day.
_NO_YEAR = re.compile(r"(?<![\w./-])(?P<day>[0-3]?[0-9])/(?P<month>[01]?[0-9])(?![\w/-]|[.,][0-9])")
_GERMAN_NO_YEAR = re.compile(r"(?<![\w./-])(?P<day>[0-3]?[0-9])\.(?P<month>[01]?[0-9])\.(?![0-9])")
_FRACTIONS = frozenset({(1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5), (1, 8)})
_CLOCK = re.compile(
    r"(?<![\w:.,/])(?P<hour>[01]?[0-9]|2[0-4])(?P<mark>[:h])(?P<minute>[0-5][0-9])(?::00)?(?![0-9:]|\.[0-9])"
    r"(?: ?(?P<word>Uhr|heures|horas|h)(?!\w))?(?: ?(?P<half>[aApP])\.? ?[mM]\b\.?)?"
)
#: 9h, 9 h, and in German 15.30 Uhr.
_FULL_HOUR = re.compile(r"(?<![\w:.,/])(?P<hour>[01]?[0-9]|2[0-4]) ?h(?![\w])")
_TWELVE = re.compile(r"(?<![\w:.,/])(?P<hour>[1-9]|1[0-2]) ?(?P<half>[aApP])\.? ?[mM]\b\.?")
_GERMAN_CLOCK = re.compile(r"(?<![\w:.,/])(?P<hour>[01]?[0-9]|2[0-4])\.(?P<minute>[0-5][0-9])(?= Uhr\b)")
_UHR = re.compile(r"(?<![\w:.,/])(?P<first>[0-9]{1,2}) ?[-\u2013] ?(?P<second>[0-9]{1,2})(?= Uhr\b)")
#: Parts of the day in Spanish, by the hour from which they are said.
_SPANISH_DAY = ((20, " de la noche"), (12, " de la tarde"), (6, " de la mañana"), (0, " de la madrugada"))
#: After these German words a date has the ending of the dative: "am fünfzehnten April".
_DATIVE = re.compile(r"\b(?:am|dem|den|vom|zum|bis|seit|ab) $")


def expand(text: str, language: str, local: LocalWords) -> str:
    """Write out dates and times; the day comes first, unless only the other order is a date."""
    for pattern in (_ISO, _NUMERIC, _SHORT_YEAR):
        text = pattern.sub(lambda match: _date(match, language, local), text)
    if _primary(language) == "de":
        text = _GERMAN_NO_YEAR.sub(lambda match: _day_and_month(match, language, local), text)
        text = _named_months(local).sub(lambda match: _before_month(match, language), text)
        text = _GERMAN_CLOCK.sub(r"\g<hour>:\g<minute>", text)
        text = _UHR.sub(r"\g<first> bis \g<second>", text)
    text = _NO_YEAR.sub(lambda match: _day_and_month(match, language, local), text)
    text = _CLOCK.sub(lambda match: _clock(match, language, local), text)
    if _primary(language) in {"fr", "pt", "es"}:
        text = _FULL_HOUR.sub(lambda match: _full_hour(int(match["hour"]), language, local), text)
    if _primary(language) == "es":
        text = _TWELVE.sub(lambda match: _hour(int(match["hour"]), language) + _part_of_day(match), text)
    return text


def _primary(language: str) -> str:
    return language.replace("_", "-").split("-", 1)[0].lower()


def _named_months(local: LocalWords) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.,])(?P<day>[0-3]?[0-9])\.(?P<month> ?(?:{'|'.join(local.months)})\b)")


def _before_month(match: re.Match[str], language: str) -> str:
    return f"{_day(int(match['day']), match, language)} {match['month'].strip()}"


def _day_and_month(match: re.Match[str], language: str, local: LocalWords) -> str:
    day, month = int(match["day"]), int(match["month"])
    if (day, month) in _FRACTIONS and match.re is _NO_YEAR:
        return match.group()
    if not _exists(2000, month, day):
        day, month = month, day
        if not _exists(2000, month, day):
            return match.group()
    said = f"{_day(day, match, language)}{local.of}{local.months[month - 1]}"
    # the German dot after the month was also the sentence's, when nothing or a new sentence follows
    rest = match.string[match.end() :].lstrip()
    return said + "." if match.re is _GERMAN_NO_YEAR and (not rest or rest[0].isupper()) else said


def _date(match: re.Match[str], language: str, local: LocalWords) -> str:
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    if match.re is _SHORT_YEAR:
        year += 2000 if year < _CENTURY else 1900
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
    if match["mark"] == "h" and _primary(language) not in {"fr", "pt", "es"}:
        return match.group()
    hour, minute = int(match["hour"]), int(match["minute"])
    if minute == 0:
        said = _full_hour(hour, language, local)
    else:
        spoken = words(Decimal(minute), language) or match["minute"]
        between = local.minutes.replace("heures", "heure") if hour < _TWO and _primary(language) == "fr" else None
        said = f"{_hour(hour, language)}{between or local.minutes}{spoken}"
    if match["half"]:
        said += _part_of_day(match) if _primary(language) == "es" else f" {match['half']}m"
    following = match.string[match.end() : match.end() + 1]
    return said + (" " if following.isalpha() else "")


_FEMININE = {
    "es": (("uno", "una"),),
    "pt": (("um", "uma"), ("dois", "duas")),
    "fr": (("un", "une"),),
}
#: From here on hours are many.
_TWO = 2


def _full_hour(hour: int, language: str, local: LocalWords) -> str:
    after = local.full_hour
    if _primary(language) == "fr" and hour < _TWO:
        after = after.replace("heures", "heure")
    return f"{_hour(hour, language)}{after}"


def _hour(hour: int, language: str) -> str:
    """Hours are feminine where they have a gender: ``la una``, ``une heure``, ``duas``; in German ``ein Uhr``."""
    said = words(Decimal(hour), language) or str(hour)
    if hour == 1 and _primary(language) in {"de", "it"}:
        return said[:-1] if _primary(language) == "de" else "una"
    for ending, feminine in _FEMININE.get(_primary(language), ()):
        if said.endswith(ending):
            return said.removesuffix(ending) + feminine
    return said


def _part_of_day(match: re.Match[str]) -> str:
    hour = int(match["hour"])
    if match["half"].lower() == "p" and hour < 12:
        hour += 12
    if match["half"].lower() == "a" and hour == 12:
        hour = 0
    said = next(words for begin, words in _SPANISH_DAY if hour >= begin)
    # the dot of "p.m." at the end is also the sentence's
    rest = match.string[match.end() :].lstrip()
    return said + ("." if match.group().endswith(".") and (not rest or rest[0].isupper()) else "")
