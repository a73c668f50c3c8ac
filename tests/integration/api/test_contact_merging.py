"""Duplicates, merging and parting over the API."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import ApiUnderTest, client_of

pytestmark = pytest.mark.postgres


async def person(api: ApiUnderTest, **fields: Any) -> dict[str, Any]:
    answer = await api.live.post("/api/v1/contacts", json=fields)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def show(api: ApiUnderTest, contact_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = (await api.live.get(f"/api/v1/contacts/{contact_id}")).json()
    return shown


async def test_duplicates_are_found(api: ApiUnderTest) -> None:
    a = await person(api, first_name="Sarah", last_name="Miller", postcode="ab1 2cd", to="+12125550100")
    b = await person(api, first_name="sarah ", last_name="MILLER", postcode="AB12CD", email="s@example.com")
    c = await person(api, to="+12125550100", email="s@example.com", first_name="Sarah", last_name="Miller")
    for by, value, ids in (
        ("number", "+12125550100", [a, c]),
        ("email", "s@example.com", [b, c]),
        ("name", "sarah miller, AB12CD", [a, b]),
    ):
        answer = await api.live.get("/api/v1/contacts/duplicates", params={"by": by})
        assert answer.json() == {
            "duplicates": [{"value": value, "people": 2, "contact_ids": [each["contact_id"] for each in ids]}],
            "next_cursor": None,
        }
    await person(api, to="+12125550101")
    await person(api, to="+12125550101")
    first = (await api.live.get("/api/v1/contacts/duplicates", params={"limit": 1})).json()
    second = (
        await api.live.get("/api/v1/contacts/duplicates", params={"limit": 1, "cursor": first["next_cursor"]})
    ).json()
    assert [page["duplicates"][0]["value"] for page in (first, second)] == ["+12125550100", "+12125550101"]
    assert second["next_cursor"] is None
    assert (await api.live.get("/api/v1/contacts/duplicates", params={"cursor": "AA=="})).status_code == 400
    assert (await api.live.get("/api/v1/contacts/duplicates", params={"cursor": "é"})).status_code == 400


async def test_two_become_one_and_two_again(api: ApiUnderTest) -> None:
    await api.live.post("/api/v1/contacts/fields", json={"name": "balance", "type": "number"})
    kept = await person(api, first_name="Sarah", to="+12125550100", tags=["a"], fields={"balance": 1})
    lost = await person(
        api,
        first_name="S.",
        city="Springfield",
        numbers=["+12125550100", "+12125550101"],
        email="s@example.com",
        external_id="x",
        tags=["b"],
        fields={"balance": 2},
    )
    both = (await api.live.post("/api/v1/groups", json={"name": "both", "contact_ids": [lost["contact_id"]]})).json()
    path = f"/api/v1/contacts/{kept['contact_id']}"
    answer = await api.live.post(f"{path}/merge", json={"contact_id": lost["contact_id"]})
    assert answer.status_code == 200, answer.text
    merged = answer.json()
    assert (merged["first_name"], merged["city"], merged["external_id"]) == ("Sarah", "Springfield", "x")
    assert [n["number"] for n in merged["numbers"]] == ["+12125550100", "+12125550101"]
    assert merged["tags"] == ["a", "b"]
    assert merged["fields"] == {"balance": 1}
    # the old id shows the kept one, and is not to be written to
    assert await show(api, lost["contact_id"]) == merged
    changed = await api.live.patch(f"/api/v1/contacts/{lost['contact_id']}", json={"city": "X"})
    assert changed.status_code == 409
    assert kept["contact_id"] in changed.json()["detail"]
    assert len((await api.live.get("/api/v1/contacts")).json()["contacts"]) == 1
    members = (await api.live.get(f"/api/v1/groups/{both['group_id']}/contacts")).json()["contacts"]
    assert [m["contact_id"] for m in members] == [kept["contact_id"]]
    answer = await api.live.post(f"/api/v1/contacts/{lost['contact_id']}/unmerge")
    assert answer.status_code == 200, answer.text
    for now, before in ((answer.json()["kept"], kept), (answer.json()["contact"], lost)):
        assert {**now, "updated_at": ""} == {**before, "updated_at": ""}
    members = (await api.live.get(f"/api/v1/groups/{both['group_id']}/contacts")).json()["contacts"]
    assert [m["contact_id"] for m in members] == [lost["contact_id"]]
    assert (await api.live.post(f"/api/v1/contacts/{lost['contact_id']}/unmerge")).status_code == 404


async def test_a_merge_is_not_undone_over_later_work(api: ApiUnderTest) -> None:
    kept, lost, third = [await person(api, to=f"+1212555010{i}") for i in range(3)]
    path = f"/api/v1/contacts/{kept['contact_id']}"
    await api.live.post(f"{path}/merge", json={"contact_id": lost["contact_id"]})
    await api.live.patch(path, json={"city": "Springfield"})
    assert (await api.live.post(f"/api/v1/contacts/{lost['contact_id']}/unmerge")).status_code == 409
    # a chain: the first id leads to the last one kept
    await api.live.post(f"/api/v1/contacts/{third['contact_id']}/merge", json={"contact_id": kept["contact_id"]})
    assert (await show(api, lost["contact_id"]))["contact_id"] == third["contact_id"]
    await api.database.execute("UPDATE contact_merges SET merged_at = now() - interval '31 days'")
    assert (await api.live.post(f"{path}/unmerge")).status_code == 409
    await api.jobs.periodic["contacts.forget_merges"]()
    assert await api.database.fetchval("SELECT count(*) FROM contact_merges WHERE before IS NOT NULL") == 0


async def test_what_cannot_be_merged(api: ApiUnderTest) -> None:
    made = await person(api, to="+12125550100")
    path = f"/api/v1/contacts/{made['contact_id']}/merge"
    for body, status in (
        ({"contact_id": made["contact_id"]}, 400),
        ({"contact_id": "con_0"}, 404),
        ({}, 400),
        ({"contact": "x"}, 400),
    ):
        assert (await api.live.post(path, json=body)).status_code == status
    other = await api.services.accounts.create_organisation("Other")
    _, secret = await api.services.accounts.create_key(other.id, "k", sandbox=False)
    async with client_of(api.app, secret) as stranger:
        theirs = (await stranger.post("/api/v1/contacts", json={"to": "+12125550100"})).json()
        assert (await stranger.post(path, json={"contact_id": theirs["contact_id"]})).status_code == 404
        url = f"/api/v1/contacts/{theirs['contact_id']}/merge"
        assert (await stranger.post(url, json={"contact_id": made["contact_id"]})).status_code == 404
        assert (await stranger.get("/api/v1/contacts/duplicates")).json()["duplicates"] == []
