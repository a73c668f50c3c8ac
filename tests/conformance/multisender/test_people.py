"""Accounts, filters, groups: the document's requests, and the same people through the native API."""

from __future__ import annotations

from typing import Any

import pytest

from support.multisender import Program, conforms, examples
from support.proofs import proves

pytestmark = pytest.mark.postgres

ANN = {
    "firstName": "Ann",
    "lastName": "Lee",
    "nickName": "Annie",
    "phone": "+12125550110",
    "email": "ann@example.com",
    "address": "1 Elm Street",
    "zip": "00501",
    "city": "town",
    "companyName": "Elm",
    "website": "https://example.com",
    "note": "likes tea",
    "area": "north",
    "gender": "female",
    "yearOfBirth": 1970,
}


@proves(
    "account: accountId",
    "account: firstName",
    "account: lastName",
    "account: nickName",
    "account: phone",
    "account: email",
    "account: address",
    "account: zip",
    "account: city",
    "account: companyName",
    "account: website",
    "account: note",
    "account: area",
    "account: gender",
    "account: yearOfBirth",
    "account: updatedAt",
    "account: createdAt",
)
async def test_an_account_is_made_read_changed_and_deleted(program: Program) -> None:
    # the document's body: each field with its type as its value, but where a value must be one
    body = {
        **examples()["POST /accounts body"],
        "phone": "99999999999",
        "email": "string@example.com",
        "yearOfBirth": 7,
    }
    made = await program.made("/accounts", body)
    assert {name: made[name] for name in body} == {**body, "phone": "+99999999999"}
    conforms(await program.ask("GET", f"/accounts/{made['accountId']}"), examples()["GET /accounts/{id}"])
    changed = await program.ask("PUT", f"/accounts/{made['accountId']}", ANN)
    conforms(changed, examples()["PUT /accounts/{id}"])
    assert {name: changed[name] for name in ANN} == ANN
    conforms(await program.ask("GET", "/accounts"), examples()["GET /accounts"])

    contacts = (await program.api.sandbox.get("/api/v1/contacts", params={"email": "ann@example.com"})).json()
    (native,) = contacts["contacts"]
    assert str(native["number"]) == made["accountId"]
    assert (native["first_name"], native["company"], native["postcode"]) == ("Ann", "Elm", "00501")
    assert native["fields"]["year_of_birth"] == 1970

    await program.ask("DELETE", f"/accounts/{made['accountId']}", status=204)
    await program.refused("GET", f"/accounts/{made['accountId']}", None, None, status=404)


async def test_what_is_left_out_of_a_change_stays_and_what_is_empty_goes(program: Program) -> None:
    made = await program.made("/accounts", ANN)
    changed = await program.ask("PUT", f"/accounts/{made['accountId']}", {"city": "village", "note": "", "phone": None})
    assert changed == {**made, "city": "village", "note": "", "phone": "", "updatedAt": changed["updatedAt"]}


@proves(
    "account: firstName",
    "account: lastName",
    "account: nickName",
    "account: phone",
    "account: email",
    "account: address",
    "account: zip",
    "account: city",
    "account: companyName",
    "account: website",
    "account: note",
    "account: area",
    "account: gender",
    "account: yearOfBirth",
)
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"phone": "hello"}, "phone"),
        ({"phone": True}, "phone"),
        ({"email": "no address"}, "email"),
        ({"yearOfBirth": "old"}, "yearOfBirth"),
        ({"firstName": ["Ann"]}, "firstName"),
        ({"zip": "1" * 21}, "zip"),
        ({"note": {}}, "note"),
        ({"website": "x" * 2001}, "website"),
        ({"gender": [1]}, "gender"),
        *(({name: {"a": 1}}, name) for name in ANN),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_made(program: Program, fields: dict[str, Any], field: str) -> None:
    before = await program.ask("GET", "/accounts")
    await program.refused("POST", "/accounts", fields, field)
    assert await program.ask("GET", "/accounts") == before


@proves("account: filterId", "account: all", "filter: *")
async def test_filters_find_people_and_can_delete_them(live: Program) -> None:
    body = examples()["POST /accounts/filters body"]
    made = await live.made("/accounts/filters", body)
    assert made["filters"] == body["filters"]
    number = made["filterId"]
    await live.made("/accounts", {**ANN, "firstName": "a somestring", "phone": "+12125550111"})
    await live.made("/accounts", {**ANN, "firstName": "a somestring", "city": "city", "zip": "99"})
    other = await live.made("/accounts", {**ANN, "phone": "+12125550112"})
    # zip is text: "99" is above "100000"
    (found,) = await live.ask("GET", "/accounts", params={"filterId": number})
    assert (found["phone"], found["city"]) == ("+12125550111", "town")
    conforms(await live.ask("GET", "/accounts/filters"), examples()["GET /accounts/filters"])
    conforms(await live.ask("GET", f"/accounts/filters/{number}"), examples()["GET /accounts/filters/{id}"])
    segments = (await live.api.live.get("/api/v1/segments")).json()["segments"]
    assert any(segment["number"] == number for segment in segments)

    by = {"field": "accountId", "operator": "in", "value": [other["accountId"]]}
    changed = await live.ask("PUT", f"/accounts/filters/{number}", {"filters": [by]})
    assert changed["filters"] == [{**by, "value": [int(other["accountId"])]}]
    await live.ask("DELETE", f"/accounts?filterId={number}", status=204)
    assert other["accountId"] not in [each["accountId"] for each in await live.ask("GET", "/accounts")]
    gone = await live.ask("DELETE", f"/accounts/filters/{number}", status=201)
    conforms(gone, examples()["DELETE /accounts/filters/{id}"])
    await live.refused("GET", f"/accounts/filters/{number}", None, None, status=404)

    await live.refused("DELETE", "/accounts", None, "all")
    await live.refused("DELETE", "/accounts?all=0", None, "all")
    assert {"99", "00501"} <= {each["zip"] for each in await live.ask("GET", "/accounts")}
    await live.ask("DELETE", "/accounts?all", status=204)
    assert await live.ask("GET", "/accounts") == []


@proves("filter: filters[].operator")
@pytest.mark.parametrize("operator", ["==", "!=", ">", "<", ">=", "<="])
async def test_every_operator_compares(live: Program, operator: str) -> None:
    made = [await live.made("/accounts", {"yearOfBirth": year, "lastName": operator}) for year in (1969, 1970, 1971)]
    filters = [
        {"field": "yearOfBirth", "operator": operator, "value": "1970"},
        {"field": "lastName", "operator": "==", "value": operator},
    ]
    number = (await live.made("/accounts/filters", {"filters": filters}))["filterId"]
    found = [each["yearOfBirth"] for each in await live.ask("GET", f"/accounts?filterId={number}")]
    assert sorted(found) == [year for year in (1969, 1970, 1971) if eval(f"{year} {operator} 1970")]
    for each in made:
        await live.ask("DELETE", f"/accounts/{each['accountId']}", status=204)


@proves("filter: filters", "filter: filters[].field", "filter: filters[].operator", "filter: filters[].value")
@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (None, "filters"),
        ([], "filters"),
        (["city"], "filters[0]"),
        ([{"field": "town", "operator": "==", "value": "x"}], "filters[0].field"),
        ([{"field": "city", "operator": "like", "value": "x"}], "filters[0].operator"),
        ([{"field": "city", "operator": "==", "value": None}], "filters[0].value"),
        ([{"field": "city", "operator": "in", "value": "x"}], "filters[0].value"),
        ([{"field": "city", "operator": "==", "value": ["x"]}], "filters[0].value"),
        ([{"field": "yearOfBirth", "operator": "contains", "value": "7"}], "filters[0].operator"),
        ([{"field": "yearOfBirth", "operator": "==", "value": "old"}], "filters[0].value"),
        ([{"field": "createdAt", "operator": ">", "value": "then"}], "filters"),
    ],
)
async def test_a_wrong_filter_is_named(program: Program, wanted: Any, field: str) -> None:
    await program.refused("POST", "/accounts/filters", {"filters": wanted}, field)
    await program.refused("DELETE", "/accounts?filterId=999999", None, None, status=404)


@proves("group: *")
async def test_groups_hold_people(program: Program) -> None:
    body = examples()["POST /groups body"]
    group = await program.made("/groups", body)
    assert (group["name"], group["numberOfAccounts"]) == ("string", 0)
    number = group["groupId"]
    await program.refused("POST", "/groups", body, None, status=409)
    people = [await program.made("/accounts", {"firstName": name}) for name in ("Ann", "Bob")]
    ids = [{"accountId": person["accountId"]} for person in people]
    told = await program.ask("POST", f"/groups/{number}/accounts", ids, status=201)
    conforms(told, examples()["POST /groups/{id}/accounts"])
    assert told == [{"groupId": number, **each} for each in ids]
    # those in it stay as they are
    again = {"accountIds": [int(each["accountId"]) for each in ids]}
    assert len(await program.ask("POST", f"/groups/{number}/accounts", again, status=201)) == 2
    members = await program.ask("GET", f"/groups/{number}/accounts")
    conforms(members, examples()["GET /groups/{id}/accounts"])
    assert len(members) == 2
    conforms(await program.ask("GET", "/groups"), examples()["GET /groups"])
    shown = await program.ask("GET", f"/groups/{number}")
    conforms(shown, examples()["GET /groups/{id}"])
    assert shown["numberOfAccounts"] == 2
    native = (await program.api.sandbox.get("/api/v1/groups")).json()["groups"]
    assert [each["members"] for each in native if str(each["number"]) == number] == [2]

    await program.ask("DELETE", f"/groups/{number}/{ids[0]['accountId']}", status=204)
    await program.refused("DELETE", f"/groups/{number}/accounts/{ids[0]['accountId']}", None, None, status=404)
    await program.ask("DELETE", f"/groups/{number}/accounts/{ids[1]['accountId']}", status=204)
    await program.ask("POST", f"/groups/{number}/accounts", ids, status=201)
    await program.ask("DELETE", f"/groups/{number}/accounts", status=204)
    assert await program.ask("GET", f"/groups/{number}/accounts") == []
    changed = await program.ask("PUT", f"/groups/{number}", {**examples()["PUT /groups/{id} body"], "name": "friends"})
    conforms(changed, examples()["PUT /groups/{id}"])
    await program.ask("DELETE", f"/groups/{number}", status=204)
    await program.refused("GET", f"/groups/{number}", None, None, status=404)


@proves("group: name", "group: description", "group: accountIds")
async def test_wrong_groups_are_refused(program: Program) -> None:
    await program.refused("POST", "/groups", {"description": "x"}, "name")
    await program.refused("POST", "/groups", {"name": "x"}, "description")
    await program.refused("POST", "/groups", {"name": ["x"], "description": "x"}, "name")
    group = await program.made("/groups", {"name": "lonely", "description": ""})
    path = f"/groups/{group['groupId']}/accounts"
    await program.refused("POST", path, [], "accountIds")
    await program.refused("POST", path, {"accountIds": ["999999"]}, "accountIds[0]")
    await program.refused("POST", path, [{"accountId": "x"}], "[0].accountId")
    await program.refused("POST", "/groups/999999/accounts", [{"accountId": "1"}], None, status=404)


@proves("request: a test token")
async def test_a_test_token_deletes_and_changes_nothing_that_is_real(program: Program, live: Program) -> None:
    """What a live token made is there for a test token, which reads it only."""
    real = await live.made("/accounts", {"firstName": "Rea", "phone": "+12125550188"})
    group = await live.made("/groups", {"name": "Real ones", "description": ""})
    kept = await live.made("/accounts/filters", {"filters": [{"field": "city", "operator": "==", "value": "x"}]})
    members = [{"accountId": real["accountId"]}]
    assert (await live.client.post(f"/groups/{group['groupId']}/accounts", json=members)).status_code == 201
    trial = await program.made("/accounts", {"firstName": "Tria", "phone": "99999999188"})
    for method, path, body in (
        ("PUT", f"/accounts/{real['accountId']}", {"firstName": "No"}),
        ("DELETE", f"/accounts/{real['accountId']}", None),
        ("PUT", f"/groups/{group['groupId']}", {"name": "No", "description": "x"}),
        ("POST", f"/groups/{group['groupId']}/accounts", [{"accountId": trial["accountId"]}]),
        ("DELETE", f"/groups/{group['groupId']}/accounts", None),
        ("DELETE", f"/groups/{group['groupId']}/{real['accountId']}", None),
        ("DELETE", f"/groups/{group['groupId']}", None),
        ("DELETE", f"/accounts/filters/{kept['filterId']}", None),
    ):
        answer = await program.client.request(method, path, json=body)
        assert answer.status_code == 403, (method, path, answer.text)
        assert "a sandbox key changes and deletes only what a sandbox key made" in answer.json()["error"]["message"]
    assert (await program.client.delete("/accounts?all")).status_code == 204
    assert (await live.client.get(f"/accounts/{trial['accountId']}")).status_code == 404
    assert (await live.client.get(f"/accounts/{real['accountId']}")).json()["firstName"] == "Rea"
    assert (await live.client.get(f"/groups/{group['groupId']}")).json()["numberOfAccounts"] == 1
    assert (await live.client.get(f"/accounts/filters/{kept['filterId']}")).status_code == 200
