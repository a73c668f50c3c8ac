"""A program posts a call, a telephone rings, hears a personal message, presses a key; the program learns of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import httpx
import pytest

from callwright.speech.files import measure
from support.appliance import Receiver, RunningAppliance, ended, followed, receiver, until
from support.transcript import transcribe

MESSAGE = {
    "from": "+18005550199",
    "message": "Hello {FIRST_NAME}, this is a reminder about your appointment on {APPT_DATE} at {APPT_TIME}. "
    "Press 1 to confirm or 2 to reschedule.",
    "voice": "en-US-Neural-F",
    "variables": {"FIRST_NAME": "Sarah", "APPT_DATE": "Tuesday, April 15th", "APPT_TIME": "3:15 PM"},
}


def guide_call(to: str, hooks: Receiver) -> dict[str, object]:
    """The guide's example, with our addresses."""
    return {
        "to": to,
        **MESSAGE,
        "dtmf": {
            "1": {"action": "webhook", "url": f"{hooks.url}/confirm"},
            "2": {"action": "webhook", "url": f"{hooks.url}/reschedule"},
            "9": {"action": "optout"},
        },
        "webhook_url": f"{hooks.url}/call-status",
    }


@pytest.fixture(scope="module")
def organisation(running: RunningAppliance) -> str:
    return running.organisation("First Call Clinic")


@pytest.fixture(scope="module")
def key(running: RunningAppliance, organisation: str) -> str:
    return running.key(organisation, "--sandbox")


async def secret_of(client: httpx.AsyncClient) -> str:
    answer = await client.get("/api/v1/account/webhook-secret")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["webhook_secret"])


@pytest.mark.together
async def test_the_guides_call(running: RunningAppliance, key: str, evidence: Path) -> None:
    async with running.client(key) as client, receiver() as hooks:
        hooks.secret = await secret_of(client)
        to = "+15550200011"
        answer = await client.post("/api/v1/calls", json=guide_call(to, hooks))
        assert answer.status_code == 201, answer.text
        posted = answer.json()
        assert posted["status"] == "queued"
        assert posted["to"] == to
        assert posted["voice"]["asked"] == "en-US-Neural-F"
        assert posted["voice"]["language"] == "en-US"

        call = await ended(client, posted["call_id"])
        await until(lambda: len(hooks.of(posted["call_id"])) >= 2)

        assert (call["status"], call["outcome"], call["dtmf_response"]) == ("answered", "answered", "1")
        # the key press and the end are told, both signed, each once; between two addresses there is no order
        received = {item["path"]: item for item in hooks.received}
        assert sorted((i["path"], i["body"]["event"], i["signed"]) for i in hooks.received) == [
            ("/call-status", "call.completed", True),
            ("/confirm", "call.dtmf", True),
        ]
        final = received["/call-status"]["body"]
        assert set(final) >= {
            "event", "call_id", "to", "status", "duration_seconds", "dtmf_response", "amd_result", "timestamp",
        }  # fmt: skip
        assert (final["status"], final["dtmf_response"], final["to"]) == ("answered", "1", to)
        assert received["/confirm"]["body"]["variables"] == MESSAGE["variables"]

        types = await followed(client, posted["call_id"])
        milestones = ["call.queued", "call.dialing", "call.answered", "call.dtmf", "call.completed"]
        assert [type_ for type_ in types if type_ in milestones] == milestones

        (heard,) = running.heard(to)
        # two seconds pass before the key; the message breaks off there
        measured = measure(heard)
        assert 1.5 < measured.seconds < 15
        assert measured.rms_dbfs > -40
        shutil.copy(heard, evidence / "heard.wav")
        (evidence / "webhooks.json").write_text(json.dumps(hooks.received, indent=1))
        (evidence / "call.json").write_text(json.dumps(call, indent=1))


@pytest.mark.together
async def test_the_whole_message_is_heard(running: RunningAppliance, key: str, evidence: Path) -> None:
    async with running.client(key) as client:
        to = "+15550210002"
        posted = (await client.post("/api/v1/calls", json={"to": to, **MESSAGE})).json()
        call = await ended(client, posted["call_id"])
        assert call["outcome"] == "answered"
        (heard,) = running.heard(to)
        shutil.copy(heard, evidence / "heard.wav")
        assert measure(heard).seconds > 6
        text = transcribe(heard)
        if text is not None:
            (evidence / "transcript.txt").write_text(text)
            assert "reminder" in text.lower()
            assert "appointment" in text.lower()
            assert "april" in text.lower()


@pytest.mark.together
async def test_pressing_9_means_never_again(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client, receiver() as hooks:
        hooks.secret = await secret_of(client)
        to = "+15550200019"
        posted = (await client.post("/api/v1/calls", json=guide_call(to, hooks))).json()
        await ended(client, posted["call_id"])
        await until(lambda: len(hooks.of(posted["call_id"])) >= 2)
        assert [body["event"] for body in hooks.of(posted["call_id"])] == ["contact.optout", "call.completed"]

        again = (await client.post("/api/v1/calls", json=guide_call(to, hooks))).json()
        call = await ended(client, again["call_id"])
        assert (call["status"], call["outcome"]) == ("cancelled", "skipped")
        assert "key 9" in call["reason"]
        assert len(running.heard(to)) == 1


@pytest.mark.together
async def test_a_webhook_that_fails_is_tried_again_in_order(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client, receiver() as hooks:
        hooks.secret = await secret_of(client)
        hooks.answers = [500]
        body = guide_call("+15550220083", hooks)
        posted = (await client.post("/api/v1/calls", json={**body, "webhook_events": ["call.dialing"]})).json()
        await until(lambda: len(hooks.of(posted["call_id"])) >= 3, within=30)
        assert [b["event"] for b in hooks.of(posted["call_id"])] == ["call.dialing", "call.dialing", "call.failed"]
        ids = [item["headers"]["webhook-id"] for item in hooks.received]
        assert ids[0] == ids[1] != ids[2]


async def test_a_repeated_post_with_the_same_idempotency_key_is_one_call(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client:
        body = {"to": "+15550230081", "from": "+18005550199", "message": "Hello"}
        headers = {"Idempotency-Key": "order-7"}
        first = await client.post("/api/v1/calls", json=body, headers=headers)
        second = await client.post("/api/v1/calls", json=body, headers=headers)
        assert first.status_code == second.status_code == 201
        assert first.json() == second.json()
        other = await client.post("/api/v1/calls", json={**body, "message": "Other"}, headers=headers)
        assert other.status_code == 409


async def test_the_audit_finds_nothing(running: RunningAppliance, evidence: Path) -> None:
    (evidence / "audit.txt").write_text(running.cli("audit"))
