"""Where a contact's address lies decides when they are called, before the region of their number does."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.contacts.places import zones_of_places
from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

#: A number of New York.
NUMBER = "+12125550142"


async def decided(api: ApiUnderTest, **contact: Any) -> tuple[list[str], str]:
    """Add a contact with this address; return the zones in which it must be time to call, and where from."""
    made = await api.live.post("/api/v1/contacts", json={"to": NUMBER, **contact})
    assert made.status_code == 201, made.text
    (call,) = (await api.live.post("/api/v1/calls", json={"calls": [{"to": NUMBER, "message": "Hi"}]})).json()["calls"]
    zone: str | None = await api.database.fetchval(
        "SELECT k.known_zone FROM calls c JOIN contacts k ON k.id = c.contact_id WHERE c.id = $1", call["call_id"]
    )
    assert zone is not None
    *zones, source = zone.split(" ")
    return zones, source


@pytest.mark.parametrize(
    ("address", "zones", "source"),
    [
        ({"postcode": "85001", "country": "US"}, ["America/Phoenix"], "@postcode"),
        ({"postcode": "96813-1234"}, ["Pacific/Honolulu"], "@postcode"),
        ({"city": "Anchorage", "region": "ak"}, ["America/Anchorage"], "@city"),
        # there are several
        ({"city": "Springfield", "region": "IL"}, ["America/Chicago"], "@city"),
        # the postcode is surer than the city
        ({"postcode": "85001", "city": "Chicago", "region": "IL"}, ["America/Phoenix"], "@postcode"),
    ],
)
async def test_an_address_tells_the_zone(
    api: ApiUnderTest, address: dict[str, str], zones: list[str], source: str
) -> None:
    assert await decided(api, **address) == (zones, source)


async def test_a_city_of_several_zones_is_in_all_of_them(api: ApiUnderTest) -> None:
    zones, source = await decided(api, city="springfield")
    assert source == "@city"
    assert {"America/New_York", "America/Chicago", "America/Los_Angeles"} <= set(zones)


async def test_what_a_person_said_is_surest_and_a_change_is_seen(api: ApiUnderTest) -> None:
    made = (await api.live.post("/api/v1/contacts", json={"to": NUMBER, "postcode": "85001"})).json()
    path = f"/api/v1/contacts/{made['contact_id']}"

    async def known() -> str | None:
        zone: str | None = await api.database.fetchval("SELECT known_zone FROM contacts")
        return zone

    assert await known() == "America/Phoenix @postcode"
    assert (await api.live.patch(path, json={"time_zone": "Europe/Paris"})).status_code == 200
    assert await known() == "Europe/Paris"
    assert (await api.live.patch(path, json={"time_zone": None, "postcode": "10001"})).status_code == 200
    assert await known() == "America/New_York @postcode"
    assert (await api.live.patch(path, json={"country": "FR"})).status_code == 200
    assert await known() is None


async def test_the_decision_and_the_lane_of_a_campaign_name_it(api: ApiUnderTest) -> None:
    contact = (await api.live.post("/api/v1/contacts", json={"to": NUMBER, "postcode": "96813"})).json()
    body = {"name": "News", "message": "Hello.", "contact_ids": [contact["contact_id"]]}
    made = await api.live.post("/api/v1/campaigns", json=body)
    assert made.status_code == 201, made.text
    row = await api.database.fetchrow(
        "SELECT l.zones, r.zone_source FROM recipients r JOIN lanes l ON l.id = r.lane_id"
    )
    assert row is not None
    assert (row["zones"].split(" ")[0], row["zone_source"]) == ("Pacific/Honolulu", "postcode")


def test_every_zone_that_is_named_exists_and_places_are_many() -> None:
    places = zones_of_places()
    assert len(places) > 50_000
    assert places["US 85001"] == "America/Phoenix"
    assert not any(" " in zones for place, zones in places.items() if place[3:].isdigit())
