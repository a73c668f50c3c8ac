"""What an operator does with a running appliance: HTTPS, metrics, logs for programs, stops of each kind."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.appliance import RunningAppliance, appliance, ended
from support.certificates import make_certificate

#: Beyond a restart: as long as the handset of the lab listens, a minute, is enough on any machine.
LONG = 120.0


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAppliance]:
    cert, key = make_certificate(tmp_path_factory.mktemp("tls"))
    with appliance(
        CALLWRIGHT_TLS_CERT=str(cert),
        CALLWRIGHT_TLS_KEY=str(key),
        CALLWRIGHT_LOG_FORMAT="json",
        CALLWRIGHT_DRAIN_SECONDS="60",
    ) as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def key(operated: RunningAppliance) -> str:
    return operated.key(operated.organisation("Operations School"), "--sandbox")


def pid_of(file: Path) -> int:
    return int(json.loads(file.read_text())["pid"])


async def place(client: httpx.AsyncClient, to: str, seconds: float) -> str:
    """Post a call that lasts this long and return its id once it was answered."""
    flow = {"steps": [{"type": "wait", "seconds": seconds}]}
    answer = await client.post("/api/v1/calls", json={"to": to, "from": "+15550109999", "flow": flow})
    assert answer.status_code == 201, answer.text
    call_id = str(answer.json()["call_id"])
    async with asyncio.timeout(20):
        while (await client.get(f"/api/v1/calls/{call_id}")).json()["status"] != "in_progress":
            await asyncio.sleep(0.05)
    return call_id


async def wait(process: subprocess.Popen[bytes] | None, seconds: float) -> int:
    assert process is not None
    return await asyncio.to_thread(process.wait, seconds)


def test_https_with_our_certificate_only(operated: RunningAppliance) -> None:
    assert operated.url.startswith("https://")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{operated.url}/healthz", trust_env=False)
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{operated.port}/healthz", trust_env=False)


async def test_a_restart_that_hangs_up_nobody(operated: RunningAppliance, key: str) -> None:
    programs = [operated.data_dir / "postgres" / "process.json", operated.data_dir / "engine" / "asterisk.pid"]
    before = [pid_of(file) for file in programs]
    async with operated.client(key) as client:
        call_id = await place(client, "+15550400001", LONG)
        assert operated.process is not None
        operated.process.send_signal(signal.SIGUSR2)
        assert await wait(operated.process, 30) == 0
        await asyncio.to_thread(operated.start)
        assert [pid_of(file) for file in programs] == before
        assert (await client.get(f"/api/v1/calls/{call_id}")).json()["status"] == "in_progress"
        assert (await client.post(f"/api/v1/calls/{call_id}/cancel")).is_success
        call = await ended(client, call_id)
    assert (call["outcome"], call["attempts"][0]["ended_by"]) == ("cancelled", "us")
    assert len(call["attempts"]) == 1
    assert f"took over attempt {call['attempts'][0]['attempt_id']}" in operated.log()
    operated.cli("audit")


async def test_an_ordered_stop_waits_for_the_call(operated: RunningAppliance, key: str) -> None:
    async with operated.client(key) as client:
        call_id = await place(client, "+15550400011", 4.0)
        assert operated.process is not None
        operated.process.send_signal(signal.SIGTERM)
        assert await wait(operated.process, 60) == 0
        await asyncio.to_thread(operated.start)
        call = (await client.get(f"/api/v1/calls/{call_id}")).json()
    assert (call["outcome"], call["attempts"][0]["ended_by"]) == ("answered", "us")


async def test_a_second_signal_waits_no_longer(operated: RunningAppliance, key: str) -> None:
    async with operated.client(key) as client:
        call_id = await place(client, "+15550400021", LONG)
        assert operated.process is not None
        operated.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            while True:
                try:
                    await client.get("/healthz")
                except httpx.HTTPError:
                    break
                await asyncio.sleep(0.05)
        operated.process.send_signal(signal.SIGTERM)
        assert await wait(operated.process, 30) == 0
        assert not (operated.data_dir / "engine" / "asterisk.pid").exists()
        await asyncio.to_thread(operated.start)
        call = await ended(client, call_id)
    assert len(call["attempts"]) == 1
    operated.cli("audit")


async def test_metrics_and_logs(operated: RunningAppliance, key: str) -> None:
    async with operated.client(key) as client:
        answer = await client.get("/api/v1/calls?limit=1", headers={"X-Request-Id": "trace-7"})
        assert answer.headers["x-request-id"] == "trace-7"
        text = (await client.get("/metrics")).text
    assert 'callwright_part_up{part="engine"} 1' in text
    assert 'callwright_restarts_total{program="postgresql"} 0' in text
    assert "Operations School" not in text
    async with asyncio.timeout(10):
        # the line is written when the answer has gone, so the answer may be here first
        while '"trace-7"' not in operated.log().rpartition("\n")[0]:
            await asyncio.sleep(0.02)
    whole = operated.log().rpartition("\n")[0]
    lines = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
    assert len(lines) > 20
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    (access,) = [line for line in lines if line.get("request_id") == "trace-7"]
    assert (access["method"], access["path"], access["status"]) == ("GET", "/api/v1/calls", 200)
    assert key not in operated.log()
