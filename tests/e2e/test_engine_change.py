"""Another Asterisk for a running appliance: calls end first, and a broken one is taken back."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from callwright.telephony.simulator import Callee
from support.appliance import ROOT, RunningAppliance, appliance, ended
from support.asterisk_trees import break_engine, copy_tree
from support.sipp import Sipp, free_ports

CALLER = "+12125550100"
#: Lasts beyond the change on any machine: who needs it cancels it.
IN_THE_AIR = {"flow": {"steps": [{"type": "wait", "seconds": 120.0}]}, "ring_timeout_seconds": 10}
SHORT = {"message": "Hello.", "ring_timeout_seconds": 10}
SECOND = "asterisk-22.90.0-second"
BROKEN = "asterisk-22.91.0-broken"


@dataclass(kw_only=True)
class Changing:
    """An appliance with a cache of its own, and a live key whose calls sipp answers."""

    appliance: RunningAppliance
    cache: Path
    sipp: Sipp
    key: str

    @property
    def program(self) -> str:
        """Name of the folder that the engine runs from."""
        pid = int(json.loads((self.appliance.data_dir / "engine" / "asterisk.pid").read_text())["pid"])
        found = re.search(rf"{re.escape(str(self.cache))}/([^/]+)/", " ".join(psutil.Process(pid).cmdline()))
        assert found
        return found[1]

    async def place(self, client: httpx.AsyncClient, to: str, **fields: Any) -> str:
        """Post a call and return its id."""
        answer = await client.post("/api/v1/calls", json={"to": to, **(fields or SHORT)})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["call_id"])

    async def place_and_hear(self, client: httpx.AsyncClient, to: str) -> str:
        """Post a call that is long in the air and return its id once it was answered."""
        call_id = await self.place(client, to, **IN_THE_AIR)
        async with asyncio.timeout(20):
            while (await client.get(f"/api/v1/calls/{call_id}")).json()["status"] != "in_progress":
                await asyncio.sleep(0.05)
        return call_id

    async def end(self, client: httpx.AsyncClient, call_id: str) -> None:
        """End a call that is in the air, by hanging up."""
        assert (await client.get(f"/api/v1/calls/{call_id}")).json()["status"] == "in_progress"
        assert (await client.post(f"/api/v1/calls/{call_id}/cancel")).is_success
        call = await ended(client, call_id)
        assert (call["outcome"], call["attempts"][0]["ended_by"]) == ("cancelled", "us")

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin ``callwright asterisk ARGUMENTS``."""
        return subprocess.Popen(
            [sys.executable, "-m", "callwright", "asterisk", *arguments],
            env=self.appliance.environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
        )


async def line_with(process: subprocess.Popen[str], text: str) -> None:
    """Read what a command prints until a line holds ``text``."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while text not in (line := await asyncio.to_thread(process.stdout.readline)):
            assert line, f"it ended without saying {text!r}"


async def result(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = await asyncio.to_thread(process.communicate, None, 90)
    return process.returncode, output


@pytest.fixture(scope="module")
def changing() -> Iterator[Changing]:
    with tempfile.TemporaryDirectory(prefix="callwright-cache-") as folder:
        cache = Path(folder)
        cache.chmod(0o755)
        # as releases before there were versions left it: no link
        copy_tree(cache / "asterisk-22")
        copy_tree(cache / SECOND)
        break_engine(copy_tree(cache / BROKEN))
        sipp = Sipp(cache / "sipp", Callee(), port=free_ports(2), rtp_port=free_ports(2))
        with appliance(CALLWRIGHT_CACHE_DIR=str(cache), CALLWRIGHT_DRAIN_SECONDS="0") as made:
            made.start()
            organisation = made.organisation("Engine School")
            made.cli("trunks", "add", "to-sipp", "127.0.0.1", "--org", organisation, "--port", str(sipp.port))
            made.cli("numbers", "add", CALLER, "--org", organisation)
            key = made.key(organisation, "--live", "--purpose", "emergency")
            yield Changing(appliance=made, cache=cache, sipp=sipp, key=key)


@pytest.fixture(autouse=True)
def answering(changing: Changing) -> Iterator[None]:
    """A sipp lives for two minutes, so each test has one of its own."""
    changing.sipp.start()
    yield
    changing.sipp.stop()


@pytest.mark.sipp
async def test_calls_in_the_air_end_and_new_ones_wait(changing: Changing) -> None:
    assert changing.program == "asterisk-22"
    async with changing.appliance.client(changing.key) as client:
        first = await changing.place_and_hear(client, "+12125550131")
        change = changing.command("use", "22.90.0-second")
        await line_with(change, "waiting for the calls in the air")
        waiting = await changing.place(client, "+12125550132")
        assert (await client.get(f"/api/v1/calls/{waiting}")).json()["status"] == "queued"
        await changing.end(client, first)
        code, output = await result(change)
        assert (code, f"{SECOND} is used" in output) == (0, True), output
        assert changing.program == SECOND
        assert (changing.cache / "asterisk-current").readlink() == Path(SECOND)
        call = await ended(client, waiting)
        assert (call["outcome"], len(call["attempts"])) == ("answered", 1)
    assert len(changing.sipp.invites()) == 2
    assert f"* {SECOND}, runs as process" in changing.appliance.cli("asterisk", "status")
    changing.appliance.cli("audit")


@pytest.mark.sipp
async def test_a_broken_one_is_taken_back(changing: Changing) -> None:
    before = changing.program
    code, output = await result(changing.command("use", BROKEN))
    assert code == 1
    assert f"{BROKEN} is not used" in output
    assert "broken on purpose" in output
    assert changing.program == before
    assert (changing.cache / "asterisk-current").readlink() == Path(before)
    async with changing.appliance.client(changing.key) as client:
        call = await ended(client, await changing.place(client, "+12125550133"))
    assert call["outcome"] == "answered"
    assert f"last change, to {BROKEN}: back" in changing.appliance.cli("asterisk", "status")


@pytest.mark.sipp
async def test_one_that_lacks_a_feature_is_not_even_ordered(changing: Changing) -> None:
    lacking = copy_tree(changing.cache / "asterisk-22.92.0-lacking")
    modules = lacking / "modules"
    target = modules.resolve()
    (target / "res_websocket_client.so").unlink()
    pid = psutil.Process(json.loads((changing.appliance.data_dir / "engine/asterisk.pid").read_text())["pid"])
    code, output = await result(changing.command("use", lacking.name))
    assert (code, "lacks res_websocket_client.so" in output) == (1, True), output
    assert pid.is_running()


@pytest.mark.sipp
async def test_now_ends_the_calls(changing: Changing) -> None:
    async with changing.appliance.client(changing.key) as client:
        cut = await changing.place_and_hear(client, "+12125550134")
        code, output = await result(changing.command("use", "asterisk-22", "--now"))
        assert code == 0, output
        call = await ended(client, cut)
        assert call["attempts"][0]["ended_by"] == "engine"
        assert (await ended(client, await changing.place(client, "+12125550135")))["outcome"] == "answered"
    assert changing.program == "asterisk-22"
    changing.appliance.cli("audit")


@pytest.mark.sipp
async def test_a_killed_serve_goes_on_with_the_change(changing: Changing) -> None:
    async with changing.appliance.client(changing.key) as client:
        call_id = await changing.place_and_hear(client, "+12125550136")
        change = changing.command("use", SECOND)
        await line_with(change, "waiting for the calls in the air")
        changing.appliance.kill()
        code, output = await result(change)
        assert (code, "its next start goes on" in output) == (1, True), output
        await asyncio.to_thread(changing.appliance.start)
        await changing.end(client, call_id)
        async with asyncio.timeout(60):
            while f"to {SECOND}: done" not in await asyncio.to_thread(changing.appliance.cli, "asterisk", "status"):
                await asyncio.sleep(0.2)
        assert changing.program == SECOND
        assert (await ended(client, await changing.place(client, "+12125550137")))["outcome"] == "answered"
    changing.appliance.cli("audit")


@pytest.mark.sipp
async def test_debians_packages_are_fetched_beside_and_old_versions_are_pruned(changing: Changing) -> None:
    output = await asyncio.to_thread(changing.appliance.cli, "asterisk", "upgrade")
    fetched = changing.program
    assert f"{fetched} is used" in output
    assert re.fullmatch(r"asterisk-22\.\d+\.\d+-[0-9a-f]{8}", fetched)
    checksums = json.loads((changing.cache / fetched / "packages.json").read_text())
    assert all(re.fullmatch("[0-9a-f]{64}", checksum) for checksum in checksums.values())
    assert "nothing to do" in changing.appliance.cli("asterisk", "upgrade")
    async with changing.appliance.client(changing.key) as client:
        assert (await ended(client, await changing.place(client, "+12125550138")))["outcome"] == "answered"
    pruned = changing.appliance.cli("asterisk", "prune")
    assert f"deleted {SECOND}" in pruned
    assert fetched not in pruned
    assert [path.name for path in changing.cache.glob("asterisk-22*")] == [fetched]


@pytest.mark.sipp
def test_without_serve_the_next_start_takes_it(changing: Changing) -> None:
    copy_tree(changing.cache / "asterisk-22.93.0-later")
    changing.appliance.stop()
    output = changing.appliance.cli("asterisk", "use", "22.93.0-later")
    assert "is used from the next start" in output
    changing.appliance.start()
    assert changing.program == "asterisk-22.93.0-later"
