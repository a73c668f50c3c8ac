"""A busy line is called again as the call's policy says, over a real trunk and in the lab; it ends once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callwright.telephony.simulator import Callee
from support.appliance import RunningAppliance, ended, followed, receiver, until
from support.sipp import Sipp, free_ports

TO = "+12125550177"
TERMINAL = {"call.completed", "call.no_answer", "call.voicemail", "call.failed", "call.cancelled"}


@pytest.mark.together
@pytest.mark.sipp
async def test_a_busy_line_gets_one_invite_an_attempt(running: RunningAppliance, evidence: Path) -> None:
    sipp = Sipp(evidence / "sipp", Callee(status=486), port=free_ports(2), rtp_port=free_ports(2))
    sipp.start()
    try:
        organisation = running.organisation("Retries over a trunk")
        trunk = ["127.0.0.1", "--org", organisation, "--port", str(sipp.port)]
        running.cli("trunks", "add", "retries", *trunk)
        running.cli("numbers", "add", "+12125550100", "--org", organisation)
        key = running.key(organisation, "--live", "--purpose", "emergency")
        async with running.client(key) as client, receiver() as hooks:
            hooks.secret = (await client.get("/api/v1/account/webhook-secret")).json()["webhook_secret"]
            body = {
                "to": TO,
                "message": "Hello",
                "retry": {"busy": {"count": 2, "delay_seconds": 1}, "no_answer": {"count": 5}},
                "webhook_url": f"{hooks.url}/status",
            }
            answer = await client.post("/api/v1/calls", json=body)
            assert answer.status_code == 201, answer.text
            call_id = answer.json()["call_id"]
            call = await ended(client, call_id)
            await until(lambda: hooks.of(call_id))

            assert (call["outcome"], call["attempt_count"]) == ("busy", 3)
            assert [attempt["outcome"] for attempt in call["attempts"]] == ["busy"] * 3
            assert [invite.uri.split("@")[0] for invite in sipp.invites()] == [f"sip:{TO}"] * 3
            assert len({invite.call_id for invite in sipp.invites()}) == 3
            types = await followed(client, call_id)
            assert types.count("call.attempt_ended") == 3
            assert [name for name in types if name in TERMINAL] == ["call.no_answer"]
            assert [hook["event"] for hook in hooks.of(call_id)] == ["call.no_answer"]
    finally:
        sipp.stop()


@pytest.mark.together
async def test_who_hangs_up_early_is_called_again(running: RunningAppliance) -> None:
    key = running.key(running.organisation("Retries in the lab"), "--sandbox")
    async with running.client(key) as client:
        # handset 0032 hangs up three seconds after it answered
        long = "This is a long message that nobody hears to its end. " * 10
        early = {"to": "+15550240032", "message": long, "retry_incomplete": {"count": 1, "delay_seconds": 1}}
        posted = (await client.post("/api/v1/calls", json=early)).json()
        call = await ended(client, posted["call_id"])
        assert (call["outcome"], call["attempt_count"]) == ("answered", 2), call
        assert [attempt["incomplete"] for attempt in call["attempts"]] == [True, True]
        types = await followed(client, posted["call_id"])
        assert [name for name in types if name in TERMINAL] == ["call.completed"]


@pytest.mark.together
async def test_a_call_that_no_trunk_takes_expires(running: RunningAppliance) -> None:
    organisation = running.organisation("Retries without a trunk")
    running.cli("numbers", "add", "+12125550100", "--org", organisation)
    key = running.key(organisation, "--live", "--purpose", "emergency")
    async with running.client(key) as client:
        soon = datetime.now(UTC) + timedelta(seconds=2)
        call = {"to": TO, "message": "Hello", "expires_at": soon.isoformat()}
        posted = (await client.post("/api/v1/calls", json=call)).json()
        shown = await ended(client, posted["call_id"])
        assert (shown["status"], shown["outcome"], shown["attempt_count"]) == ("cancelled", "expired", 0)
        types = await followed(client, posted["call_id"])
        assert [name for name in types if name in TERMINAL] == ["call.cancelled"]
