"""What a number does with calls that come in, over the API."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres


async def number_of(api: ApiUnderTest) -> dict[str, Any]:
    found: dict[str, Any] = (await api.live.get("/api/v1/numbers")).json()["numbers"][0]
    return found


async def test_a_new_number_answers_with_the_call_back_flow(api: ApiUnderTest) -> None:
    number = await number_of(api)
    assert number["inbound_enabled"] is True
    assert [number[name] for name in ("inbound_flow", "forward_to", "inbound_webhook_url")] == [None] * 3
    assert number["inbound_webhook_events"] == []
    assert (await api.live.get(f"/api/v1/numbers/{number['number_id']}")).json() == number


async def test_fields_are_changed_one_by_one_and_taken_away(api: ApiUnderTest) -> None:
    path = f"/api/v1/numbers/{(await number_of(api))['number_id']}"
    flow = {"steps": [{"type": "say", "text": "We moved, {from}."}]}
    for given, kept in (
        ({"inbound_flow": flow}, {"inbound_flow": flow}),
        ({"forward_to": "(212) 555-0177"}, {"forward_to": "+12125550177", "inbound_flow": flow}),
        ({"forward_to": "Ext:1000"}, {"forward_to": "Ext:1000"}),
        ({"inbound_enabled": False, "inbound_flow": None}, {"inbound_enabled": False, "inbound_flow": None}),
        (
            {"inbound_webhook_url": "https://example.com/in", "inbound_webhook_events": ["call.received"]},
            {"inbound_webhook_url": "https://example.com/in", "inbound_webhook_events": ["call.received"]},
        ),
        ({"forward_to": None, "inbound_enabled": True}, {"forward_to": None, "inbound_enabled": True}),
    ):
        answer = await api.live.patch(path, json=given)
        assert answer.status_code == 200, answer.text
        assert answer.json().items() >= kept.items()
        assert (await api.live.get(path)).json() == answer.json()
    changes = await api.database.fetch("SELECT action, before, after FROM audit_log WHERE action = 'number.changed'")
    assert len(changes) == 6
    assert changes[1]["after"] == {"forward_to": "+12125550177"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"inbound_enabled": None}, "inbound_enabled"),
        ({"inbound_enabled": "yes"}, "inbound_enabled"),
        ({"inbound_flow": []}, "inbound_flow"),
        ({"inbound_flow": {"steps": []}}, "inbound_flow.steps"),
        ({"inbound_flow": {"steps": [{"type": "sing"}]}}, "inbound_flow.steps[0].type"),
        ({"inbound_flow": {"steps": [{"type": "say", "text": "Hi {NAME}"}]}}, "inbound_flow.steps[0].text"),
        ({"inbound_flow": {"steps": [{"type": "say", "text": "Hi", "voice": "x"}]}}, "inbound_flow.steps[0].voice"),
        ({"inbound_flow": {"steps": [{"type": "play", "audio": "aud_1"}]}}, "inbound_flow.steps[0].audio"),
        (
            {"inbound_flow": {"steps": [{"type": "webhook", "url": "http://127.0.0.1/"}]}},
            "inbound_flow.steps[0].url",
        ),
        ({"forward_to": "12"}, "forward_to"),
        ({"forward_to": "911"}, "forward_to"),
        ({"forward_to": "Ext:1"}, "forward_to"),
        ({"forward_to": 12125550177}, "forward_to"),
        ({"inbound_webhook_url": "ftp://x"}, "inbound_webhook_url"),
        ({"inbound_webhook_url": "http://127.0.0.1/"}, "inbound_webhook_url"),
        ({"inbound_webhook_events": ["call.eaten"]}, "inbound_webhook_events[0]"),
        ({"inbound_flows": None}, "inbound_flows"),
    ],
)
async def test_what_is_wrong_is_named_and_changes_nothing(api: ApiUnderTest, body: dict[str, Any], field: str) -> None:
    before = await number_of(api)
    answer = await api.live.patch(f"/api/v1/numbers/{before['number_id']}", json=body)
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await number_of(api) == before


async def test_only_a_live_key_of_the_same_organisation_changes_it(api: ApiUnderTest) -> None:
    path = f"/api/v1/numbers/{(await number_of(api))['number_id']}"
    body = {"inbound_enabled": False}
    assert (await api.sandbox.patch(path, json=body)).status_code == 403
    assert (await api.nobody.patch(path, json=body)).status_code == 401
    assert (await api.live.patch("/api/v1/numbers/num_nobody", json=body)).status_code == 404
    other = await api.services.accounts.create_organisation("Other")
    theirs = await api.services.numbers.add_number(other.id, "+12125550188", verified_by="operator")
    assert (await api.live.patch(f"/api/v1/numbers/{theirs.id}", json=body)).status_code == 404
    assert (await api.live.get(f"/api/v1/numbers/{theirs.id}")).status_code == 404
    assert (await number_of(api))["inbound_enabled"] is True


async def test_the_list_of_calls_takes_a_direction(api: ApiUnderTest) -> None:
    body = {"to": "+12125550123", "from": "+18005550199", "message": "Hello"}
    call = (await api.live.post("/api/v1/calls", json=body)).json()
    found = (await api.live.get("/api/v1/calls?direction=outbound")).json()["calls"]
    assert [(one["call_id"], one["direction"]) for one in found] == [(call["call_id"], "outbound")]
    assert (await api.live.get("/api/v1/calls?direction=inbound")).json()["calls"] == []
    answer = await api.live.get("/api/v1/calls?direction=sideways")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["direction"]


async def test_what_people_hear_who_call_back_is_the_account_s(api: ApiUnderTest) -> None:
    shown = (await api.live.get("/api/v1/account")).json()["organisation"]
    assert (shown["spoken_name"], shown["callback_days"]) == (None, 30)
    body = {"spoken_name": "the dentist in Elm Street", "callback_days": 7}
    changed = await api.live.patch("/api/v1/account", json=body)
    assert changed.status_code == 200, changed.text
    assert changed.json()["organisation"].items() >= body.items()
    for wrong, field in (
        ({"callback_days": 366}, "callback_days"),
        ({"callback_days": "7"}, "callback_days"),
        ({"spoken_name": "  "}, "spoken_name"),
        ({"spoken_name": "x" * 201}, "spoken_name"),
    ):
        answer = await api.live.patch("/api/v1/account", json=wrong)
        assert answer.status_code == 400, answer.text
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await api.live.get("/api/v1/account")).json()["organisation"].items() >= body.items()
