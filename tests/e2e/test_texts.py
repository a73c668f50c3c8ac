"""Texts through the whole appliance: the lab's telephones, and a provider made of Twilio's OpenAPI document."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from callwright.messages.gateways.proofs import twilio_signature
from support.appliance import RunningAppliance
from support.gateway_server import ACCOUNT, peer_gateway

OURS, THEIRS = "+12125550100", "+12125550123"


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.1)


async def _status(client: httpx.AsyncClient, message_id: str) -> str:
    status: str = (await client.get(f"/api/v1/sms/{message_id}")).json()["status"]
    return status


@pytest.mark.together
async def test_the_labs_telephones_answer(running: RunningAppliance) -> None:
    key = running.key(running.organisation("Texts"), "--sandbox")
    async with running.client(key) as client:
        to = {"yes": "+12125550051", "stop": "+12125550059"}
        sent = await client.post("/api/v1/sms", json={"to": list(to.values()), "message": "Will you come?"})
        assert sent.status_code == 201, sent.text

        async def conversations() -> dict[str, Any]:
            listed = (await client.get("/api/v1/conversations")).json()["conversations"]
            return {each["to"]: each for each in listed}

        async def answered() -> bool:
            return len(await conversations()) == 2

        await until(answered)
        found = await conversations()
        assert found[to["yes"]]["unread"] == 1
        path = f"/api/v1/conversations/{found[to['stop']]['conversation_id']}/messages"

        async def confirmed() -> bool:
            texts = (await client.get(path)).json()["messages"]
            return len(texts) == 3 and texts[0]["status"] == "delivered"

        await until(confirmed)
        texts = (await client.get(path)).json()["messages"]
        assert [text["direction"] for text in texts] == ["outbound", "inbound", "outbound"]
        assert texts[0]["text"].startswith("Texts: you are unsubscribed")
        entries = (await client.get("/api/v1/suppressions")).json()["suppressions"]
        assert [(entry["to"], entry["source"]) for entry in entries] == [(to["stop"], "sms")]


@pytest.mark.together
async def test_a_provider_takes_texts_and_calls_back(running: RunningAppliance, evidence: Path) -> None:
    async with peer_gateway() as peer:
        organisation = running.organisation("Provider")
        options = evidence / "options.json"
        options.write_text(json.dumps({"preset": "twilio", "values": {"account": ACCOUNT, "base": peer.url}}))
        arguments = ["--org", organisation, "--options-file", str(options)]
        running.cli("routes", "add", "http", "provider", *arguments, "--secrets", json.dumps({"token": peer.token}))
        running.cli("senders", "add", OURS, "--org", organisation)
        path = "/gateways/" + running.cli("routes", "address", "provider", "--org", organisation).split("/gateways/")[1]
        path = path.split()[0]
        async with running.client(running.key(organisation, "--live", "--purpose", "emergency")) as client:

            async def calls_back(**fields: str) -> None:
                body = urlencode(fields).encode()
                signature = twilio_signature(peer.token, f"{running.url}{path}", body)
                headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
                answer = await client.post(path, content=body, headers=headers)
                assert answer.status_code == 200, answer.text

            sent = (await client.post("/api/v1/sms", json={"to": THEIRS, "message": "Hello"})).json()

            async def is_sent() -> bool:
                return await _status(client, sent["message_id"]) == "sent"

            await until(is_sent)
            parts = (await client.get(f"/api/v1/sms/{sent['message_id']}")).json()["provider_parts"]
            await calls_back(MessageSid=parts[0]["provider_id"], MessageStatus="delivered")
            assert await _status(client, sent["message_id"]) == "delivered"
            received = {"MessageSid": "SM" + "0" * 32, "SmsStatus": "received", "From": THEIRS, "To": OURS}
            await calls_back(**received, Body="HELP")
            # its answer leaves by the same provider
            await peer.wait_for("request", 2)
        assert peer.of("invalid") == []
        assert [request["To"] for request in peer.of("request")] == [THEIRS, THEIRS]
        assert "reply STOP" in peer.of("request")[1]["Body"]
