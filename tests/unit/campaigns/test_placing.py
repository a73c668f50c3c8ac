"""What is looked up once for an exchange holds for each of its numbers."""

from __future__ import annotations

import random

import pytest

from callwright.campaigns.placing import Placer

ZONE = "Europe/Berlin"


def test_an_exchange_stands_for_its_numbers() -> None:
    # the shortcut is sound only if no plan of North America tells numbers apart by their last four digits
    shared = Placer(organisation_zone=ZONE, allowed_countries=["US"])
    chance = random.Random(20261121)
    for _ in range(1500):
        exchange = f"+1{chance.randint(200, 999)}{chance.randint(200, 999)}"
        shared.place(exchange + f"{chance.randint(0, 9999):04d}")
        number = exchange + f"{chance.randint(0, 9999):04d}"
        alone = Placer(organisation_zone=ZONE, allowed_countries=["US"]).place(number)
        assert shared.place(number) == alone, number


@pytest.mark.parametrize(
    ("number", "lane", "source"),
    [
        ("+12125550100", "America/New_York @US", "number"),
        ("+33123456789", "Europe/Paris @FR", "number"),
        ("+4930123456", "Europe/Berlin", "number"),
        ("+18005550199", "Europe/Berlin @US", "organisation"),
        ("Ext:1000", "Europe/Berlin @Ext", "organisation"),
    ],
)
def test_the_lane_of_a_number(number: str, lane: str, source: str) -> None:
    place = Placer(organisation_zone=ZONE, allowed_countries=None).place(number)
    assert (place.lane, place.zone_source) == (lane, source)


def test_the_persons_own_zone_comes_first() -> None:
    place = Placer(organisation_zone=ZONE, allowed_countries=None).place("+12125550100", contact_zone="Asia/Tokyo")
    assert (place.lane, place.zone_source) == ("Asia/Tokyo @US", "contact")


@pytest.mark.parametrize(
    ("number", "words"),
    [("+19005550100", "premium"), ("+442079460000", "numbers of GB are not called")],
)
def test_who_is_never_called(number: str, words: str) -> None:
    fault = Placer(organisation_zone=ZONE, allowed_countries=["US"]).place(number).fault
    assert fault is not None
    assert words in fault
    assert Placer(organisation_zone=ZONE, allowed_countries=["US"], sandbox=True).place(number).fault is None


def test_a_number_that_no_plan_has() -> None:
    assert not Placer(organisation_zone=ZONE, allowed_countries=None).place("+12001234567").valid
