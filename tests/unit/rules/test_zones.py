"""Zones of telephone numbers."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from callwright.rules.zones import RecipientZones, ZoneSource, zones_of_number, zones_of_recipient


def test_a_line_in_a_city_has_one_zone() -> None:
    assert zones_of_number("+12125550101") == {"America/New_York"}


def test_a_mobile_of_a_large_country_has_many() -> None:
    zones = zones_of_number("+79161234567")
    assert {"Europe/Moscow", "Asia/Kamchatka"} <= zones


def test_a_number_without_a_place_has_none() -> None:
    assert zones_of_number("+18005550199") == frozenset()


@pytest.mark.parametrize("number", ["+999999999", "+911", "911", ""])
def test_nothing_is_known_of_what_is_no_number(number: str) -> None:
    assert zones_of_number(number) == frozenset()


def test_every_zone_that_a_number_can_have_is_known_to_the_clock() -> None:
    # a name that is missing from the zone data would stop a dialer in the middle of a claim
    names = {name for zones in TIMEZONE_DATA.values() for name in zones} - {"Etc/Unknown"}
    assert len(names) > 200
    for name in names:
        ZoneInfo(name)


def test_the_surest_source_decides() -> None:
    number, organisation = "+12125550101", "Europe/Berlin"
    for contact_zone, to, zones, source in (
        ("America/Denver", number, {"America/Denver"}, ZoneSource.CONTACT),
        (None, number, {"America/New_York"}, ZoneSource.NUMBER),
        ("America/Phoenix @postcode", number, {"America/Phoenix"}, ZoneSource.POSTCODE),
        ("America/Chicago America/Denver @city", number, {"America/Chicago", "America/Denver"}, ZoneSource.CITY),
        ("America/Chicago Nowhere/Atlantis @city", number, {"America/New_York"}, ZoneSource.NUMBER),
        ("Nowhere/Atlantis", number, {"America/New_York"}, ZoneSource.NUMBER),
        ("../etc/passwd", number, {"America/New_York"}, ZoneSource.NUMBER),
        (None, "+18005550199", {organisation}, ZoneSource.ORGANISATION),
        (None, "Ext:1000", {organisation}, ZoneSource.ORGANISATION),
    ):
        found = zones_of_recipient(contact_zone=contact_zone, number=to, organisation_zone=organisation)
        assert found == RecipientZones(zones=frozenset(zones), source=source)


def test_all_zones_of_a_number_count() -> None:
    found = zones_of_recipient(contact_zone=None, number="+79161234567", organisation_zone="UTC")
    assert (len(found.zones) > 5, found.source) == (True, ZoneSource.NUMBER)
