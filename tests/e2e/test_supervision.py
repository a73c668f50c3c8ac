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


async def place(client: httpx.AsyncClient, to: str, **fields: int) -> str:
    answer = await client.post("/api/v1/calls", json={"to": to, **MESSAGE, **fields})
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


async def test_calls_that_end_while_nobody_watches_get_their_real_outcomes(running: RunningAppliance, key: str) -> None:
    written = running.data_dir / "engine" / "log" / "cel-custom" / "attempts.csv"
    async with running.client(key) as client:
        # one rings for six seconds, answers and hangs up soon, the other rings and rings
        calls = [await place(client, to, ring_timeout_seconds=8) for to in ("+15550330004", "+15550330091")]
        attempts = []
        async with asyncio.timeout(20):
            for call_id in calls:
                while (await client.get(f"/api/v1/calls/{call_id}")).json()["status"] != "ringing":
                    await asyncio.sleep(0.05)
                found = (await client.get(f"/api/v1/calls/{call_id}")).json()
                attempts.append(found["attempts"][0]["attempt_id"])
        running.kill()
        async with asyncio.timeout(40):
            while not (written.exists() and all(f'"{a}","HANGUP"' in written.read_text() for a in attempts)):
                await asyncio.sleep(0.1)
        await asyncio.to_thread(running.start)

        answered, unanswered = [await ended(client, call_id, within=40) for call_id in calls]
    assert (answered["outcome"], answered["attempts"][0]["ended_by"]) == ("answered", "callee")
    assert (unanswered["outcome"], unanswered["attempts"][0]["ended_by"]) == ("no_answer", "ring_timeout")
    assert len(answered["attempts"]) == len(unanswered["attempts"]) == 1
    running.cli("audit")


def test_the_doctor_finds_everything(running: RunningAppliance) -> None:
    shown = running.cli("doctor")
    assert "Everything that `callwright serve` needs is there." in shown
    assert "Asterisk: 22" in shown
    assert "SIP addresses: transfers call none" in shown
