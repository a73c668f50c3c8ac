"""Subusers: made with a token, fenced in by it, changed and removed."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import client_of
from support.multisender import Program, conforms, examples
from support.proofs import proves

pytestmark = pytest.mark.postgres

SUE = {
    "username": "sue",
    "email": "sue@example.com",
    "firstName": "Sue",
    "lastName": "van der Berg",
    "company": "Elm",
    "phone": "+12125550180",
    "password": "seven blue herons sing",
}


@proves("subuser: *")
async def test_a_subuser_sees_only_what_they_made(live: Program) -> None:
    made = await live.made("/subusers", SUE)
    assert {name: made[name] for name in SUE if name != "password"} == {
        name: value for name, value in SUE.items() if name != "password"
    }
    path = f"/subusers/{made['subuserId']}"
    conforms(await live.ask("GET", "/subusers"), examples()["GET /subusers"])
    conforms(await live.ask("GET", path), examples()["GET /subusers/{id}"])
    # the token is shown again, and is the same
    assert (await live.ask("GET", path))["authToken"] == made["authToken"]

    mine = await live.made("/accounts", {"firstName": "Mine"})
    async with client_of(live.api.app) as client:
        client.headers["X-Access-Token"] = made["authToken"]
        hers = await client.post("/accounts", json={"firstName": "Hers", "yearOfBirth": 1970})
        assert hers.status_code == 201, hers.text
        assert [each["firstName"] for each in (await client.get("/accounts")).json()] == ["Hers"]
        for each in ("", f"/{mine['accountId']}"):
            answer = await client.put(f"/accounts{each}", json={"firstName": "x"})
            assert answer.status_code in {404, 405}
        assert (await client.get(f"/accounts/{mine['accountId']}")).status_code == 404
        body = {
            "operations": '[{"op": "say", "text": "Hi"}]',
            "receivers": [{"accountId": mine["accountId"]}],
        }
        refused = await client.post("/calls", json=body)
        assert refused.json()["error"]["field"] == "receivers[0].accountId"
        assert (await client.delete("/accounts?all")).status_code == 204
        for method, path_ in (("GET", "/subusers"), ("POST", "/subusers")):
            answer = await client.request(method, path_, json=SUE if method == "POST" else None)
            assert answer.status_code == 403
    assert mine["accountId"] in [each["accountId"] for each in await live.ask("GET", "/accounts")]

    async with client_of(live.api.app) as client:
        answer = await client.post("/login", json={"email": SUE["email"], "password": SUE["password"]})
        client.headers["X-Access-Token"] = answer.json()["authToken"]
        assert (await client.get("/accounts")).json() == []

    changed = await live.ask("PUT", path, {"lastName": "Ross", "phone": "+12125550181"})
    conforms(changed, examples()["PUT /subusers/{id}"])
    assert changed == {**made, "lastName": "Ross", "phone": "+12125550181", "updatedAt": changed["updatedAt"]}
    users = (await live.api.live.get("/api/v1/users", params={"email": SUE["email"]})).json()["users"]
    assert [(user["name"], user["subuser"], user["number"]) for user in users] == [
        ("Sue Ross", True, made["subuserId"])
    ]

    await live.ask("DELETE", f"{path}/accounts", status=204)
    await live.refused("GET", path, None, None, status=404)
    async with client_of(live.api.app) as client:
        answer = await client.get("/accounts", headers={"X-Access-Token": made["authToken"]})
        assert answer.status_code == 401


@proves("subuser: email", "subuser: username", "subuser: phone", "subuser: firstName", "subuser: password")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": None}, "email"),
        ({"email": "x"}, "email"),
        ({"username": "two words"}, "username"),
        ({"phone": "call me"}, "phone"),
        ({"firstName": "x" * 201}, "firstName"),
        ({"password": "short"}, "password"),
        ({"password": 7}, "password"),
    ],
)
async def test_a_wrong_field_is_named_and_nobody_is_made(live: Program, fields: dict[str, Any], field: str) -> None:
    before = await live.ask("GET", "/subusers")
    await live.refused("POST", "/subusers", {**SUE, "username": "tim", "email": "tim@example.com", **fields}, field)
    assert await live.ask("GET", "/subusers") == before


async def test_an_email_is_one_persons(live: Program) -> None:
    made = await live.made("/subusers", {"email": "uma@example.com"})
    assert made["username"] == ""
    await live.refused("POST", "/subusers", {"email": "UMA@example.com"}, None, status=409)
    await live.ask("DELETE", f"/subusers/{made['subuserId']}", status=204)


async def test_who_is_no_subuser_is_not_shown_here(live: Program) -> None:
    user = await live.api.database.fetchval("SELECT number FROM users WHERE NOT fenced LIMIT 1")
    if user is not None:
        await live.refused("GET", f"/subusers/{user}", None, None, status=404)
    await live.refused("DELETE", "/subusers/999999", None, None, status=404)
