"""A SIP telephone of anybody's registers with the lab and is called."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path

import pytest

from callwright.telephony.simulator import Callee, Press
from support.appliance import RunningAppliance, ended
from support.sipp import Sipp, free_ports

SCENARIO = Path(__file__).parents[1] / "support" / "sipp" / "register.xml"


def register(server: str, user: str, password: str, port: int, *, media_port: int) -> str:
    """Register a softphone of this port; returns what sipp said where the server did not accept it, else nothing."""
    arguments = ["sipp", server, "-sf", str(SCENARIO), "-i", "127.0.0.1", "-p", str(port), "-m", "1", "-nostdin"]
    arguments += ["-mp", str(media_port), "-key", "user", user, "-au", user, "-ap", password]
    arguments += ["-timeout", "8s", "-timeout_error"]
    done = subprocess.run(arguments, capture_output=True, timeout=20, check=False)
    return "" if done.returncode == 0 else f"{done.returncode}: {(done.stdout + done.stderr).decode()[-2000:]}"


@pytest.mark.together
@pytest.mark.sipp
async def test_a_softphone_registers_and_is_called(running: RunningAppliance, evidence: Path) -> None:
    shown = running.cli("lab", "softphone", "add", "1007")
    password = re.search(r"password: (\S+)", shown)
    server = re.search(r"server: +(\S+)", shown)
    assert password
    assert server
    port = free_ports(4)
    said = "never asked"
    try:
        # how long it may take is not what is tested: two appliances share the machine
        async with asyncio.timeout(60):
            # a running serve takes the account up within seconds
            while said := await asyncio.to_thread(register, server[1], "1007", password[1], port, media_port=port + 2):
                await asyncio.sleep(0.5)
    except TimeoutError:
        pytest.fail(f"the softphone could not register: {said}")
    other = free_ports(4)
    assert await asyncio.to_thread(register, server[1], "1007", "wrong", other, media_port=other + 2)

    phone = Sipp(evidence / "sipp", Callee(presses=(Press(digits="1", after=1.0),)), port=port, rtp_port=free_ports(2))
    phone.start()
    try:
        key = running.key(running.organisation("Softphone School"), "--sandbox")
        async with running.client(key) as client:
            answer = await client.post(
                "/api/v1/calls",
                json={
                    "to": "+15550101007",
                    "from": "+15550109999",
                    "message": "Press 1.",
                    "dtmf": {"1": {"action": "say", "text": "Thank you."}},
                },
            )
            call = await ended(client, answer.json()["call_id"])
            assert (call["outcome"], call["dtmf_response"]) == ("answered", "1")
            assert len(phone.invites()) == 1
    finally:
        phone.stop()
    assert "1007" in running.cli("lab", "softphone", "list")
    running.cli("lab", "softphone", "remove", "1007")
    assert "1007" not in running.cli("lab", "softphone", "list")
