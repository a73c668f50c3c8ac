"""A program written for Robo call, on the whole appliance: keys lead on, a transfer rings, the status tells."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest

from support.appliance import RunningAppliance

_SECONDS = 150


async def ended(client: httpx.AsyncClient, request_id: str) -> dict[str, Any]:
    """Poll until every call of a request is over."""
    async with asyncio.timeout(_SECONDS):
        while True:
            answer = await client.get(f"/v1/status/{request_id}")
            assert answer.status_code == 200, answer.text
            shown: dict[str, Any] = answer.json()
            if shown["status"] not in ("submitted", "onProgress"):
                return shown
            await asyncio.sleep(0.5)


@pytest.mark.together
@pytest.mark.timeout(300)
async def test_a_request_is_carried_out(running: RunningAppliance) -> None:
    organisation = running.organisation("Bill reminders")
    made = running.cli("keys", "create", "bills", "--org", organisation, "--test", "--dialect", "robocall")
    found = re.search(r"^x-credential-api-key: (\S+)$", made, re.MULTILINE)
    assert found, made
    steps = [
        {"name": "play", "message": {"msg": "Dear {{name}}.", "lang": "en", "gender": "female"}},
        {
            "name": "gather",
            "message": {"msg": "Press 1 to hear more, press 2 to be connected."},
            "maxRetries": 1,
            "branches": [
                {"digit": "1", "callFlow": {"steps": [{"name": "play", "message": {"msg": "More."}}]}},
                {"digit": "2", "callFlow": {"steps": [{"name": "transfer", "destination": "+15550180032"}]}},
            ],
        },
    ]
    people = [("+15550180011", "Ann"), ("+15550180012", "Bob"), ("+15550180081", "Eve"), ("+15550180001", "Kim")]
    body = {
        "requestId": "bills of May",
        "destinations": [
            {"phone": phone, "caller": "+6582674904", "properties": {"name": name}} for phone, name in people
        ],
        "callFlow": {"steps": steps},
    }
    async with httpx.AsyncClient(base_url=running.url, trust_env=False, timeout=20) as client:
        client.headers["x-credential-api-key"] = found[1]
        answer = await client.post("/v1/call", json=body)
        assert answer.status_code == 200, answer.text
        shown = await ended(client, "bills of May")
    assert shown["status"] == "completed"
    ann, bob, eve, kim = shown["details"]
    ran = [
        [(step["stepName"], step["info"]["status"]) for step in detail["callFlowSteps"]] for detail in (ann, bob, kim)
    ]
    assert ran == [
        [("play", "sucess_ok"), ("gather", "sucess_ok"), ("play", "sucess_ok")],
        [("play", "sucess_ok"), ("gather", "sucess_ok"), ("transfer", "sucess_ok")],
        [("play", "sucess_ok"), ("gather", "error_no_input")],
    ]
    assert ann["callFlowSteps"][1]["info"]["userPressedDigits"] == "1"
    assert bob["callFlowSteps"][2]["info"]["transfer_status"] == "answered"
    assert [(leg["type"], leg["dest"]) for leg in bob["monitorData"]] == [
        ("call", "+15550180012"),
        ("transfer", "+15550180032"),
    ]
    assert (eve["status"], eve["callFlowSteps"][0]["info"]["call_status"]) == ("failed", "busy")
