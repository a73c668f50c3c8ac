"""Times of day."""

from __future__ import annotations

import re

from callwright.speech.normalise.words import cardinal

_HALF = r"(?P<half>[ap]\.\s?m\.|[ap]m\b)"
_START = r"(?<![\w:.,$£€-])"
_CLOCK = re.compile(
    rf"{_START}(?P<hour>[01]?[0-9]|2[0-4]):(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9]))?(?![0-9:])"
    rf"(?:\s?{_HALF})?(?P<next>\s+\S|\s*$)?",
    re.IGNORECASE,
)
_HOUR = re.compile(rf"{_START}(?P<hour>1[0-2]|0?[1-9])\s?{_HALF}(?P<next>\s+\S|\s*$)?", re.IGNORECASE)
#: Universal time, as programs write it: "15:30Z".
_ZULU = re.compile(r"(?<=[0-9]:[0-9]{2})Z(?!\w)")
#: From and to: with a time on at least one side.
_RANGE = re.compile(
    r"(?P<first>\b[0-9]{1,2}(?::[0-9]{2})?(?:\s?(?:[ap]\.m\.|[ap]m\b))?)\s?[-\u2013]\s?"
    r"(?P<second>[0-9]{1,2}(?::[0-9]{2}(?!:)|(?=\s?[ap]\.?m))(?:\s?(?:[ap]\.m\.|[ap]m\b))?)",
    re.IGNORECASE,
)


def expand(text: str) -> str:
    """Write out times: ``three fifteen P M``, ``nine o'clock``. From 13:00 on they are said as afternoon."""
    text = _ZULU.sub(" UTC", text)
    text = _RANGE.sub(lambda match: f"{match['first']} to {match['second']}", text)
    text = _CLOCK.sub(_clock, text)
    return _HOUR.sub(lambda match: cardinal(int(match["hour"])) + _half(match["half"], match["next"]), text)


def _clock(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    half, following = match["half"], match["next"]
    suffix = _half(half, following)
    if not half and (hour > 12 or match["hour"].startswith("00")):
        suffix = (" A M" if hour in {0, 24} else " P M") + (following or "")
    hour = hour % 12 or 12
    if minute == 0:
        words = cardinal(hour) + ("" if suffix.strip().startswith(("A M", "P M")) else " o'clock")
    else:
        words = f"{cardinal(hour)} {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    if match["second"] and int(match["second"]):
        words += f" and {cardinal(int(match['second']))} seconds"
    return words + suffix


def _half(half: str | None, following: str | None) -> str:
    """Return `` P M`` and what followed; the dot of ``p.m.`` stays when a sentence ends with it."""
    if half is None:
        return following or ""
    ends = half.endswith(".") and following is not None and (not following.strip() or following.strip().isupper())
    return f" {half[0].upper()} M{'.' if ends else ''}{following or ''}"
