"""A call is transferred, played by two sipps: both hear each other, the agent is asked, either hangs up, a kill."""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from callwright.settings import default_cache_dir
from callwright.telephony.asterisk.install import find_or_install
from callwright.telephony.simulator import Callee, Press
from support.appliance import RunningAppliance, ended, until
from support.rtp_voice import Voice, speaking
from support.sipp import Sipp, free_ports
from support.softphone import Softphone

CALLER = "+12125550100"
CALLEE, AGENT = "+12125550123", "+13105550142"
CALLEE_TONE, AGENT_TONE = 440.0, 1000.0
_serial = iter(range(1, 1000))


@dataclass(kw_only=True)
class Desk:
    """A callee and an agent, each behind a trunk of its own, and the program that calls."""

    client: httpx.AsyncClient
    organisation: str
    callee: Sipp
    agent: Sipp
    callee_voice: Voice
    agent_voice: Voice

    async def call(self, **step: Any) -> str:
        """Place a call whose flow transfers it."""
        flow = {
            "steps": [
                {
                    "type": "transfer",
                    "to": AGENT,
                    "save_as": "reached",
                    "on_failed": [{"type": "say", "text": "Nobody is free. The line is {reached}."}],
                    "on_ended": [{"type": "say", "text": "Thank you for your call."}],
                    **step,
                }
            ]
        }
        answer = await self.client.post("/api/v1/calls", json={"to": CALLEE, "flow": flow})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["call_id"])

    async def transfer_events(self, call_id: str) -> list[dict[str, Any]]:
        """Return the call's transfer events so far, in order."""
        answer = await self.client.get(f"/api/v1/calls/{call_id}/events")
        assert answer.status_code == 200, answer.text
        return [event for event in answer.json()["events"] if event["type"].startswith("call.transfer_")]

    async def until_event(self, call_id: str, kind: str, *, within: float = 30) -> None:
        """Return when the call has this event."""
        async with asyncio.timeout(within):
            while not any(event["type"] == kind for event in await self.transfer_events(call_id)):
                await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def desk(
    running: RunningAppliance,
    folder: Path,
    *,
    agent: Callee,
    callee: Callee = Callee(rings_for=0.3),  # noqa: B008
) -> AsyncIterator[Desk]:
    serial = next(_serial)
    first = free_ports(10)
    sipps = [
        Sipp(folder / name, behaviour, port=first + at, rtp_port=first + at + 2, info=True)
        for name, behaviour, at in (("callee", callee, 0), ("agent", agent, 4))
    ]
    organisation = running.organisation(f"Desk {serial}")
    for sipp, name, prefix in zip(sipps, ("callee", "agent"), ("+1212", "+1310"), strict=True):
        running.cli(
            "trunks", "add", f"{name}-{serial}", "127.0.0.1", f"prefixes={prefix}", "--org", organisation,
            "--port", str(sipp.port),
        )  # fmt: skip
    running.cli("numbers", "add", CALLER, "--org", organisation)
    key = running.key(organisation, "--live", "--purpose", "emergency")
    async with contextlib.AsyncExitStack() as stack:
        for sipp in sipps:
            sipp.start()
            stack.callback(sipp.stop)
        voices = [
            await stack.enter_async_context(speaking(first + at, frequency))
            for at, frequency in ((2, CALLEE_TONE), (6, AGENT_TONE))
        ]
        client = await stack.enter_async_context(running.client(key))
        yield Desk(
            client=client,
            organisation=organisation,
            callee=sipps[0],
            agent=sipps[1],
            callee_voice=voices[0],
            agent_voice=voices[1],
        )


async def _both_hear(desk: Desk) -> None:
    await asyncio.gather(desk.callee_voice.hears(AGENT_TONE), desk.agent_voice.hears(CALLEE_TONE))


async def _limits(desk: Desk) -> int:
    account = (await desk.client.get("/api/v1/account")).json()
    return int(account["limits"]["concurrent_calls"]["used"])


def _channels(running: RunningAppliance) -> int:
    """Return how many channels the running engine has."""
    binary = find_or_install(default_cache_dir()).binary
    conf = running.data_dir / "engine" / "etc" / "asterisk.conf"
    shown = subprocess.run(
        [str(binary), "-C", str(conf), "-rx", "core show channels count"],
        capture_output=True, text=True, timeout=20, check=True,
    ).stdout  # fmt: skip
    found = re.search(r"^(\d+) active channel", shown, re.MULTILINE)
    assert found, shown
    return int(found[1])


@pytest.mark.together
@pytest.mark.sipp
async def test_both_hear_each_other_until_the_agent_hangs_up(running: RunningAppliance, evidence: Path) -> None:
    async with desk(running, evidence, agent=Callee(rings_for=2.0, hangs_up_after=8.0)) as at:
        call_id = await at.call()
        await at.until_event(call_id, "call.transfer_started")
        # it rings on the other side, and the callee hears so
        await until(at.callee_voice.hears_anything)
        assert not at.agent_voice.heard
        await _both_hear(at)
        assert await _limits(at) == 2
        call = await ended(at.client, call_id)
        assert call["outcome"] == "answered"
        seen = await at.transfer_events(call_id)
        assert [event["type"] for event in seen] == [
            "call.transfer_started",
            "call.transfer_answered",
            "call.transfer_ended",
        ]
        assert seen[0]["body"]["destination"] == AGENT
        assert seen[2]["body"]["seconds"] > 3
        (invite,) = at.agent.invites()
        assert CALLER in invite.from_header
        assert await _limits(at) == 0


@pytest.mark.together
@pytest.mark.sipp
async def test_the_agent_is_asked_before(running: RunningAppliance, evidence: Path) -> None:
    agent = Callee(rings_for=0.5, presses=(Press(digits="1", after=4.0),))
    async with desk(running, evidence, agent=agent, callee=Callee(rings_for=0.3, hangs_up_after=14.0)) as at:
        call_id = await at.call(
            whisper=[{"type": "say", "text": "Sarah about the appointment. To take the call press 1."}], accept_key="1"
        )
        await at.until_event(call_id, "call.transfer_answered")
        before = len(at.agent_voice.heard)
        # the whisper was heard, and nothing of the callee
        assert at.agent_voice.hears_anything()
        assert not at.agent_voice.tells(CALLEE_TONE)
        await _both_hear(at)
        assert before > 8000
        # the callee hangs up: so does the agent's line
        call = await ended(at.client, call_id)
        assert call["attempts"][0]["ended_by"] == "callee"
        await until(lambda: any(text.startswith("BYE ") for received, text in at.agent.messages() if received))
        last = (await at.transfer_events(call_id))[-1]
        assert (last["type"], last["body"]["reason"]) == ("call.transfer_ended", "callee_hung_up")
        assert last["body"]["seconds"] > 1
        assert await _limits(at) == 0


@pytest.mark.together
@pytest.mark.sipp
@pytest.mark.parametrize(
    ("agent", "reason", "sip_status"),
    [
        pytest.param(Callee(status=486), "busy", 486, id="busy"),
        pytest.param(Callee(status=None), "no_answer", 480, id="rings out"),
    ],
)
async def test_a_busy_agent_is_a_way_of_the_flow(
    running: RunningAppliance, evidence: Path, agent: Callee, reason: str, sip_status: int
) -> None:
    async with desk(running, evidence, agent=agent) as at:
        call_id = await at.call(ring_timeout_seconds=5)
        call = await ended(at.client, call_id)
        assert call["outcome"] == "answered"
        failed = (await at.transfer_events(call_id))[-1]["body"]
        assert (failed["reason"], failed["sip_status"]) == (reason, sip_status)
        # the way on was spoken
        assert at.callee_voice.hears_anything()
        assert await _limits(at) == 0


@pytest.mark.together
@pytest.mark.sipp
async def test_the_message_goes_on_until_a_softphone_answers(running: RunningAppliance, evidence: Path) -> None:
    """``TransOnAnswer``: the extension's telephone rings while the message is spoken, and shows the callee's number."""
    async with desk(running, evidence, agent=Callee(rings_for=4.0, hangs_up_after=8.0)) as at:
        shown = running.cli("extensions", "add", "1000", "--org", at.organisation)
        found = dict(re.findall(r"^ +(port|username|password): +(\S+)$", shown, re.MULTILINE))
        # the telephone is sipp: it gives its port away for the moment of the registration
        at.agent.stop()
        async with asyncio.timeout(15):
            while not await asyncio.to_thread(_register, found, at.agent.port):
                await asyncio.sleep(0.5)
        at.agent.start()
        call_id = await at.call(
            to="Ext:1000",
            caller_id="callee",
            during_message=True,
            message=[{"type": "say", "text": "The school is closed tomorrow because of the snow. " * 10}],
        )
        await at.until_event(call_id, "call.transfer_started")
        await until(at.callee_voice.hears_anything)
        assert not at.agent_voice.heard
        await _both_hear(at)
        call = await ended(at.client, call_id)
        assert call["outcome"] == "answered"
        assert [event["type"] for event in await at.transfer_events(call_id)][-1] == "call.transfer_ended"
        (invite,) = at.agent.invites()
        assert CALLEE in invite.from_header
        assert await _limits(at) == 0


@pytest.mark.together
@pytest.mark.sipp
async def test_robo_call_rings_a_sip_address_of_a_domain_that_the_operator_opened(
    running: RunningAppliance, evidence: Path
) -> None:
    async with desk(running, evidence, agent=Callee(rings_for=1.0, hangs_up_after=6.0)) as at:
        running.cli(
            "trunks", "add", "pbx-of-the-desk", "127.0.0.1", "prefixes=@pbx.example", "--org", at.organisation,
            "--port", str(at.agent.port),
        )  # fmt: skip
        limits = (await at.client.get("/api/v1/limits")).json()
        assert limits["sip_domains"] == ["pbx.example"]
        made = running.cli(
            "keys", "create", "robo", "--org", at.organisation, "--live", "--purpose", "emergency",
            "--dialect", "robocall",
        )  # fmt: skip
        found = re.search(r"^x-credential-api-key: (\S+)$", made, re.MULTILINE)
        assert found, made
        body = {
            "requestId": "to the desk",
            "destinations": [{"phone": CALLEE, "caller": CALLER}],
            "callFlow": {"steps": [{"name": "transfer", "destination": "sip:front.desk@PBX.example"}]},
        }
        headers = {"x-credential-api-key": found[1]}
        answer = await at.client.post("/v1/call", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        await _both_hear(at)
        async with asyncio.timeout(60):
            while (shown := (await at.client.get("/v1/status/to the desk", headers=headers)).json())["status"] in (
                "submitted",
                "onProgress",
            ):
                await asyncio.sleep(0.2)
        (detail,) = shown["details"]
        assert detail["callFlowSteps"][0]["info"]["transfer_status"] == "answered"
        assert detail["monitorData"][1] | {"uuid": ""} == {
            "uuid": "",
            "type": "transfer",
            "dest": "sip:front.desk@pbx.example",
        }
        sent = [text.partition("\n")[0] for received, text in at.agent.messages() if received]
        assert sent[0].startswith(f"INVITE sip:front.desk@127.0.0.1:{at.agent.port} ")
        assert await _limits(at) == 0


def _register(account: dict[str, str], port: int) -> bool:
    phone = Softphone(int(account["port"]), account["username"], account["password"], port=port)
    try:
        return phone.register() == 200
    finally:
        phone.close()


@pytest.mark.together
async def test_a_sandbox_call_is_transferred_within_the_lab(running: RunningAppliance) -> None:
    async with running.client(running.key(running.organisation("Transfer School"), "--sandbox")) as client:
        flow = {"steps": [{"type": "transfer", "to": "+15550100032", "on_failed": None, "on_ended": None}]}
        answer = await client.post("/api/v1/calls", json={"to": "+15550100001", "flow": flow})
        assert answer.status_code == 201, answer.text
        call = await ended(client, answer.json()["call_id"])
        assert call["outcome"] == "answered"
        events = (await client.get(f"/api/v1/calls/{call['call_id']}/events")).json()["events"]
        seen = [event for event in events if event["type"].startswith("call.transfer_")]
        assert [event["type"].removeprefix("call.transfer_") for event in seen] == ["started", "answered", "ended"]
        # the second handset listens for three seconds and hangs up; they count from when both were connected
        assert seen[-1]["body"]["seconds"] > 0


@pytest.mark.sipp
async def test_a_killed_control_plane_finds_both_sides(running: RunningAppliance, evidence: Path) -> None:
    """Both go on hearing each other while nobody drives the call, and it ends in order after the next start."""
    async with desk(running, evidence, agent=Callee(rings_for=0.5)) as at:
        call_id = await at.call()
        await _both_hear(at)
        running.kill()
        await _both_hear(at)
        await asyncio.to_thread(running.start)
        await _both_hear(at)
        assert _channels(running) == 2
        assert await _limits(at) == 2
        await at.client.post(f"/api/v1/calls/{call_id}/cancel")
        call = await ended(at.client, call_id)
        assert call["outcome"] == "cancelled"
        assert len(at.callee.invites()) == len(at.agent.invites()) == 1
        await until(lambda: _channels(running) == 0)
        assert await _limits(at) == 0
    running.cli("audit")
