"""``callwright trunks`` as an operator uses it, beside a running appliance."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from callwright.telephony.simulator import Callee
from support.appliance import ROOT, RunningAppliance, ended
from support.sipp import Sipp, free_ports


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
        capture = running.data_dir / "engine" / "log" / "commands.pcap"
        tracing = asyncio.create_task(
            asyncio.to_thread(running.cli, "trunks", "trace", "commands", *of, "--file", str(capture), "--seconds", "8")
        )
        async with asyncio.timeout(10):
            while not capture.exists():
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
        assert "off" in running.cli("trunks", "remove", "commands", *of)
    finally:
        sipp.stop()


def test_the_test_of_a_dead_trunk_says_so(running: RunningAppliance) -> None:
    organisation = running.organisation("Dead")
    running.cli("trunks", "add", "dead", "127.0.0.1", "--org", organisation, "--port", str(free_ports(2)))
    engine_knows_within = 10
    for _ in range(engine_knows_within):
        done = subprocess.run(
            [sys.executable, "-m", "callwright", "trunks", "test", "dead"],
            env=running.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        if "does not know" not in done.stderr:
            break
    assert "no answer within" in done.stderr
