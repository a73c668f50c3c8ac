"""A program that hangs is noticed, killed and started again, within half a minute; nothing is lost meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from pathlib import Path

import httpx
import psutil
import pytest

from support.appliance import RunningAppliance, ended

MESSAGE = {"from": "+15550109999", "message": "This is a long message. " * 40}
#: The watchdogs' own limits are below; what is beyond them is a program that is never replaced.
BOUND_SECONDS = 60


@pytest.fixture(scope="module")
def key(running: RunningAppliance) -> str:
    return running.key(running.organisation("Watchdog School"), "--sandbox")


def pid_of(file: Path) -> int | None:
    try:
        return int(json.loads(file.read_text())["pid"])
    except (OSError, ValueError):
        # it is being written anew
        return None


def stop(pid: int) -> None:
    """Let a process and all that it started hang."""
    process = psutil.Process(pid)
    for one in (process, *process.children(recursive=True)):
        one.send_signal(signal.SIGSTOP)


async def replaced(file: Path, pid: int) -> None:
    """Wait until another process has the place of this one."""
    async with asyncio.timeout(BOUND_SECONDS):
        while pid_of(file) in (None, pid):
            await asyncio.sleep(0.1)


async def place(client: httpx.AsyncClient, to: str) -> str:
    """Post a call, again and again while the database is away; return its id."""
    async with asyncio.timeout(BOUND_SECONDS):
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = await client.post(
                    "/api/v1/calls", json={"to": to, **MESSAGE}, headers={"Idempotency-Key": f"watchdog {to}"}
                )
                if answer.status_code == 201:
                    return str(answer.json()["call_id"])
                assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.3)


async def in_progress(client: httpx.AsyncClient, call_id: str) -> None:
    async with asyncio.timeout(20):
        while (await client.get(f"/api/v1/calls/{call_id}")).json()["status"] != "in_progress":
            await asyncio.sleep(0.05)


async def test_an_engine_that_hangs_is_replaced(running: RunningAppliance, key: str) -> None:
    file = running.data_dir / "engine" / "asterisk.pid"
    async with running.client(key) as client:
        lost = await place(client, "+15550600001")
        await in_progress(client, lost)
        hung = pid_of(file)
        assert hung is not None
        stop(hung)
        await replaced(file, hung)
        assert (await ended(client, lost, within=40))["attempts"][0]["ended_by"] == "engine"
        assert (await ended(client, await place(client, "+15550600081"), within=40))["outcome"] == "busy"
    running.cli("audit")


async def test_a_database_that_hangs_is_replaced_and_the_calls_go_on(running: RunningAppliance, key: str) -> None:
    file = running.data_dir / "postgres" / "process.json"
    async with running.client(key) as client:
        speaking = await place(client, "+15550610002")
        await in_progress(client, speaking)
        hung = pid_of(file)
        assert hung is not None
        stop(hung)
        await replaced(file, hung)
        assert (await ended(client, await place(client, "+15550610081"), within=60))["outcome"] == "busy"
        assert (await ended(client, speaking, within=90))["outcome"] == "answered"
    running.cli("audit")
