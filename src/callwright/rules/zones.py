"""The time zones in which the owner of a telephone number can be."""

from __future__ import annotations

import functools

import phonenumbers
from phonenumbers import timezone

#: What ``phonenumbers`` says of a number that it cannot place.
_UNKNOWN = "Etc/Unknown"


@functools.lru_cache(maxsize=50_000)
def zones_of_number(e164: str) -> frozenset[str]:
    """Return the IANA zones of an E.164 number, all that are possible; empty when nothing is known.

    A mobile number of a large country, or a toll-free one, has many: a rule must then hold in each of them.
    """
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return frozenset()
    return frozenset(zone for zone in timezone.time_zones_for_number(number) if zone != _UNKNOWN)
