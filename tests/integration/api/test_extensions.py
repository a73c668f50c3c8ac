"""``/extensions``, and calls to ``Ext:1000``."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres
PATH = "/api/v1/extensions"


async def test_an_extension_is_made_once_and_its_password_shown_once(api: ApiUnderTest) -> None:
    made = await api.live.post(PATH, json={"extension": "1000", "name": "Front desk"})
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["to"], body["server"], body["port"]) == ("Ext:1000", "127.0.0.1", 5060)
    listed = await api.live.get(PATH)
    assert [extension["extension_id"] for extension in listed.json()["extensions"]] == [body["extension_id"]]
    assert body["password"] not in listed.text
    again = await api.live.post(PATH, json={"extension": "1000"})
    assert again.status_code == 409
    assert (await api.sandbox.post(PATH, json={"extension": "1001"})).status_code == 403
    assert (await api.sandbox.delete(f"{PATH}/{body['extension_id']}")).status_code == 403
    assert (await api.live.delete(f"{PATH}/{body['extension_id']}")).status_code == 204
    assert (await api.live.delete(f"{PATH}/{body['extension_id']}")).status_code == 404
    assert (await api.live.get(PATH)).json()["extensions"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "extension"),
        ({"extension": "1"}, "extension"),
        ({"extension": 1000}, "extension"),
        ({"extension": "1234567"}, "extension"),
        ({"extension": "1000", "name": ""}, "name"),
        ({"extension": "1000", "name": 'a"b'}, "name"),
        ({"extension": "1000", "password": "mine"}, "password"),
    ],
)
async def test_wrong_extensions_are_refused(api: ApiUnderTest, body: dict[str, Any], field: str) -> None:
    answer = await api.live.post(PATH, json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await api.database.fetchval("SELECT count(*) FROM extensions") == 0


async def test_a_call_to_an_extension(api: ApiUnderTest) -> None:
    await api.live.post(PATH, json={"extension": "1000"})
    made = await api.live.post("/api/v1/calls", json={"to": "ext:1000", "message": "x"})
    assert made.status_code == 201, made.text
    shown = (await api.live.get(f"/api/v1/calls/{made.json()['call_id']}")).json()
    assert shown["to"] == "Ext:1000"
    found = await api.live.get("/api/v1/calls", params={"to": "Ext:1000"})
    assert [call["call_id"] for call in found.json()["calls"]] == [made.json()["call_id"]]
    dry = await api.live.post("/api/v1/calls", json={"to": ["Ext:1000"], "message": "x", "dry_run": True})
    assert dry.json()["calls"][0]["warnings"] == []


async def test_an_unknown_extension_names_to(api: ApiUnderTest) -> None:
    stranger = await api.services.accounts.create_organisation("Stranger")
    await api.services.extensions.add(stranger.id, "1000")
    for body, field in (
        ({"to": "Ext:1000"}, "to"),
        ({"to": ["+12125550100", "Ext:1000"]}, "to[1]"),
        ({"calls": [{"to": "Ext:1000"}]}, "calls[0].to"),
        ({"to": "Ext:1"}, "to"),
    ):
        answer = await api.live.post("/api/v1/calls", json={**body, "message": "x"})
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await api.database.fetchval("SELECT count(*) FROM calls") == 0


async def test_a_transfer_to_an_extension_and_from_a_verified_number(api: ApiUnderTest) -> None:
    await api.live.post(PATH, json={"extension": "1000"})
    step = {"type": "transfer", "to": "Ext:1000", "caller_id": "+18005550199"}
    good = await api.live.post("/api/v1/calls", json={"to": "+12125550100", "flow": {"steps": [step]}})
    assert good.status_code == 201, good.text
    for changed, field in (({"to": "Ext:1001"}, "to"), ({"caller_id": "+12125550199"}, "caller_id")):
        body = {"to": "+12125550100", "flow": {"steps": [{**step, **changed}]}}
        answer = await api.live.post("/api/v1/calls", json=body)
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == [f"flow.steps[0].{field}"]
