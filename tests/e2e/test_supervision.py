"""What `serve` supervises comes back, and no call is without an outcome."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import httpx
import pytest

from support.appliance import RunningAppliance, ended, followed

MESSAGE = {"from": "+15550109999", "message": "This is a long message. " * 20}


@pytest.fixture(scope="module")
def key(running: RunningAppliance) -> str:
    return running.key(running.organisation("Supervision School"), "--sandbox")


def pid_of(file: Path) -> int:
    return int(json.loads(file.read_text())["pid"])


async def in_progress(client: httpx.AsyncClient, call_id: str) -> None:
    async with asyncio.timeout(20):
        while (await client.get(f"/api/v1/calls/{call_id}")).json()["status"] != "in_progress":
            await asyncio.sleep(0.05)


async def place(client: httpx.AsyncClient, to: str) -> str:
    answer = await client.post("/api/v1/calls", json={"to": to, **MESSAGE})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["call_id"])


async def test_a_killed_engine_leaves_an_outcome_and_comes_back(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client:
        lost = await place(client, "+15550300001")
        await in_progress(client, lost)
        file = running.data_dir / "engine" / "asterisk.pid"
        killed = pid_of(file)
        os.kill(killed, signal.SIGKILL)

        call = await ended(client, lost, within=40)
        assert call["attempts"][0]["ended_by"] == "engine"
        assert len(call["attempts"]) == 1

        after = await ended(client, await place(client, "+15550300081"), within=40)
        assert after["outcome"] == "busy"
        assert pid_of(file) != killed


async def test_a_killed_database_loses_nothing_that_was_accepted(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client:
        speaking = await place(client, "+15550310002")
        await in_progress(client, speaking)
        waiting = [await place(client, f"+1555{n}0083") for n in range(3200, 3210)]
        os.kill(pid_of(running.data_dir / "postgres" / "process.json"), signal.SIGKILL)

        async with asyncio.timeout(60):
            while True:
                try:
                    if (await client.get(f"/api/v1/calls/{speaking}")).status_code == 200:
                        break
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.2)
        assert (await ended(client, speaking, within=60))["outcome"] == "answered"
        for call_id in waiting:
            assert (await ended(client, call_id, within=60))["outcome"] == "invalid_number"
    running.cli("audit")


async def test_events_are_followed_to_the_end(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client:
        call_id = await place(client, "+15550320031")
        seen = await followed(client, call_id)
        assert seen[0] == "call.queued"
        assert "call.answered" in seen
        assert seen[-1] == "call.completed"


def test_the_doctor_finds_everything(running: RunningAppliance) -> None:
    shown = running.cli("doctor")
    assert "Everything that `callwright serve` needs is there." in shown
    assert "Asterisk: 22" in shown
