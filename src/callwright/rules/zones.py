"""The time zones in which the owner of a telephone number can be."""

from __future__ import annotations

import functools

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

#: Numbers that belong to no place: their zones are all those of the country, which tells nothing of who answers.
_WITHOUT_PLACE = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.VOIP,
    }
)
#: What ``phonenumbers`` says of a number that it cannot place.
_UNKNOWN = "Etc/Unknown"


@functools.lru_cache(maxsize=50_000)
def zones_of_number(e164: str) -> frozenset[str]:
    """Return the IANA zones of an E.164 number, all that are possible; empty when nothing is known.

    A mobile number of a large country has many: a rule must then hold in each of them. A toll-free number has none.
    """
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return frozenset()
    if phonenumbers.number_type(number) in _WITHOUT_PLACE:
        return frozenset()
    return frozenset(zone for zone in timezone.time_zones_for_number(number) if zone != _UNKNOWN)
