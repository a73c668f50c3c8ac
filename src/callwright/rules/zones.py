"""The time zones in which a recipient can be, and where that is known from."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

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


@functools.cache
def zone_names() -> frozenset[str]:
    """Return the names of all zones (IANA): some six hundred files are looked for, once."""
    return frozenset(available_timezones())


class ZoneSource(StrEnum):
    """Where a recipient's zones are known from, the surest first."""

    #: The person said so.
    CONTACT = "contact"
    #: The person's address: of the United States, whose postcodes and cities a package knows.
    POSTCODE = "postcode"
    CITY = "city"
    NUMBER = "number"
    ORGANISATION = "organisation"


#: What is known of the person, and not of the number.
OF_PERSON = frozenset({ZoneSource.CONTACT, ZoneSource.POSTCODE, ZoneSource.CITY})


@dataclass(frozen=True, kw_only=True)
class RecipientZones:
    """In all of these zones it must be time to call."""

    #: IANA names; several where the number spans several.
    zones: frozenset[str]
    source: ZoneSource


def zones_of_recipient(*, contact_zone: str | None, number: str, organisation_zone: str) -> RecipientZones:
    """Return the zones of a recipient: the contact's own, else all that the number can be in, else the organisation's.

    ``contact_zone`` is ``contacts.known_zone``: IANA names separated by blanks, behind them ``@postcode`` or ``@city``
    when the address told them. ``number`` is E.164, or anything else that has no place, such as ``Ext:1000`` and an
    address of email.
    """
    if contact_zone is not None:
        *names, last = contact_zone.split(" ")
        source = ZoneSource(last.removeprefix("@")) if last.startswith("@") else ZoneSource.CONTACT
        known = frozenset(names if last.startswith("@") else [*names, last])
        if known and all(_is_known(zone) for zone in known):
            return RecipientZones(zones=known, source=source)
    zones = zones_of_number(number) if "@" not in number else frozenset()
    if zones:
        return RecipientZones(zones=zones, source=ZoneSource.NUMBER)
    return RecipientZones(zones=frozenset({organisation_zone}), source=ZoneSource.ORGANISATION)


def _is_known(zone: str) -> bool:
    # a name that the zone data has no more must not stop a dialer in the middle of a claim
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


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
