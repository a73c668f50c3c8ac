"""Live calls over a trunk, answered by sipp: what the network says is what the program reads; one INVITE a call."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from callwright.telephony.simulator import Callee, Press
from support.appliance import RunningAppliance, ended, receiver, until
from support.sipp import Sipp, free_ports
from support.sipp_scenarios import Challenge

CALLER = "+12125550100"
_serial = iter(range(1, 1000))


class Line:
    """An organisation of its own with a trunk to a sipp, a verified caller id and a live key."""

    def __init__(self, running: RunningAppliance, sipp: Sipp, challenge: Challenge | None) -> None:
        serial = next(_serial)
        self.sipp = sipp
        organisation = running.organisation(f"Line {serial}")
        options = ["--port", str(sipp.port)]
        if challenge is not None:
            options += ["--username", challenge.username, "--password", challenge.password]
        running.cli("trunks", "add", f"line-{serial}", "127.0.0.1", "--org", organisation, *options)
        running.cli("numbers", "add", CALLER, "--org", organisation)
        # an emergency does not wait for the morning, and tests run at night too
        self.key = running.key(organisation, "--live", "--purpose", "emergency")
        self.organisation = organisation


@contextmanager
def line(
    running: RunningAppliance, folder: Path, callee: Callee, *, info: bool = False, challenge: Challenge | None = None
) -> Iterator[Line]:
    """Yield a line to a sipp that behaves as ``callee``."""
    sipp = Sipp(folder / "sipp", callee, port=free_ports(2), rtp_port=free_ports(2), info=info, challenge=challenge)
    sipp.start()
    try:
        yield Line(running, sipp, challenge)
    finally:
        sipp.stop()


MESSAGE = {"message": "Hello {NAME}. Press 1 to confirm.", "variables": {"NAME": "Sarah"}, "ring_timeout_seconds": 5}


@pytest.mark.together
@pytest.mark.sipp
@pytest.mark.parametrize(
    ("callee", "outcome", "status", "event", "sip_status", "ended_by"),
    [
        pytest.param(Callee(status=486), "busy", "busy", "call.no_answer", 486, "callee", id="486"),
        pytest.param(Callee(status=603), "rejected", "rejected", "call.no_answer", 603, "callee", id="603"),
        pytest.param(Callee(status=404), "invalid_number", "failed", "call.failed", 404, "callee", id="404"),
        pytest.param(Callee(status=503), "congestion", "failed", "call.failed", 503, "callee", id="503"),
        pytest.param(Callee(status=480), "no_answer", "no_answer", "call.no_answer", 480, "callee", id="480"),
        pytest.param(
            Callee(status=None), "no_answer", "no_answer", "call.no_answer", 480, "ring_timeout", id="rings out"
        ),
    ],
)
async def test_what_the_network_says(
    running: RunningAppliance,
    evidence: Path,
    callee: Callee,
    outcome: str,
    status: str,
    event: str,
    sip_status: int,
    ended_by: str,
) -> None:
    with line(running, evidence, callee) as trunk:
        async with running.client(trunk.key) as client, receiver() as hooks:
            hooks.secret = (await client.get("/api/v1/account/webhook-secret")).json()["webhook_secret"]
            body = {"to": "+12125550123", **MESSAGE, "webhook_url": f"{hooks.url}/status"}
            answer = await client.post("/api/v1/calls", json=body)
            assert answer.status_code == 201, answer.text
            call_id = answer.json()["call_id"]
            call = await ended(client, call_id)
            await until(lambda: hooks.of(call_id))

            assert (call["outcome"], call["status"]) == (outcome, status)
            (attempt,) = call["attempts"]
            assert (attempt["sip_status"], attempt["ended_by"]) == (sip_status, ended_by)
            assert [(body["event"], body["status"]) for body in hooks.of(call_id)] == [(event, status)]
            assert len(trunk.sipp.invites()) == 1


@pytest.mark.together
@pytest.mark.sipp
async def test_a_live_call_is_answered_and_a_digit_arrives_as_info(running: RunningAppliance, evidence: Path) -> None:
    callee = Callee(presses=(Press(digits="1", after=1.0),))
    with line(running, evidence, callee, info=True) as trunk:
        capture = running.data_dir / "engine" / "log" / "one-call.pcap"
        running.cli("asterisk", "capture", str(capture))
        async with running.client(trunk.key) as client:
            body = {"to": "+12125550124", **MESSAGE, "dtmf": {"1": {"action": "say", "text": "Thank you."}}}
            call = await ended(client, (await client.post("/api/v1/calls", json=body)).json()["call_id"])
            assert (call["outcome"], call["dtmf_response"]) == ("answered", "1")
            (invite,) = trunk.sipp.invites()
            assert "12125550124" in invite.uri
            assert CALLER in invite.from_header
        running.cli("asterisk", "capture")
        shutil.copy(capture, evidence / "one-call.pcap")
        recorded = capture.read_bytes()
        assert b"INVITE sip:" in recorded
        assert b"INFO sip:" in recorded


@pytest.mark.together
@pytest.mark.sipp
async def test_early_media_counts_as_ringing(running: RunningAppliance, evidence: Path) -> None:
    with line(running, evidence, Callee(early_media=True, rings_for=1.0, hangs_up_after=1.0)) as trunk:
        async with running.client(trunk.key) as client:
            answer = await client.post("/api/v1/calls", json={"to": "+12125550125", **MESSAGE})
            call = await ended(client, answer.json()["call_id"])
            assert call["outcome"] == "answered"
            (attempt,) = call["attempts"]
            assert attempt["ringing_at"] is not None


@pytest.mark.together
@pytest.mark.sipp
async def test_a_hang_up_in_the_middle_is_told_with_its_seconds(running: RunningAppliance, evidence: Path) -> None:
    with line(running, evidence, Callee(hangs_up_after=2.0)) as trunk:
        async with running.client(trunk.key) as client:
            body = {"to": "+12125550126", "message": "This is a long message. " * 20}
            call = await ended(client, (await client.post("/api/v1/calls", json=body)).json()["call_id"])
            assert (call["outcome"], call["duration_seconds"]) == ("answered", 2)
            assert call["attempts"][0]["ended_by"] == "callee"


@pytest.mark.together
@pytest.mark.sipp
async def test_a_trunk_that_asks_for_credentials_gets_them(running: RunningAppliance, evidence: Path) -> None:
    challenge = Challenge(username="4711", password="s3cret")
    with line(running, evidence, Callee(hangs_up_after=1.0), challenge=challenge) as trunk:
        async with running.client(trunk.key) as client:
            answer = await client.post("/api/v1/calls", json={"to": "+12125550127", **MESSAGE})
            call = await ended(client, answer.json()["call_id"])
            assert call["outcome"] == "answered"
            assert "s3cret" not in running.log()


@pytest.mark.together
@pytest.mark.sipp
async def test_cancelling_a_ringing_call_stops_the_ringing(running: RunningAppliance, evidence: Path) -> None:
    with line(running, evidence, Callee(status=None)) as trunk:
        async with running.client(trunk.key) as client:
            body = {"to": "+12125550128", **MESSAGE, "ring_timeout_seconds": 60}
            call_id = (await client.post("/api/v1/calls", json=body)).json()["call_id"]
            async with asyncio.timeout(20):
                while (await client.get(f"/api/v1/calls/{call_id}")).json()["status"] != "ringing":
                    await asyncio.sleep(0.05)
            assert (await client.post(f"/api/v1/calls/{call_id}/cancel")).is_success
            call = await ended(client, call_id, within=10)
            assert (call["outcome"], call["status"]) == ("cancelled", "cancelled")
            await until(lambda: any(text.startswith("CANCEL ") for received, text in trunk.sipp.messages()))
            again = await client.post(f"/api/v1/calls/{call_id}/cancel")
            assert again.status_code == 409


@pytest.mark.together
@pytest.mark.sipp
async def test_a_live_key_shows_only_verified_numbers(running: RunningAppliance, evidence: Path) -> None:
    with line(running, evidence, Callee()) as trunk:
        async with running.client(trunk.key) as client:
            answer = await client.post("/api/v1/calls", json={"to": "+12125550129", "from": "+12125550199", **MESSAGE})
            assert answer.status_code == 400
            assert [error["field"] for error in answer.json()["errors"]] == ["from"]
            answer = await client.post("/api/v1/calls", json={"to": "911", **MESSAGE})
            assert answer.status_code == 400
            assert [error["field"] for error in answer.json()["errors"]] == ["to"]
            assert trunk.sipp.invites() == []
            assert (await client.get("/api/v1/calls")).json()["calls"] == []


@pytest.mark.sipp
async def test_a_killed_control_plane_goes_on_with_the_call(running: RunningAppliance, evidence: Path) -> None:
    """The call outlives a kill -9: the next start takes it over; no second INVITE is sent."""
    with line(running, evidence, Callee()) as trunk:
        async with running.client(trunk.key) as client:
            body = {
                "to": "+12125550130",
                "message": "This is a long message. " * 20 + "Press 1.",
                "dtmf": {"1": {"action": "say", "text": "Thank you."}},
            }
            call_id = (await client.post("/api/v1/calls", json=body)).json()["call_id"]
            async with asyncio.timeout(20):
                while (await client.get(f"/api/v1/calls/{call_id}")).json()["status"] != "in_progress":
                    await asyncio.sleep(0.05)
            running.kill()
            await asyncio.to_thread(running.start)
            async with asyncio.timeout(60):
                # who is not understood presses again
                while (await client.get(f"/api/v1/calls/{call_id}")).json()["outcome"] is None:
                    await asyncio.to_thread(trunk.sipp.press, "1")
                    await asyncio.sleep(1.0)
            call = await ended(client, call_id)
            assert (call["outcome"], call["dtmf_response"]) == ("answered", "1")
            assert len(trunk.sipp.invites()) == 1
            shutil.copytree(evidence / "sipp", evidence / "log", dirs_exist_ok=True)
    running.cli("audit")
