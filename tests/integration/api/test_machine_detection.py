"""The option ``machine_detection`` of calls: compiled to the flow, refused by name, and what came of it shown."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

CALL: dict[str, Any] = {"to": "+12125550100", "message": "Hello"}


@pytest.mark.parametrize(
    ("option", "on_machine"),
    [
        (None, {"action": "off", "start": None, "speak": "after_greeting"}),
        ("off", {"action": "off", "start": None, "speak": "after_greeting"}),
        ("hangup", {"action": "hangup", "start": None, "speak": "after_greeting"}),
        ({"mode": "same", "speak": "at_once"}, {"action": "same", "start": None, "speak": "at_once"}),
        ({"mode": "leave", "message": "Bye"}, {"action": "leave", "start": "s2", "speak": "after_greeting"}),
    ],
)
async def test_it_becomes_part_of_the_flow(api: ApiUnderTest, option: Any, on_machine: dict[str, Any]) -> None:
    answer = await api.live.post("/api/v1/calls", json={**CALL, "machine_detection": option})
    assert answer.status_code == 201, answer.text
    found = await api.database.fetchval(
        "SELECT f.body FROM flows f JOIN calls c ON c.flow_id = f.id WHERE c.id = $1", answer.json()["call_id"]
    )
    assert {**found["on_machine"], "start": found["on_machine"]["start"] and "s2"} == on_machine


async def test_each_call_of_a_batch_may_have_its_own(api: ApiUnderTest) -> None:
    calls = [{"to": "+12125550100"}, {"to": "+12125550101", "machine_detection": "off"}]
    answer = await api.live.post(
        "/api/v1/calls", json={"message": "Hello", "machine_detection": "hangup", "calls": calls}
    )
    assert answer.status_code == 201, answer.text
    rows = await api.database.fetch("SELECT f.body FROM flows f JOIN calls c ON c.flow_id = f.id ORDER BY c.to_number")
    assert [row["body"]["on_machine"]["action"] for row in rows] == ["hangup", "off"]


async def test_both_texts_are_shown_before_anybody_is_called(api: ApiUnderTest) -> None:
    option = {"mode": "machine_only", "person_message": "This is {WHO}."}
    wanted = {**CALL, "machine_detection": option, "variables": {"WHO": "the library"}, "dry_run": True}
    answer = await api.live.post("/api/v1/calls", json=wanted)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()["calls"][0]["preview"].splitlines()) == {"Hello", "This is the library."}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"machine_detection": "leave"}, "machine_detection"),
        ({"machine_detection": "sing"}, "machine_detection"),
        ({"machine_detection": 1}, "machine_detection"),
        ({"machine_detection": {}}, "machine_detection.mode"),
        ({"machine_detection": {"mode": "sing"}}, "machine_detection.mode"),
        ({"machine_detection": {"mode": "leave"}}, "machine_detection.message"),
        ({"machine_detection": {"mode": "hangup", "message": "Hi"}}, "machine_detection.message"),
        ({"machine_detection": {"mode": "machine_only"}}, "machine_detection.person_message"),
        ({"machine_detection": {"mode": "same", "speak": "never"}}, "machine_detection.speak"),
        ({"machine_detection": {"mode": "same", "beeps": 2}}, "machine_detection.beeps"),
        ({"machine_detection": {"mode": "leave", "message": "Hello {WHO}"}}, "machine_detection.message"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(api: ApiUnderTest, fields: dict[str, Any], field: str) -> None:
    answer = await api.live.post("/api/v1/calls", json={**CALL, **fields})
    assert answer.status_code == 400, answer.text
    assert {error["field"] for error in answer.json()["errors"]} == {field}
    assert await api.database.fetchval("SELECT count(*) FROM calls") == 0


async def test_beside_a_flow_it_stands_inside_the_flow(api: ApiUnderTest) -> None:
    flow = {"steps": [{"type": "say", "text": "Hello"}]}
    answer = await api.live.post(
        "/api/v1/calls", json={"to": "+12125550100", "flow": flow, "machine_detection": "hangup"}
    )
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], "on_machine" in error["message"]) == ("machine_detection", True)
