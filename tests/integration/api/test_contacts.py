"""People over the API."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import orjson
import pytest

from support.api import ApiUnderTest, client_of

pytestmark = pytest.mark.postgres


async def post(client: httpx.AsyncClient, path: str, body: Any, *, status: int = 201) -> Any:
    answer = await client.post(f"/api/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def get(client: httpx.AsyncClient, path: str, *, status: int = 200, **query: Any) -> Any:
    answer = await client.get(f"/api/v1{path}", params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


SARAH = {
    "first_name": " Sarah ",
    "last_name": "Miller",
    "city": "Springfield",
    "to": "(212) 555-0100",
    "email": "Sarah@Example.com",
    "time_zone": "America/Chicago",
    "country": "us",
    "tags": ["late", "late", "vip"],
    "external_id": "p-1",
}


async def test_a_person_is_added_and_found_by_every_value(api: ApiUnderTest) -> None:
    await post(api.live, "/contacts/fields", {"name": "balance", "type": "number"})
    sarah = await post(api.live, "/contacts", {**SARAH, "fields": {"balance": 120.5}})
    await post(api.live, "/contacts", {"first_name": "Tom", "to": "+12125550101"})
    assert sarah["contact_id"].startswith("con_")
    assert sarah["first_name"] == "Sarah"
    assert sarah["to"] == "+12125550100"
    assert sarah["country"] == "US"
    assert sarah["tags"] == ["late", "vip"]
    assert sarah["emails"] == [
        {"address": "sarah@example.com", "type": "other", "label": None, "primary": True, "opted_out": []}
    ]
    assert sarah["opted_out"] is False
    for query in (
        {"q": "sar"},
        {"q": "miller sarah"},
        {"q": "spring"},
        {"q": "p-1"},
        {"q": "212 555-0100"},
        {"q": "+12125550100"},
        {"q": "SARAH@ex"},
        {"to": "2125550100"},
        {"email": "sarah@EXAMPLE.com"},
        {"external_id": "p-1"},
        {"filter": "balance > 100"},
        {"filter": 'numbers contains "+12125550100"'},
        {"filter": 'tags contains "late" and not balance < 100'},
    ):
        found = await get(api.live, "/contacts", **query)
        assert [c["contact_id"] for c in found["contacts"]] == [sarah["contact_id"]], query
    assert (await get(api.live, "/contacts", q="%"))["contacts"] == []
    assert await get(api.live, f"/contacts/{sarah['contact_id']}") == sarah


async def test_lists_go_page_by_page(api: ApiUnderTest) -> None:
    for index in range(5):
        await post(api.live, "/contacts", {"first_name": f"n{index}"})
    seen = []
    cursor: dict[str, Any] = {}
    while True:
        page = await get(api.live, "/contacts", limit=2, **cursor)
        seen += [c["first_name"] for c in page["contacts"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == ["n4", "n3", "n2", "n1", "n0"]


async def test_a_patch_changes_what_it_names(api: ApiUnderTest) -> None:
    for name, type in (("balance", "number"), ("plan", "text")):
        await post(api.live, "/contacts/fields", {"name": name, "type": type})
    made = await post(api.live, "/contacts", {**SARAH, "fields": {"balance": 1, "plan": "gold"}})
    answer = await api.live.patch(
        f"/api/v1/contacts/{made['contact_id']}",
        json={
            "fields": {"balance": None},
            "city": None,
            "tags": ["x"],
            "numbers": ["+12125550100", {"number": "+12125550109", "type": "work", "primary": True}],
        },
    )
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert changed["fields"] == {"plan": "gold"}
    assert changed["city"] is None
    assert changed["first_name"] == "Sarah"
    assert changed["to"] == "+12125550109"
    assert [n["number"] for n in changed["numbers"]] == ["+12125550109", "+12125550100"]
    assert changed["emails"] == made["emails"]


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"first_nam": "x"}, "first_nam", "did you mean 'first_name'"),
        ({"to": "12"}, "numbers[0]", "not a possible telephone number"),
        ({"numbers": [{"number": "+12125550100", "type": "fax"}]}, "numbers[0].NumberItem.type", "must be"),
        ({"email": "nobody"}, "emails[0]", "such as sarah@example.com"),
        ({"time_zone": "Springfield"}, "time_zone", "IANA"),
        ({"language": "English!"}, "language", "en-US"),
        ({"country": "USA"}, "country", "ISO 3166"),
        ({"fields": {"balanc": 1}}, "fields.balanc", "not defined"),
        ({"to": "+12125550100", "numbers": []}, "to", "not both"),
        ({"opted_out": False}, "opted_out", "/api/v1/suppressions"),
        ({"first_name": "x" * 201}, "first_name", "at most 200"),
        ({"tags": [" "]}, "tags[0]", "1 to 100"),
        (
            {"numbers": [{"number": "+12125550100", "primary": True}, {"number": "+12125550101", "primary": True}]},
            "numbers[1].primary",
            "only one",
        ),
    ],
)
async def test_bad_input_is_named_and_changes_nothing(
    api: ApiUnderTest, body: dict[str, Any], field: str, message: str
) -> None:
    answer = await post(api.live, "/contacts", body, status=400)
    assert message in str(answer["errors"])
    if "NumberItem" not in field:
        assert [error["field"] for error in answer["errors"]] == [field]
    assert (await get(api.live, "/contacts"))["contacts"] == []


@pytest.mark.parametrize(
    ("type", "wrong", "right"),
    [
        ("number", "12", 12),
        ("number", True, 1.5),
        ("boolean", 1, True),
        ("date", "15.4.2025", "2025-04-15"),
        ("text", 5, "five"),
    ],
)
async def test_own_fields_have_types(api: ApiUnderTest, type: str, wrong: Any, right: Any) -> None:
    await post(api.live, "/contacts/fields", {"name": "own", "type": type})
    refused = await post(api.live, "/contacts", {"fields": {"own": wrong}}, status=400)
    assert refused["errors"][0]["field"] == "fields.own"
    made = await post(api.live, "/contacts", {"fields": {"own": right}})
    assert made["fields"] == {"own": right}


async def test_fields_are_defined_once_and_taken_away(api: ApiUnderTest) -> None:
    body = {"name": "balance", "type": "number", "label": "Balance due"}
    first = await post(api.live, "/contacts/fields", body)
    assert first["label"] == "Balance due"
    await post(api.live, "/contacts/fields", body, status=200)
    await post(api.live, "/contacts/fields", {**body, "type": "text"}, status=409)
    await post(api.live, "/contacts/fields", {"name": "Balance", "type": "text"}, status=400)
    await post(api.live, "/contacts/fields", {"name": "city", "type": "text"}, status=400)
    made = await post(api.live, "/contacts", {"fields": {"balance": 5}})
    assert (await api.live.delete("/api/v1/contacts/fields/balance")).status_code == 204
    assert (await api.live.delete("/api/v1/contacts/fields/balance")).status_code == 404
    assert (await api.live.delete("/api/v1/contacts/fields/a%00b")).status_code == 404
    assert (await get(api.live, f"/contacts/{made['contact_id']}"))["fields"] == {}
    assert (await get(api.live, "/contacts/fields"))["fields"] == []
    refused = await get(api.live, "/contacts", status=400, filter="balance > 1")
    assert "there is no field 'balance'" in refused["detail"]


async def test_an_external_id_belongs_to_one(api: ApiUnderTest) -> None:
    await post(api.live, "/contacts", {"external_id": "x"})
    other = await post(api.live, "/contacts", {"external_id": "y"})
    assert "another contact's" in (await post(api.live, "/contacts", {"external_id": "x"}, status=409))["detail"]
    answer = await api.live.patch(f"/api/v1/contacts/{other['contact_id']}", json={"external_id": "x"})
    assert answer.status_code == 409


async def test_opting_out_is_shown_and_entered(api: ApiUnderTest) -> None:
    made = await post(api.live, "/contacts", {"to": "+12125550100"})
    await post(
        api.live, "/suppressions", {"to": "+12125550100", "scope": "channel", "scope_key": "sms", "evidence": "asked"}
    )
    shown = await get(api.live, f"/contacts/{made['contact_id']}")
    assert shown["opted_out"] is True
    assert shown["numbers"][0]["opted_out"] == ["sms"]
    answer = await api.live.patch(f"/api/v1/contacts/{made['contact_id']}", json={"opted_out": True})
    assert answer.json()["numbers"][0]["opted_out"] == ["*", "sms"]
    found = await get(api.live, "/contacts", filter="opted_out == true")
    assert len(found["contacts"]) == 1


async def test_what_is_deleted_is_gone(api: ApiUnderTest) -> None:
    made = await post(api.live, "/contacts", SARAH)
    path = f"/api/v1/contacts/{made['contact_id']}"
    assert (await api.live.delete(path)).status_code == 204
    assert (await api.live.delete(path)).status_code == 404
    assert (await api.live.get(path)).status_code == 404
    await post(api.live, "/contacts", SARAH)


async def test_a_repeated_request_adds_one_person(api: ApiUnderTest) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = await api.live.post("/api/v1/contacts", json=SARAH, headers=headers)
    second = await api.live.post("/api/v1/contacts", json=SARAH, headers=headers)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.json() == second.json()


async def test_groups(api: ApiUnderTest) -> None:
    people = [(await post(api.live, "/contacts", {"first_name": f"n{i}"}))["contact_id"] for i in range(3)]
    group = await post(api.live, "/groups", {"name": "Tuesday", "contact_ids": people[:2]})
    assert group["members"] == 2
    await post(api.live, "/groups", {"name": "Tuesday"}, status=409)
    path = f"/groups/{group['group_id']}"
    added = await post(api.live, f"{path}/contacts", {"contact_ids": people}, status=200)
    assert (added["changed"], added["group"]["members"]) == (1, 3)
    refused = await post(api.live, f"{path}/contacts", {"contact_ids": [people[0], "con_0"]}, status=400)
    assert refused["errors"][0]["field"] == "contact_ids[1]"
    assert len((await get(api.live, f"{path}/contacts"))["contacts"]) == 3
    assert len((await get(api.live, "/contacts", group_id=group["group_id"]))["contacts"]) == 3
    assert len((await get(api.live, "/contacts", filter='groups contains "Tuesday"'))["contacts"]) == 3
    removed = await post(api.live, f"{path}/contacts/remove", {"contact_ids": people[:1]}, status=200)
    assert removed["changed"] == 1
    renamed = await api.live.patch(f"/api/v1{path}", json={"name": "Wednesday"})
    assert renamed.json()["name"] == "Wednesday"
    assert [g["name"] for g in (await get(api.live, "/groups", name="Wednesday"))["groups"]] == ["Wednesday"]
    assert (await api.live.delete(f"/api/v1{path}")).status_code == 204
    assert len((await get(api.live, "/contacts"))["contacts"]) == 3


async def test_segments(api: ApiUnderTest) -> None:
    await post(api.live, "/contacts/fields", {"name": "balance", "type": "number"})
    for balance in (50, 150, 250):
        await post(api.live, "/contacts", {"fields": {"balance": balance}})
    segment = await post(api.live, "/segments", {"name": "Owing", "filter": "balance>100"})
    assert segment["filter"] == "balance > 100"
    assert segment["expression"] == {"field": "balance", "op": ">", "value": 100}
    path = f"/segments/{segment['segment_id']}"
    assert len((await get(api.live, f"{path}/contacts"))["contacts"]) == 2
    preview = await post(api.live, "/segments/preview", {"expression": segment["expression"]}, status=200)
    assert preview["count"] == 2
    assert (
        len((await get(api.live, "/contacts", segment_id=segment["segment_id"], filter="balance > 200"))["contacts"])
        == 1
    )
    answer = await api.live.patch(f"/api/v1{path}", json={"filter": "balance > 200"})
    assert answer.json()["filter"] == "balance > 200"
    for body in ({"filter": "balance > "}, {"filter": "balanc > 1"}, {"expression": {"and": []}}, {}):
        await post(api.live, "/segments", {"name": "x", **body}, status=400)
    await api.live.delete("/api/v1/contacts/fields/balance")
    assert "there is no field 'balance'" in (await get(api.live, f"{path}/contacts", status=400))["detail"]
    assert (await api.live.delete(f"/api/v1{path}")).status_code == 204


async def test_exports(api: ApiUnderTest) -> None:
    await post(api.live, "/contacts/fields", {"name": "balance", "type": "number"})
    await post(api.live, "/contacts", {**SARAH, "company": "=cmd()", "fields": {"balance": -5}})
    await post(api.live, "/contacts", {"numbers": ["+12125550101", "+12125550102"], "first_name": 'Töm, "x"\n'})
    answer = await api.live.get("/api/v1/contacts/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["first_name"] for row in rows] == ['Töm, "x"', "Sarah"]
    assert rows[0]["number_2"] == "'+12125550102"
    assert rows[1]["company"] == "'=cmd()"
    assert rows[1]["balance"] == "-5"
    assert rows[1]["tags"] == "late;vip"
    answer = await api.live.get("/api/v1/contacts/export", params={"format": "jsonl", "filter": "balance < 0"})
    lines = [orjson.loads(line) for line in answer.text.splitlines()]
    assert [line["first_name"] for line in lines] == ["Sarah"]
    assert lines[0]["fields"] == {"balance": -5}


async def test_another_organisation_sees_nothing(api: ApiUnderTest) -> None:
    person = await post(api.live, "/contacts", SARAH)
    group = await post(api.live, "/groups", {"name": "G", "contact_ids": [person["contact_id"]]})
    segment = await post(api.live, "/segments", {"name": "S", "filter": 'city == "Springfield"'})
    other = await api.services.accounts.create_organisation("Other")
    _, secret = await api.services.accounts.create_key(other.id, "k", sandbox=False)
    async with client_of(api.app, secret) as stranger:
        for path in ("/contacts", "/groups", "/segments"):
            answer = await get(stranger, path)
            assert next(iter(answer.values())) == []
        assert len((await stranger.get("/api/v1/contacts/export")).text.splitlines()) == 1
        mine = await post(stranger, "/groups", {"name": "mine"})
        ids = {"contact_ids": [person["contact_id"]]}
        await post(stranger, f"/groups/{mine['group_id']}/contacts", ids, status=400)
        await post(stranger, f"/groups/{group['group_id']}/contacts", ids, status=404)
        for path in (
            f"/contacts/{person['contact_id']}",
            f"/groups/{group['group_id']}",
            f"/groups/{group['group_id']}/contacts",
            f"/segments/{segment['segment_id']}",
            f"/segments/{segment['segment_id']}/contacts",
        ):
            await get(stranger, path, status=404)
        for path in ("contacts", "groups", "segments"):
            thing = {"contacts": person, "groups": group, "segments": segment}[path]
            url = f"/api/v1/{path}/{thing[path[:-1] + '_id']}"
            assert (await stranger.patch(url, json={})).status_code == 404
            assert (await stranger.delete(url)).status_code == 404
        await get(stranger, "/contacts", status=404, group_id=group["group_id"])
        await get(stranger, "/contacts", status=404, segment_id=segment["segment_id"])
        await post(stranger, "/contacts", {"external_id": "p-1"})
