"""Nobody hears a text that had to be approved and was not; what was approved is known again."""

from __future__ import annotations

from typing import Any

import httpx

from callwright.calls.claims import CallClaims, Owner
from callwright.clock import SystemClock
from callwright.numbers.trunks import NewTrunk, Trunks
from support.api import ApiUnderTest

OWNER = Owner(node="node1", epoch=1)
CALL = {"to": "+12125550101", "message": "Hello {NAME}", "variables": {"NAME": "Ada"}}


async def _wanted(api: ApiUnderTest, **settings: bool) -> None:
    answer = await api.live.patch("/api/v1/approvals/settings", json={"texts": True, **settings})
    assert answer.status_code == 200, answer.text


async def _queue(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/api/v1/approvals?state=pending")).json()["approvals"]
    return found


async def _claimed(api: ApiUnderTest) -> list[str]:
    attempts = await CallClaims(api.database, SystemClock()).claim(OWNER)
    return [attempt.call_id for attempt in attempts]


async def _trunk(api: ApiUnderTest) -> None:
    await api.database.execute("UPDATE organisations SET calling_from = NULL, calling_until = NULL")
    trunk = NewTrunk(name="provider", host="127.0.0.1", calls_per_second=1000)
    await Trunks(api.database, api.services.numbers.trunks._secrets).add(api.organisation.id, trunk)


async def test_nothing_has_to_be_approved_at_first(api: ApiUnderTest) -> None:
    assert (await api.live.get("/api/v1/approvals/settings")).json() == {
        "texts": False,
        "audio": False,
        "second_person": False,
    }
    assert (await api.live.post("/api/v1/calls", json=CALL)).status_code == 201
    assert await _queue(api.live) == []


async def test_a_call_waits_goes_on_and_its_text_is_known_again(api: ApiUnderTest) -> None:
    await _trunk(api)
    await _wanted(api)
    made = (await api.live.post("/api/v1/calls", json=CALL)).json()
    shown = (await api.live.get(f"/api/v1/calls/{made['call_id']}")).json()
    assert (shown["status"], shown["reason"]) == ("queued", "waits for the approval of what it says")
    assert await _claimed(api) == []
    (waiting,) = await _queue(api.live)
    assert (waiting["kind"], waiting["content"]) == ("text", "Hello {NAME}")

    answer = await api.live.post(f"/api/v1/approvals/{waiting['approval_id']}/approve", json={"comment": "fine"})

    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["comments"][0]["comment"]) == ("approved", "fine")
    assert await _claimed(api) == [made["call_id"]]
    again = await api.live.post("/api/v1/calls", json={**CALL, "to": "+12125550102", "message": " Hello  {NAME} "})
    assert await _queue(api.live) == []
    assert await _claimed(api) == [again.json()["call_id"]]


async def test_a_rejected_text_is_not_heard(api: ApiUnderTest) -> None:
    await _trunk(api)
    await _wanted(api)
    made = (await api.live.post("/api/v1/calls", json=CALL)).json()
    (waiting,) = await _queue(api.live)

    answer = await api.live.post(f"/api/v1/approvals/{waiting['approval_id']}/reject")

    assert answer.json()["state"] == "rejected"
    shown = (await api.live.get(f"/api/v1/calls/{made['call_id']}")).json()
    assert (shown["status"], shown["outcome"]) == ("cancelled", "skipped")
    refused = await api.live.post("/api/v1/calls", json=CALL)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "message"
    assert await _claimed(api) == []


async def test_a_call_with_two_texts_waits_for_both(api: ApiUnderTest) -> None:
    await _trunk(api)
    await _wanted(api)
    flow = {"steps": [{"type": "say", "text": "One"}, {"type": "say", "text": "Two"}]}
    made = (await api.live.post("/api/v1/calls", json={"to": CALL["to"], "flow": flow})).json()
    second, first = await _queue(api.live)
    await api.live.post(f"/api/v1/approvals/{first['approval_id']}/approve")
    assert await _claimed(api) == []
    await api.live.post(f"/api/v1/approvals/{second['approval_id']}/approve")
    assert await _claimed(api) == [made["call_id"]]


async def test_a_batch_asks_once(api: ApiUnderTest) -> None:
    await _wanted(api)
    numbers = [f"+121255501{n:02}" for n in range(20)]
    assert (await api.live.post("/api/v1/calls", json={"to": numbers, "message": "Water is off"})).status_code == 201
    assert [approval["content"] for approval in await _queue(api.live)] == ["Water is off"]


async def test_a_text_is_asked_for_before_it_is_used(api: ApiUnderTest) -> None:
    await _wanted(api)
    asked = await api.live.post("/api/v1/approvals", json={"text": "Hello {NAME}"})
    assert asked.status_code == 201
    again = await api.live.post("/api/v1/approvals", json={"text": "Hello  {NAME}"})
    assert again.json()["approval_id"] == asked.json()["approval_id"]
    path = f"/api/v1/approvals/{asked.json()['approval_id']}"
    assert (await api.live.post(f"{path}/comments", json={"comment": "which day?"})).status_code == 201
    assert (await api.live.post(f"{path}/approve")).status_code == 200
    assert (await api.live.post(f"{path}/approve")).status_code == 409
    made = (await api.live.post("/api/v1/calls", json=CALL)).json()
    assert (await api.live.get(f"/api/v1/calls/{made['call_id']}")).json()["reason"] is None


async def test_a_second_person_decides(api: ApiUnderTest) -> None:
    await _wanted(api, second_person=True)
    await api.live.post("/api/v1/calls", json=CALL)
    (waiting,) = await _queue(api.live)
    # the organisation's key is nobody in particular
    refused = await api.live.post(f"/api/v1/approvals/{waiting['approval_id']}/approve")
    assert refused.status_code == 403
    assert len(await _queue(api.live)) == 1


async def test_the_sandbox_waits_for_nobody_and_decides_nothing(api: ApiUnderTest) -> None:
    await _wanted(api)
    made = (await api.sandbox.post("/api/v1/calls", json=CALL)).json()
    assert (await api.sandbox.get(f"/api/v1/calls/{made['call_id']}")).json()["reason"] is None
    await api.live.post("/api/v1/calls", json=CALL)
    (waiting,) = await _queue(api.live)
    refused = await api.sandbox.post(f"/api/v1/approvals/{waiting['approval_id']}/approve")
    assert refused.status_code == 403
    assert (await api.sandbox.patch("/api/v1/approvals/settings", json={"texts": False})).status_code == 403


async def test_what_is_wrong_is_named(api: ApiUnderTest) -> None:
    for path, body, field in (
        ("/api/v1/approvals", {}, "text"),
        ("/api/v1/approvals", {"text": ""}, "text"),
        ("/api/v1/approvals", {"text": "a", "txt": "b"}, "txt"),
    ):
        answer = await api.live.post(path, json=body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == field
    assert (await api.live.post("/api/v1/approvals/apr_unknown0000/approve")).status_code == 404
    assert (await api.live.patch("/api/v1/approvals/settings", json={})).status_code == 400
