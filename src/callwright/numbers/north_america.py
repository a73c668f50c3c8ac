"""What the North American plan (+1) says of a number, from the patterns of ``phonenumbers``, compiled once.

``phonenumbers`` asks up to eleven patterns, one after the other, of up to 25 regions, three times over: about 0.1 ms a
number. Most lists are of this plan, and each number of a list is asked about once.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

_COUNTRY_CODE = 1
_DIGITS = 10
#: Matches nothing.
_NONE = "(?!)"
#: The kinds of numbers that a region's metadata describes, in the order in which ``phonenumbers`` asks for them.
_KINDS = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a number that a numbering plan assigns is from."""

    #: ISO 3166.
    region: str
    premium: bool


@dataclass(frozen=True, slots=True)
class _Region:
    code: str
    #: Numbers that begin so are of this region, assigned or not.
    leading: re.Pattern[str] | None
    assigned: re.Pattern[str]
    premium: re.Pattern[str]


def place_of(national: str) -> Place | None:
    """Return where ten digits after +1 are from; ``None`` when no region assigns them."""
    for region in _regions():
        if region.leading is not None and not region.leading.match(national):
            continue
        if region.assigned.fullmatch(national):
            return Place(region=region.code, premium=region.premium.fullmatch(national) is not None)
        if region.leading is not None:
            return None
    return None


@functools.cache
def _regions() -> list[_Region]:
    found = []
    for code in phonenumbers.region_codes_for_country_code(_COUNTRY_CODE):
        metadata = PhoneMetadata.metadata_for_region(code, None)
        if metadata is None:
            continue
        kinds = [_pattern(getattr(metadata, kind)) for kind in _KINDS]
        assigned = "|".join(f"(?:{kind})" for kind in kinds if kind is not None)
        found.append(
            _Region(
                code=code,
                leading=re.compile(metadata.leading_digits) if metadata.leading_digits else None,
                assigned=re.compile(f"(?=(?:{_pattern(metadata.general_desc) or _NONE})$)(?:{assigned or _NONE})"),
                premium=re.compile(kinds[0] or _NONE),
            )
        )
    return found


def _pattern(description: PhoneNumberDesc | None) -> str | None:
    """Return the pattern of a kind of numbers; ``None``: none of ten digits is of it."""
    if description is None or not description.national_number_pattern:
        return None
    if description.possible_length and _DIGITS not in description.possible_length:
        return None
    return str(description.national_number_pattern)
