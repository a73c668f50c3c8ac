"""Telephone numbers as people and programs write them, to E.164.

A number is refused only when it is not *possible* (its length fits no number of its country). Possible but not valid
numbers are accepted: numbering plans change faster than tables.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberType, shortnumberinfo

from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.north_america import place_of

#: What a sandbox key may call: the documents' samples and the lab's handsets are of this form.
_SANDBOX = re.compile(r"\+?([1-9]\d{1,14})")
#: Longer texts are not numbers and are not worth parsing.
_LONGEST = 40
#: Digits (of any script, as phonenumbers reads them) with the marks that people put between them; no words, no ``ext``.
_WRITTEN = re.compile(r"[+\uff0b]?\(?\d[\d\s()./\u2010-\u2015-]*")
#: Answers about numbers that are kept: one is asked after when it is posted and again before it is dialled.
_REMEMBERED = 50_000
#: What phonenumbers calls a country that it does not know.
_UNKNOWN_REGION = "ZZ"
#: Digits of the longest emergency number of any country, with room; longer ones need not be asked after.
_LONGEST_EMERGENCY = 8
#: What most files hold, and what phonenumbers reads as it stands: ten digits after +1 are always possible.
_NORTH_AMERICAN = re.compile(r"\+1[2-9][0-9]{9}")
#: As people of the countries below write them, with and without the 1; ten digits are always possible there, too.
_NATIONAL_AMERICAN = re.compile(r"1?([2-9][0-9]{9})")
_AMERICAN = frozenset({"US", "CA"})
_PREMIUM = "premium-rate numbers are never called"
_EXAMPLE = "write it as +12125550100"


def read_number(value: Any, *, field: str, region: str, sandbox: bool) -> str:
    """Return ``value`` (text or a JSON integer) in E.164 with ``+``; raises ``InvalidRequest`` naming ``field``.

    Digits without ``+`` are a national number of ``region`` when that is possible, else an international one.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _refused(field, value, f"a telephone number is text; {_EXAMPLE}")
    text = str(value).strip()
    if not text:
        raise _refused(field, value, f"a telephone number is needed; {_EXAMPLE}")
    if len(text) > _LONGEST:
        raise _refused(field, f"{text[:_LONGEST]}…", f"this is too long for a telephone number; {_EXAMPLE}")
    if sandbox and (match := _SANDBOX.fullmatch(re.sub(r"[\s().-]", "", text))):
        # national forms of the account's region first, so that the same text means the same number on a live key
        return _possible(text, region) or f"+{match.group(1)}"
    number = _possible(text, region)
    if number is None:
        raise _refused(field, value, f"{text!r} is not a possible telephone number; {_EXAMPLE}")
    return number


def _possible(text: str, region: str) -> str | None:
    """Return the national reading, else the international one, else ``None``.

    National first even where only the other is valid: a mistyped local number must not ring on another continent.
    """
    if _NORTH_AMERICAN.fullmatch(text):
        return text
    if region in _AMERICAN and (national := _NATIONAL_AMERICAN.fullmatch(text)):
        return f"+1{national[1]}"
    return _parsed(text, region)


@functools.lru_cache(maxsize=_REMEMBERED)
def _parsed(text: str, region: str) -> str | None:
    """Return the reading of phonenumbers: whoever reads a number for a dialect reads it again for the call."""
    if not _WRITTEN.fullmatch(text):
        return None
    for reading in (text, f"+{text}") if text[0].isdigit() else (text,):
        try:
            parsed = phonenumbers.parse(reading, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None


@dataclass(frozen=True, slots=True)
class _Facts:
    valid: bool
    country: str | None
    forbidden: str | None


_UNREADABLE = _Facts(valid=False, country=None, forbidden=None)


def is_valid(e164: str) -> bool:
    """Return whether the numbering plan assigns this number; ``False`` is a warning, not a refusal."""
    return _facts(e164).valid


def country_of(e164: str) -> str | None:
    """Return the ISO 3166 region of a number, ``001`` for one of no country, ``None`` when nobody knows.

    Of a number that no plan assigns it is the main region of its country code.
    """
    return _facts(e164).country


def is_forbidden(e164: str) -> str | None:
    """Return why ``e164`` is never dialled (emergency, short, premium), or ``None`` when it may be."""
    return _facts(e164).forbidden


@functools.lru_cache(maxsize=_REMEMBERED)
def _facts(e164: str) -> _Facts:
    """Return all that is asked of a number: whoever asks for one soon asks for the others."""
    if _NORTH_AMERICAN.fullmatch(e164) and (place := place_of(e164[2:])) is not None:
        return _Facts(valid=True, country=place.region, forbidden=_PREMIUM if place.premium else None)
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return _UNREADABLE
    # of a country code with many regions, such as 1, this looks through them: it is done once
    region = phonenumbers.region_code_for_number(parsed)
    valid = region is not None and phonenumbers.is_valid_number_for_region(parsed, region)
    found = region
    if found is None:
        found = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    country = None if found == _UNKNOWN_REGION else str(found)
    return _Facts(valid=valid, country=country, forbidden=_forbidden(parsed, valid=valid))


def _forbidden(parsed: phonenumbers.PhoneNumber, *, valid: bool) -> str | None:
    national = phonenumbers.national_significant_number(parsed)
    if len(national) <= _LONGEST_EMERGENCY:
        for region in phonenumbers.region_codes_for_country_code(parsed.country_code or 0):
            if shortnumberinfo.is_emergency_number(national, region):
                return "emergency numbers are never called"
    if not valid and shortnumberinfo.is_valid_short_number(parsed):
        return "short numbers are never called"
    # an invalid number is of no type
    if valid and phonenumbers.number_type(parsed) == PhoneNumberType.PREMIUM_RATE:
        return _PREMIUM
    return None


def _refused(field: str, received: Any, message: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message, received=received)])
