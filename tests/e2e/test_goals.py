"""People of the lab accept by a key: exactly as many as are wanted; a hunt goes on to the next until one does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from callwright.telephony.simulator import Callee
from support.appliance import RunningAppliance, ended
from support.sipp import Sipp, free_ports

CAMPAIGN: dict[str, Any] = {
    "message": "We have three places. Press 1 to take one.",
    "dtmf": {"1": {"action": "say", "text": "You have a place. Goodbye."}},
}


async def _completed(client: httpx.AsyncClient, path: str) -> tuple[dict[str, Any], int]:
    """Return the campaign when it is over, and how many people at most had a place or could still get one."""
    most = 0
    async with asyncio.timeout(120):
        while True:
            shown: dict[str, Any] = (await client.get(path)).json()
            most = max(most, shown["goal"]["accepted"] + shown["goal"]["undecided"])
            if shown["state"] == "completed":
                return shown, most
            await asyncio.sleep(0.2)


async def _calls(client: httpx.AsyncClient, campaign_id: str) -> list[dict[str, Any]]:
    found = (await client.get("/api/v1/calls", params={"campaign_id": campaign_id, "limit": 100})).json()["calls"]
    return sorted(found, key=lambda call: call["number"])


@pytest.mark.together
async def test_three_of_ten_have_a_place(running: RunningAppliance) -> None:
    key = running.key(running.organisation("A goal of three"), "--sandbox")
    async with running.client(key) as client:
        people = [f"+15550{index:02d}0011" for index in range(10)]
        made = await client.post(
            "/api/v1/campaigns", json={**CAMPAIGN, "recipients": people, "goal": {"accepts": 3, "answer": "1"}}
        )
        assert made.status_code == 201, made.text
        path = f"/api/v1/campaigns/{made.json()['campaign_id']}"
        shown, most = await _completed(client, path)
        assert most == 3
        assert shown["state_reason"] == "goal reached: 3 accepted; nobody else is needed"
        assert (shown["goal"]["accepted"], shown["goal"]["undecided"]) == (3, 0)
        accepted = (await client.get(f"{path}/accepts")).json()["accepts"]
        assert sorted(each["to"] for each in accepted) == people[:3]
        assert len(await _calls(client, made.json()["campaign_id"])) == 3
        not_called = (await client.get(f"{path}/recipients", params={"limit": 100})).json()["recipients"][3:]
        assert {each["reason"] for each in not_called} == {shown["state_reason"]}
        assert shown["stats"]["abandonment"] == {"answered": 3, "abandoned": 0, "rate": 0.0}
        # a place that is given back is somebody else's
        answer = await client.delete(f"{path}/accepts/{accepted[0]['recipient_id']}")
        assert answer.json() == {"moved_up": None}
        shown, most = await _completed(client, path)
        assert most == 3
        assert len(await _calls(client, made.json()["campaign_id"])) == 4


@pytest.mark.together
async def test_a_hunt_calls_the_next_until_one_accepts(running: RunningAppliance) -> None:
    key = running.key(running.organisation("A hunt"), "--sandbox")
    async with running.client(key) as client:
        people = ["+15550000081", "+15550000012", "+15550010011", "+15550020011"]
        body = {**CAMPAIGN, "recipients": people, "hunt": True, "goal": {"accepts": 1, "answer": "1"}}
        made = await client.post("/api/v1/campaigns", json=body)
        assert made.status_code == 201, made.text
        _, most = await _completed(client, f"/api/v1/campaigns/{made.json()['campaign_id']}")
        assert most == 1
        called = await _calls(client, made.json()["campaign_id"])
        assert [call["to"] for call in called] == people[:3]


@pytest.mark.together
@pytest.mark.sipp
async def test_what_one_trunk_refuses_goes_over_the_next(running: RunningAppliance, evidence: Path) -> None:
    refuses = Callee(status=503, rings_after=None, rings_for=0)
    full = Sipp(evidence / "full", refuses, port=free_ports(2), rtp_port=free_ports(2))
    organisation = running.organisation("Two lines")
    full.start()
    # ports are free until somebody takes them
    good = Sipp(evidence / "good", Callee(), port=free_ports(2), rtp_port=free_ports(2))
    good.start()
    try:
        for name, sipp, priority in (("fo-full", full, 0), ("fo-good", good, 1)):
            options = ["--org", organisation, "--port", str(sipp.port)]
            running.cli("trunks", "add", name, "127.0.0.1", *options, f"priority={priority}")
        running.cli("numbers", "add", "+12125550100", "--org", organisation)
        key = running.key(organisation, "--live", "--purpose", "emergency")
        async with running.client(key) as client:
            made = await client.post("/api/v1/calls", json={"to": "+12125550177", "message": "Hello."})
            assert made.status_code == 201, made.text
            call = await ended(client, made.json()["call_id"])
            assert call["status"] == "answered", call
            attempts = call["attempts"]
            assert [attempt["sip_status"] for attempt in attempts] == [503, None]
        assert len(full.invites()) == len(good.invites()) == 1
    finally:
        full.stop()
        good.stop()
