"""A user's own PostgreSQL and Asterisk take the place of ours by two settings."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from callwright.processes import give_to, service_user
from callwright.settings import default_cache_dir
from callwright.telephony.asterisk import dialplan
from callwright.telephony.asterisk.configuration import ControlConfig, NodeConfig, TrunkConfig, endpoints
from callwright.telephony.asterisk.install import find_or_install
from callwright.telephony.asterisk.process import AsteriskProcess
from callwright.telephony.simulator import Callee, Press
from support.appliance import appliance, ended
from support.sipp import Sipp, free_ports
from support.workers import take_rtp_ports


@asynccontextmanager
async def their_asterisk(sipp_port: int) -> AsyncIterator[str]:
    """Yield the address of an Asterisk that we did not start, with a trunk ``theirs`` and our printed dialplan."""
    base = Path(tempfile.mkdtemp(prefix="theirs-"))
    base.chmod(0o755)
    user = service_user()
    run = base / "run"
    run.mkdir(mode=0o700)
    give_to(run, user)
    ports, rtp = free_ports(8), take_rtp_ports(200)
    process = AsteriskProcess(
        NodeConfig(
            base=base,
            run_dir=run,
            program=await asyncio.to_thread(find_or_install, default_cache_dir()),
            name="theirs",
            sip_host="127.0.0.1",
            sip_port=ports,
            rtp_start=rtp,
            rtp_end=rtp + 199,
            dialplan=dialplan.engine("cw-node1", None),
            endpoints=endpoints([TrunkConfig(name="theirs", host="127.0.0.1", port=sipp_port)]),
            # nobody listens there: this Asterisk is reached by its HTTP server
            control=ControlConfig(
                application="elsewhere", port=ports + 1, user="admin", password="letmein", http_port=ports + 2
            ),
        )
    )
    try:
        await process.start()
        yield f"http://admin:letmein@127.0.0.1:{ports + 2}"
    finally:
        await process.stop()
        shutil.rmtree(base, ignore_errors=True)


async def test_a_call_over_servers_of_the_user(database_url: str, evidence: Path) -> None:
    port = free_ports(2)
    sipp = Sipp(evidence / "sipp", Callee(presses=(Press(digits="1", after=1.0),)), port=port, rtp_port=free_ports(2))
    sipp.start()
    try:
        async with their_asterisk(port) as url:
            settings = {"CALLWRIGHT_DATABASE_URL": database_url, "CALLWRIGHT_ASTERISK_URLS": url}
            with appliance(**settings, CALLWRIGHT_LAB="false") as ours:
                await asyncio.to_thread(ours.start)
                assert not list(ours.data_dir.glob("postgres*")), "our own PostgreSQL was started"
                assert not (ours.data_dir / "engine" / "asterisk.pid").exists(), "our own Asterisk was started"
                organisation = ours.organisation("Own Servers")
                ours.cli("trunks", "add", "theirs", "127.0.0.1", "--org", organisation)
                ours.cli("numbers", "add", "+12125550100", "--org", organisation)
                key = ours.key(organisation, "--live", "--purpose", "emergency")
                async with ours.client(key) as client:
                    answer = await client.post(
                        "/api/v1/calls",
                        json={
                            "to": "+12125550123",
                            "message": "Press 1.",
                            "dtmf": {"1": {"action": "say", "text": "Thank you."}},
                        },
                    )
                    call = await ended(client, answer.json()["call_id"])
                    assert (call["outcome"], call["dtmf_response"]) == ("answered", "1")
                    assert len(sipp.invites()) == 1
                assert "letmein" not in ours.log()
    finally:
        sipp.stop()
