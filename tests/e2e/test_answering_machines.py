"""Answering machines from end to end: the lab's voicemail, people and fax, and what the API says of them."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from callwright.speech.files import measure
from support.appliance import Receiver, RunningAppliance, ended, receiver, until
from support.transcript import transcribe

OPTION = {"mode": "leave", "message": "This is the city library. Please call us back tomorrow."}


@pytest.fixture(scope="module")
def key(running: RunningAppliance) -> str:
    return running.key(running.organisation("Library"), "--sandbox")


async def call(client: httpx.AsyncClient, to: str, hooks: Receiver | None = None, **fields: Any) -> dict[str, Any]:
    wanted = {"to": to, "from": "+18005550199", "message": "Hello Sarah. Your book has arrived.", **fields}
    if hooks is not None:
        wanted["webhook_url"] = f"{hooks.url}/call"
    answer = await client.post("/api/v1/calls", json=wanted)
    assert answer.status_code == 201, answer.text
    return await ended(client, answer.json()["call_id"])


@pytest.mark.together
async def test_voicemail_gets_its_own_message_and_everybody_is_told(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client, receiver() as hooks:
        hooks.secret = (await client.get("/api/v1/account/webhook-secret")).json()["webhook_secret"]
        to = "+15550200061"
        found = await call(client, to, hooks, machine_detection=OPTION)
        assert (found["status"], found["outcome"], found["amd_result"]) == ("voicemail", "voicemail_left", "machine")
        (attempt,) = found["attempts"]
        assert attempt["machine_detection"]["verdict"] == "machine"
        assert attempt["machine_detection"]["seconds"] > 1
        told = (await client.get(f"/api/v1/calls/{found['call_id']}/events")).json()["events"]
        kinds = [event["body"].get("kind", event["type"]) for event in told]
        assert kinds.index("call.machine_detection") < kinds.index("greeting_ended") < kinds.index("message_left")
        (greeting,) = [event["body"] for event in told if event["body"].get("kind") == "greeting_ended"]
        assert greeting["beep"] is True
        await until(lambda: hooks.of(found["call_id"]))
        (hook,) = [body for body in hooks.of(found["call_id"]) if body["event"] == "call.voicemail"]
        assert hook["amd_result"] == "machine"
        # the whole message was heard by who records, and nothing of the other one
        await until(lambda: running.heard(to))
        assert measure(running.heard(to)[-1]).seconds > 3
        if (text := transcribe(running.heard(to)[-1])) is not None:
            assert "library" in text.casefold()
            assert "tomorrow" in text.casefold()
            assert "sarah" not in text.casefold()


@pytest.mark.together
async def test_a_person_hears_the_message_soon_after_hello(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client:
        to = "+15550200021"
        found = await call(client, to, machine_detection=OPTION)
        assert (found["outcome"], found["amd_result"]) == ("human", "human")
        await until(lambda: running.heard(to))
        assert measure(running.heard(to)[-1]).seconds > 2


@pytest.mark.together
@pytest.mark.parametrize(
    ("to", "outcome", "result"),
    [
        ("+15550210061", "machine", "machine"),
        ("+15550200062", "fax", "fax"),
        ("+15550200041", "answered", "silence"),
    ],
)
async def test_hang_up_on_machines(running: RunningAppliance, key: str, to: str, outcome: str, result: str) -> None:
    async with running.client(key) as client:
        before = len(running.heard(to))
        found = await call(client, to, machine_detection="hangup")
        assert (found["outcome"], found["amd_result"]) == (outcome, result)
        if outcome != "answered":
            for file in running.heard(to)[before:]:
                samples, _ = soundfile.read(file, dtype="int16")
                assert len(samples) == 0 or np.abs(samples).max() < 500
