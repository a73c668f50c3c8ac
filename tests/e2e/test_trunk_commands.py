"""``callwright trunks`` as an operator uses it, beside a running appliance."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callwright.telephony.simulator import Callee
from support.appliance import RunningAppliance, ended
from support.sipp import Sipp, free_ports
from support.sipp_scenarios import Challenge


@pytest.mark.sipp
async def test_a_trunk_is_added_changed_traced_tested_and_removed(running: RunningAppliance, evidence: Path) -> None:
    sipp = Sipp(evidence / "sipp", Callee(hangs_up_after=0.5), port=free_ports(2), rtp_port=free_ports(2))
    sipp.start()
    try:
        organisation = running.organisation("Commands")
        of = ("--org", organisation)
        running.cli("trunks", "add", "commands", "127.0.0.1", *of, f"port={sipp.port}", "caller_id=pai")
        running.cli("trunks", "set", "commands", *of, "number_format=00", "session_timers=accept", "prefixes=+1")
        assert "+1" in running.cli("trunks", "list", *of)
        running.cli("numbers", "add", "+12125550100", *of)
        key = running.key(organisation, "--live", "--purpose", "emergency")
        # where Asterisk's user may not enter, when we are root
        capture = evidence / "commands.pcap"
        log = running.data_dir / "engine" / "log"
        tracing = asyncio.create_task(
            asyncio.to_thread(running.cli, "trunks", "trace", "commands", *of, "--file", str(capture), "--seconds", "8")
        )
        async with asyncio.timeout(10):
            while not list(log.glob("commands-*.pcap")):
                await asyncio.sleep(0.05)
        async with running.client(key) as client:
            posted = await client.post("/api/v1/calls", json={"to": "+12125550177", "message": "Hello."})
            call = await ended(client, posted.json()["call_id"])
        await tracing
        (invite,) = sipp.invites()
        assert call["outcome"] == "answered"
        assert "sip:0012125550177@" in invite.uri
        assert "0012125550100" in (invite.header("P-Asserted-Identity") or "")
        assert "timer" in (invite.header("Supported") or "")
        assert b"INVITE sip:0012125550177@" in capture.read_bytes()
        assert capture.stat().st_mode & 0o077 == 0
        assert not list(log.glob("commands-*.pcap"))
        written = running.cli("trunks", "trace", "--call", call["call_id"], *of, "--file", str(capture))
        assert written.count("INVITE sip:0012125550177@") == 1
        assert "off" in running.cli("trunks", "remove", "commands", *of)
    finally:
        sipp.stop()


@pytest.mark.sipp
async def test_the_sip_of_one_call_is_printed_without_what_is_secret(running: RunningAppliance, evidence: Path) -> None:
    organisation = running.organisation("Traced")
    of = ("--org", organisation)
    challenge = Challenge(username="4711", password="trunk-pass")
    port, rtp = free_ports(2), free_ports(2)
    sipp = Sipp(evidence / "traced", Callee(hangs_up_after=0.5), port=port, rtp_port=rtp, challenge=challenge)
    sipp.start()
    try:
        credentials = ("--username", "4711", "--password", "trunk-pass")
        running.cli("trunks", "add", "traced", "127.0.0.1", *of, f"port={port}", *credentials)
        running.cli("numbers", "add", "+12125550101", *of)
        key = running.key(organisation, "--live", "--purpose", "emergency")
        async with running.client(key) as client:
            at = (datetime.now(UTC) + timedelta(seconds=6)).isoformat()
            posted = await client.post(
                "/api/v1/calls", json={"to": "+12125550178", "message": "Hello.", "scheduled_at": at}
            )
            call_id = posted.json()["call_id"]
            printed = await asyncio.to_thread(running.cli, "trunks", "trace", "--call", call_id, *of)
            await ended(client, call_id)
    finally:
        sipp.stop()
    assert len(sipp.invites()) == 2
    for line in ("INVITE sip:+12125550178@", "SIP/2.0 407 ", "SIP/2.0 200 ", "BYE sip:", 'username="4711"'):
        assert line in printed
    for invite in sipp.invites():
        assert invite.call_id in printed
    answer = re.search(r'response="([0-9a-f]+)"', sipp.invites()[1].text)
    assert answer is not None
    assert answer[1] not in printed
    # the capture itself, which holds it, is gone
    assert not list((running.data_dir / "engine" / "log").glob("trc_*"))


def test_the_test_of_a_dead_trunk_says_so(running: RunningAppliance) -> None:
    organisation = running.organisation("Dead")
    running.cli("trunks", "add", "dead", "127.0.0.1", "--org", organisation, "--port", str(free_ports(2)))
    # a running engine takes a new trunk up within seconds
    deadline = time.monotonic() + 60
    while "does not know" in (done := running.command("trunks", "test", "dead")).stderr:
        assert time.monotonic() < deadline, done.stderr
        time.sleep(0.3)
    assert done.returncode == 1
    assert "no answer within" in done.stderr
