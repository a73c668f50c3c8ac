"""People call back: sipp is the caller, on a trunk that is told by its address."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from callwright.speech.g711 import decode_ulaw
from callwright.telephony.simulator import Callee, Press
from support import sipp_caller
from support.appliance import RunningAppliance, ended, followed, receiver, until
from support.sipp import Sipp, free_ports
from support.sipp_caller import Heard

# some of them start the control plane again
pytestmark = [pytest.mark.sipp, pytest.mark.timeout(300)]

OURS, CALLER, STRANGER, HUMAN = "+12125550100", "+12125550141", "+12125550142", "+12125550166"
MESSAGE = "Hello Sarah. Your visit is on Monday."
_serial = itertools.count(1)


@dataclass(kw_only=True)
class Office:
    """An organisation with a number, and a trunk whose calls come from an address of its own."""

    running: RunningAppliance
    folder: Path
    name: str
    sipp: Sipp
    address: str
    organisation: str
    key: str
    _calls: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def call(self, number: str = OURS, *, caller: str = CALLER, address: str = "", **fields: Any) -> Heard:
        """Call a number over the trunk."""
        return await sipp_caller.call(
            number,
            server=self.running.internal_port_base + 11,
            folder=self.folder / f"caller-{next(self._calls)}",
            port=free_ports(4),
            caller=caller,
            address=address or self.address,
            **fields,
        )

    def set(self, *fields: str) -> None:
        """Change what the number does."""
        self.running.cli("numbers", "set", OURS, *fields, "--org", self.organisation)

    async def place(self, client: httpx.AsyncClient, to: str) -> dict[str, Any]:
        """Call somebody; the engine knows the trunk after it."""
        answer = await client.post("/api/v1/calls", json={"to": to, "message": MESSAGE})
        assert answer.status_code == 201, answer.text
        return await ended(client, answer.json()["call_id"])

    async def last_inbound(self, client: httpx.AsyncClient) -> dict[str, Any]:
        """Return the newest inbound call once it has ended."""
        found = (await client.get("/api/v1/calls?direction=inbound&limit=1")).json()["calls"]
        return await ended(client, found[0]["call_id"])


@contextmanager
def office(
    running: RunningAppliance, folder: Path, *, callee: Callee | None = None, channels: int = 30
) -> Iterator[Office]:
    """Yield an office whose calls go to a sipp."""
    serial = next(_serial)
    name, address = f"office-{serial}", f"127.0.0.{20 + serial}"
    sipp = Sipp(folder / "sipp", callee or Callee(hangs_up_after=0.5), port=free_ports(2), rtp_port=free_ports(2))
    organisation = running.organisation(f"Office {serial}")
    running.cli(
        *("trunks", "add", name, "127.0.0.1", f"allow_from={address}", "--org", organisation),
        *("--port", str(sipp.port), "--channels", str(channels)),
    )
    running.cli("numbers", "add", OURS, "--org", organisation)
    key = running.key(organisation, "--live", "--purpose", "emergency")
    sipp.start()
    try:
        yield Office(
            running=running,
            folder=folder,
            name=name,
            sipp=sipp,
            address=address,
            organisation=organisation,
            key=key,
        )
    finally:
        sipp.stop()


def speech_seconds(heard: Heard) -> float:
    """Return how many seconds of what was heard are not silence."""
    samples = decode_ulaw(np.frombuffer(heard.audio, dtype=np.uint8)).astype(float)
    whole = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    return float((np.sqrt((whole**2).mean(axis=1)) > 300).sum() * 0.02)


@pytest.mark.together
async def test_the_callee_calls_back_hears_the_message_and_opts_out(running: RunningAppliance, evidence: Path) -> None:
    with office(running, evidence) as line:
        async with running.client(line.key) as client, receiver() as hooks:
            hooks.secret = (await client.get("/api/v1/account/webhook-secret")).json()["webhook_secret"]
            line.set(f"inbound_webhook_url={hooks.url}/in", "inbound_webhook_events=call.received,call.answered")
            await line.place(client, CALLER)

            heard = await line.call(seconds=None, presses=[Press(digits="1", after=9.0), Press(digits="9", after=15.0)])
            assert heard.statuses[-1] == 200
            assert heard.hung_up
            # the message, the menu, and the message again: a stranger's greeting is shorter than that
            assert speech_seconds(heard) > 8
            call = await line.last_inbound(client)
            assert (call["to"], call["from"], call["direction"]) == (OURS, CALLER, "inbound")
            assert (call["outcome"], call["dtmf_response"], call["sandbox"]) == ("answered", "9", False)
            assert [(one["state"], one["ended_by"]) for one in call["attempts"]] == [("ended", "us")]
            assert call["variables"]["callback.name"].startswith("Office")

            found = (await client.get("/api/v1/suppressions")).json()["suppressions"]
            assert [(one["to"], one["evidence"], one["call_id"]) for one in found] == [
                (CALLER, "key 9", call["call_id"])
            ]
            await until(lambda: len(hooks.of(call["call_id"])) == 4)
            bodies = hooks.of(call["call_id"])
            assert [body["event"] for body in bodies] == [
                "call.received",
                "call.answered",
                "contact.optout",
                "call.completed",
            ]
            assert {(body["direction"], body["from"], body["to"]) for body in bodies} == {("inbound", CALLER, OURS)}
            assert all(item["signed"] for item in hooks.received)
            types = await followed(client, call["call_id"])
            assert types[:2] == ["call.received", "call.answered"]
            assert types[-1] == "call.completed"

            again = await line.place(client, CALLER)
            assert again["outcome"] == "skipped"
    running.cli("audit")


@pytest.mark.together
async def test_a_number_s_own_flow_is_heard(running: RunningAppliance, evidence: Path) -> None:
    with office(running, evidence) as line:
        flow = {
            "start": "ask",
            "steps": {
                "ask": {
                    "type": "gather",
                    "prompt": [{"type": "say", "text": "We open at eight. To leave your wish, press 5."}],
                    "branches": {"5": "thanks"},
                },
                "thanks": {"type": "say", "text": "Thank you, we will call you."},
            },
        }
        file = evidence / "flow.json"
        file.write_text(json.dumps(flow))
        line.set(f"inbound_flow={file}")
        async with running.client(line.key) as client:
            await line.place(client, "+12125550150")
            heard = await line.call(caller=STRANGER, seconds=None, presses=[Press(digits="5", after=2.0)])
            assert heard.hung_up
            assert speech_seconds(heard) > 2
            call = await line.last_inbound(client)
            assert (call["from"], call["dtmf_response"], call["outcome"]) == (STRANGER, "5", "answered")


@pytest.mark.together
async def test_a_caller_who_hangs_up_is_settled_as_such(running: RunningAppliance, evidence: Path) -> None:
    with office(running, evidence) as line:
        async with running.client(line.key) as client:
            await line.place(client, "+12125550150")
            await line.call(caller=STRANGER, seconds=1.0)
            call = await line.last_inbound(client)
            assert (call["outcome"], call["duration_seconds"]) == ("answered", 1)
            assert call["attempts"][0]["ended_by"] == "caller"
            # nobody with another number hears what was said to the first
            assert MESSAGE not in json.dumps(call)
            assert "callback.day" not in call["variables"]


@pytest.mark.together
async def test_who_is_refused_and_how(running: RunningAppliance, evidence: Path) -> None:
    with office(running, evidence, channels=1) as line, office(running, evidence / "other") as other:
        async with running.client(line.key) as client, running.client(other.key) as theirs:
            await line.place(client, CALLER)
            await other.place(theirs, CALLER)
            running.cli("numbers", "add", "+12125550177", "--org", other.organisation)

            await line.call("+12125550199", refused=404)
            # a number of somebody else is nobody's on this line
            await line.call("+12125550177", refused=404)
            assert (await other.call("+12125550177", seconds=0.5)).statuses[-1] == 200
            # an address that is no trunk's learns nothing, whatever it writes into From
            await line.call(address="127.0.0.250", refused=401)
            line.set("inbound_enabled=no")
            await line.call(refused=480)
            line.set("inbound_enabled=yes")

            first = asyncio.create_task(line.call(seconds=6.0))
            async with asyncio.timeout(20):
                while not (await client.get("/api/v1/calls?direction=inbound&status=in_progress")).json()["calls"]:
                    await asyncio.sleep(0.05)
            await line.call(caller=STRANGER, refused=486)
            assert (await first).statuses[-1] == 200
            busy = (await client.get("/api/v1/calls?direction=inbound&status=busy")).json()["calls"]
            assert [(one["from"], one["outcome"]) for one in busy] == [(STRANGER, "busy")]
            assert "in use" in busy[0]["reason"]
            assert len((await theirs.get("/api/v1/calls?direction=inbound")).json()["calls"]) == 1
    running.cli("audit")


@pytest.mark.together
async def test_a_stranger_is_forwarded_to_a_human(running: RunningAppliance, evidence: Path) -> None:
    with office(running, evidence, callee=Callee(hangs_up_after=3.0)) as line:
        line.set(f"forward_to={HUMAN}")
        async with running.client(line.key) as client:
            await line.place(client, "+12125550150")
            heard = await line.call(caller=STRANGER, seconds=None)
            assert heard.hung_up
            assert [HUMAN in invite.uri for invite in line.sipp.invites()] == [False, True]
            # the human sees our number, not one that we may not show
            assert OURS in line.sipp.invites()[1].from_header
            call = await line.last_inbound(client)
            assert call["outcome"] == "answered"
            types = await followed(client, call["call_id"])
            assert types[-1] == "call.completed"
            assert "call.transfer_ended" in types
    running.cli("audit")


async def test_a_killed_control_plane_goes_on_with_the_caller(running: RunningAppliance, evidence: Path) -> None:
    with office(running, evidence) as line:
        flow = {
            "start": "ask",
            "steps": {
                "ask": {
                    "type": "gather",
                    "prompt": [{"type": "say", "text": "This is a long message. " * 20 + "Press 1."}],
                    "branches": {"1": "thanks"},
                },
                "thanks": {"type": "say", "text": "Thank you."},
            },
        }
        file = evidence / "flow.json"
        file.write_text(json.dumps(flow))
        line.set(f"inbound_flow={file}")
        async with running.client(line.key) as client:
            await line.place(client, "+12125550150")
            back = asyncio.Event()
            # who is not understood presses again
            presses = [Press(digits="1", after=float(second)) for second in range(60)]
            calling = asyncio.create_task(line.call(seconds=None, presses=presses, presses_from=back))
            async with asyncio.timeout(20):
                while not (await client.get("/api/v1/calls?direction=inbound&status=in_progress")).json()["calls"]:
                    await asyncio.sleep(0.05)
            running.kill()
            await asyncio.to_thread(running.start)
            back.set()
            heard = await calling
            assert heard.hung_up
            call = await line.last_inbound(client)
            assert (call["outcome"], call["dtmf_response"], len(call["attempts"])) == ("answered", "1", 1)
            shutil.copy(file, evidence / "flow-used.json")
    running.cli("audit")


async def test_a_caller_while_the_control_plane_is_away_is_answered_when_it_is_back(
    running: RunningAppliance, evidence: Path
) -> None:
    with office(running, evidence) as line:
        async with running.client(line.key) as client:
            await line.place(client, "+12125550150")
            running.kill()
            calling = asyncio.create_task(line.call(caller=STRANGER, seconds=1.0))
            await asyncio.to_thread(running.start)
            assert (await calling).statuses[-1] == 200
            call = await line.last_inbound(client)
            assert (call["outcome"], call["from"]) == ("answered", STRANGER)
    running.cli("audit")


def test_the_lab_calls_in(running: RunningAppliance) -> None:
    """Without a trunk: a handset calls a number, presses 9, and is on the list."""
    organisation = running.organisation("Lab Callers")
    running.cli("numbers", "add", "+12125550171", "--org", organisation)
    running.cli("orgs", "callback", organisation, "--say", "the lab's own clinic", "--days", "7")
    shown = running.cli("lab", "call-in", "+12125550171", "--from", "+15550100123", "--press", "9")
    assert shown.splitlines()[:2] == ["answered", "over"]
    recording = Path(shown.split("what the caller heard: ")[1].strip())
    assert recording.stat().st_size > 8000
    key = running.key(organisation, "--sandbox")
    client = httpx.Client(base_url=running.url, headers={"Authorization": f"Bearer {key}"}, trust_env=False)
    with client:
        (call,) = client.get("/api/v1/calls?direction=inbound").json()["calls"]
        assert (call["sandbox"], call["from"], call["dtmf_response"]) == (True, "+15550100123", "9")
        assert call["variables"]["callback.name"] == "the lab's own clinic"
        (entry,) = client.get("/api/v1/suppressions").json()["suppressions"]
        assert entry["to"] == "+15550100123"
    done = running.command("lab", "call-in", "+12125550199")
    assert done.returncode == 1
    assert "nobody here has this number" in done.stdout
