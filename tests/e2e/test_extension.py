"""A softphone registers with the product's own engine, is called as ``Ext:1000`` and presses a key."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from callwright.telephony.simulator import Callee, Press
from support.appliance import RunningAppliance, ended, followed
from support.sipp import Sipp, free_ports
from support.softphone import Softphone


def _account(running: RunningAppliance, extension: str, organisation: str) -> tuple[int, str, str]:
    shown = running.cli("extensions", "add", extension, "--org", organisation, "--name", "Front desk")
    found = dict(re.findall(r"^ +(port|username|password): +(\S+)$", shown, re.MULTILINE))
    return int(found["port"]), found["username"], found["password"]


async def _registered(server: int, username: str, password: str, port: int) -> None:
    """Register from this port; a running serve takes a new account up within seconds."""
    async with asyncio.timeout(15):
        while True:
            phone = Softphone(server, username, password, port=port)
            try:
                if await asyncio.to_thread(phone.register) == 200:
                    return
            finally:
                phone.close()
            await asyncio.sleep(0.5)


@pytest.mark.together
@pytest.mark.sipp
async def test_an_extension_is_called_and_presses_a_key(running: RunningAppliance, evidence: Path) -> None:
    organisation = running.organisation("Extension School")
    running.cli("numbers", "add", "+12125550100", "--org", organisation)
    server, username, password = _account(running, "1000", organisation)
    port = free_ports(4)
    key = running.key(organisation, "--live", "--purpose", "transactional")
    body = {"to": "Ext:1000", "message": "Press 1.", "dtmf": {"1": {"action": "say", "text": "Thank you."}}}
    async with running.client(key) as client:
        # made a moment ago, and nobody is registered
        answer = await client.post("/api/v1/calls", json=body)
        assert answer.status_code == 201, answer.text
        call = await ended(client, answer.json()["call_id"])
        assert (call["outcome"], call["attempts"][0]["q850_cause"]) == ("no_answer", 20)

        await _registered(server, username, password, port)
        phone = Sipp(evidence / "sipp", Callee(presses=(Press(digits="1", after=1.0),)), port=port, rtp_port=port + 2)
        phone.start()
        try:
            answer = await client.post("/api/v1/calls", json=body)
            call = await ended(client, answer.json()["call_id"])
            assert (call["outcome"], call["dtmf_response"], call["to"]) == ("answered", "1", "Ext:1000")
            assert len(phone.invites()) == 1
            seen = await followed(client, call["call_id"])
            assert seen[-1] == "call.completed"
            assert {"call.ringing", "call.answered", "call.dtmf"} <= set(seen)
        finally:
            phone.stop()
        wrong = Softphone(server, username, "wrong-password")
        assert await asyncio.to_thread(wrong.register) in (401, 403)
        wrong.close()
        unknown = await client.post("/api/v1/calls", json={**body, "to": "Ext:1001"})
        assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (400, "to")

    other = running.organisation("Another School")
    running.cli("numbers", "add", "+12125550100", "--org", other)
    async with running.client(running.key(other, "--live")) as client:
        refused = await client.post("/api/v1/calls", json=body)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "to")
    assert "1000" in running.cli("extensions", "list", "--org", organisation)
    running.cli("extensions", "remove", "1000", "--org", organisation)
    assert "1000" not in running.cli("extensions", "list", "--org", organisation)
    assert password not in running.log()
