"""Telephone numbers: digit by digit, with a pause where people make one."""

from __future__ import annotations

import re
from collections.abc import Callable

import phonenumbers

from callwright.speech.normalise.words import spelled_digits

_INTERNATIONAL = re.compile(r"(?<!\w)\+[0-9](?:[ ().-]{0,2}[0-9]){6,14}(?![0-9])")
#: North American numbers, with at least one mark between the last two groups.
_NATIONAL = re.compile(
    r"(?<![\w$£€.,/-])(?:1[-. ])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[-. ])[0-9]{3}[-. ][0-9]{4}(?![\w-])"
)
#: Ten digits without a mark that a North American number may have (area code and exchange start at 2).
_BARE = re.compile(r"(?<![\w$£€.,/-])1?[2-9][0-9]{2}[2-9][0-9]{6}(?![\w-]|[.,][0-9])")
_LOCAL = re.compile(r"(?<![\w$£€.,/-])[2-9][0-9]{2}-[0-9]{4}(?![\w-])")
#: Emergency and service codes (N11, 988) are read digit by digit; most of them only where one is told to call them.
_SERVICE = re.compile(
    r"(?<![\w$£€.,/#-])(?:911|988|(?:(?<=call )|(?<=dial )|(?<=text )|(?<=ring ))[2-8]11)(?![\w%°-]|[.,/:][0-9])",
    re.IGNORECASE,
)
_GROUP = re.compile(r"[0-9]+")


def expand(text: str) -> str:
    """Write out telephone numbers in English."""
    text = replace(text, say)
    return _SERVICE.sub(lambda match: spelled_digits(match.group()), text)


def replace(text: str, spoken: Callable[[str], str]) -> str:
    """Return the text with each telephone number as ``spoken`` says it."""
    for pattern in (_INTERNATIONAL, _NATIONAL, _BARE, _LOCAL):
        text = pattern.sub(lambda match: spoken(match.group()), text)
    return text


def groups(number: str) -> list[str]:
    """Return the digits as they are grouped: by the marks in it, else as its country does."""
    found = _GROUP.findall(number)
    if len(found) > 1:
        return found
    digits = "".join(found)
    if number.lstrip().startswith("+"):
        try:
            parsed = phonenumbers.parse(f"+{digits}")
        except phonenumbers.NumberParseException:
            pass
        else:
            written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
            return _GROUP.findall(written)
    if len(digits) in (10, 11):
        return [part for part in (digits[:-10], digits[-10:-7], digits[-7:-4], digits[-4:]) if part]
    if len(digits) == 7:
        return [digits[:3], digits[3:]]
    return [digits[start : start + 3] for start in range(0, len(digits), 3)]


def say(number: str) -> str:
    """Return ``four one five, five five five, zero one three two``."""
    words = ", ".join(spelled_digits(group) for group in groups(number))
    return f"plus {words}" if number.lstrip().startswith("+") else words
