"""The document's own request and answers, sent as they are printed there, and the same call by the native API."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.rules.outcomes import Outcome
from support.proofs import proves
from support.robocall import Program, example

pytestmark = pytest.mark.postgres


def shape(value: Any) -> Any:
    """Return the names and types of JSON; of a list that of its first item."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return [shape(inner) for inner in value[:1]] if isinstance(value, list) else type(value).__name__


@proves(
    "request: requestId",
    "request: destinations",
    "request: destinations[].phone",
    "request: destinations[].caller",
    "request: destinations[].properties",
    "request: callFlow.steps[].name",
    "status: requestId",
    "status: status",
    "status: details[].requestId",
    "status: details[].caller",
    "status: details[].destination",
)
async def test_the_example_is_taken_as_printed(program: Program) -> None:
    body = example("call.json")
    answer = await program.sent(body)
    assert (answer["requestId"], answer["status"]) == ("request_10", "submitted")
    assert [(one["requestId"], one["destination"], one["caller"], one["status"]) for one in answer["details"]] == [
        ("request_10", "+84917660247", "+6582674904", "queued"),
        ("request_10", "+84912860330", "+6582674904", "queued"),
    ]
    assert shape(answer["details"][0]["callFlowSteps"]) == shape(
        example("successful_result.json")["details"][0]["callFlowSteps"]
    )
    assert await program.status("request_10") == answer
    assert (await program.client.get("/robocall/v1/status/request_10")).json() == answer

    calls = [
        (await program.api.live.get(f"/api/v1/calls/{one}")).json() for one in await program.call_ids("request_10")
    ]
    assert [(call["to"], call["from"], call["variables"]["name"]) for call in calls] == [
        ("+84917660247", "+6582674904", "Alex"),
        ("+84912860330", "+6582674904", "Alex"),
    ]
    campaign = (await program.api.live.get(f"/api/v1/campaigns/{calls[0]['campaign_id']}")).json()
    assert campaign["name"] == "request_10"
    # the next test calls the same people
    for call in calls:
        await program.api.sandbox.post(f"/api/v1/calls/{call['call_id']}/cancel")


@proves(
    "status: details[].status",
    "status: details[].callFlowSteps[].stepName",
    "status: details[].callFlowSteps[].info.call_state",
    "status: details[].callFlowSteps[].info.call_status",
    "status: details[].callFlowSteps[].info.status",
    "status: details[].callFlowSteps[].info.userPressedDigits",
    "status: details[].callFlowSteps[].info.transfer_status",
    "status: details[].monitorData[].uuid",
    "status: details[].monitorData[].type",
    "status: details[].monitorData[].dest",
)
async def test_the_example_is_carried_out(program: Program) -> None:
    body = {**example("call.json"), "requestId": "request_10 at work"}
    await program.sent(body)
    first, second = await program.call_ids(body["requestId"])
    # presses 1, then nothing that the inner question knows
    await program.exchange.answers(first, "1", None, None, None)
    # presses 0: is connected with extension 1000
    await program.exchange.answers(second, "0", "answered", settle=False)
    shown = await program.status(body["requestId"])
    assert shown["status"] == "onProgress"
    one, two = shown["details"]
    assert [one["status"], two["status"]] == ["completed", "onProgress"]
    assert [
        (step["stepName"], step["info"]["status"], step["info"]["userPressedDigits"]) for step in one["callFlowSteps"]
    ] == [
        ("play", "sucess_ok", ""),
        ("gather", "sucess_ok", "1"),
        ("gather", "error_no_input", ""),
        ("play", "sucess_ok", ""),
    ]
    assert {step["info"]["call_state"] for step in one["callFlowSteps"]} == {"ended"}
    assert two["callFlowSteps"][-1] == {
        "stepName": "transfer",
        "info": {
            "call_state": "ongoing",
            "call_status": "answered",
            "status": "sucess_ok",
            "userPressedDigits": "",
            "transfer_status": "answered",
        },
    }
    attempts = (await program.api.live.get(f"/api/v1/calls/{first}")).json()["attempts"]
    assert one["monitorData"] == [{"uuid": attempts[0]["attempt_id"], "type": "call", "dest": "+84917660247"}]
    assert shape(two) == shape(example("successful_result.json")["details"][0])


@proves("refusal: status", "refusal: message")
async def test_a_bad_result_looks_as_printed(program: Program) -> None:
    answer = await program.client.post("/v1/call", json={})
    assert answer.status_code == 400
    assert shape(answer.json()) == shape(example("bad_result.json"))
    assert answer.json() == {
        "status": "error",
        "message": "requestId: is required; destinations: is required; callFlow: is required",
    }


@proves("status: calls that reached nobody")
@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (Outcome.BUSY, "busy"),
        (Outcome.NO_ANSWER, "no_answer"),
        (Outcome.REJECTED, "rejected"),
        (Outcome.FAILED, "failed"),
        (Outcome.INVALID_NUMBER, "invalid_number"),
    ],
)
async def test_calls_that_reached_nobody(program: Program, outcome: Outcome, word: str) -> None:
    body = program.body([{"name": "play", "message": {"msg": "Hello"}}])
    await program.sent(body)
    (call_id,) = await program.call_ids(body["requestId"])
    await program.exchange.ends(call_id, outcome)
    shown = await program.status(body["requestId"])
    assert (shown["status"], shown["details"][0]["status"]) == ("failed", "failed")
    assert shown["details"][0]["callFlowSteps"] == [
        {
            "stepName": "play",
            "info": {
                "call_state": "ended",
                "call_status": word,
                "status": "",
                "userPressedDigits": "",
                "transfer_status": "",
            },
        }
    ]


@proves(
    "status: status",
    "status: details[].status",
    "status: details[].callFlowSteps[].info.call_state",
    "status: details[].callFlowSteps[].info.call_status",
)
async def test_a_call_waits_rings_is_answered_and_ends(program: Program) -> None:
    body = program.body([{"name": "gather", "message": {"msg": "Key?"}, "branches": [{"digit": "1"}]}])

    async def states() -> list[str]:
        shown = await program.status(body["requestId"])
        detail = shown["details"][0]
        (step,) = detail["callFlowSteps"]
        info = step["info"]
        return [shown["status"], detail["status"], info["call_state"], info["call_status"], info["status"]]

    await program.sent(body)
    assert await states() == ["submitted", "queued", "queued", "", ""]
    (call_id,) = await program.call_ids(body["requestId"])
    attempt = await program.exchange.dial(call_id)
    assert await states() == ["onProgress", "onProgress", "ringing", "", ""]
    await program.exchange.ledger.ringing(attempt.id)
    assert await states() == ["onProgress", "onProgress", "ringing", "", ""]
    await program.exchange.talk(attempt, settle=False)
    assert await states() == ["onProgress", "onProgress", "ongoing", "answered", ""]
    detail = await program.talk(body["callFlow"]["steps"], "1")
    info = detail["callFlowSteps"][0]["info"]
    assert [detail["status"], info["call_state"], info["call_status"]] == ["completed", "ended", "answered"]


@proves("status: cancelled calls")
async def test_a_call_that_is_cancelled_by_the_native_api(program: Program) -> None:
    body = program.body([{"name": "play", "message": {"msg": "Hello"}}])
    await program.sent(body)
    (call_id,) = await program.call_ids(body["requestId"])
    assert (await program.api.sandbox.post(f"/api/v1/calls/{call_id}/cancel")).status_code == 200
    shown = await program.status(body["requestId"])
    assert (shown["status"], shown["details"][0]["status"]) == ("cancelled", "cancelled")
    assert shown["details"][0]["callFlowSteps"][0]["info"]["call_status"] == "cancelled"
