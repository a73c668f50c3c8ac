"""The whole product as a process of its own, in a folder and on ports of the benchmark."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import cpu
from benchmarks.callee import free_port
from benchmarks.results import ROOT
from callwright.foundation import open_ground
from callwright.numbers.parsing import read_number
from callwright.numbers.trunks import NewTrunk
from callwright.settings import Settings

_START_SECONDS = 90.0
_STOP_SECONDS = 60.0
#: Far above what is measured: the limits' bookkeeping is paid for, their waiting is not wanted.
_ROOM = 2000


@dataclass(frozen=True, kw_only=True)
class Line:
    """What is needed to place calls."""

    key: str
    organisation_id: str


class Product:
    """``callwright serve`` without the lab, with its own PostgreSQL (fsync on) and Asterisk."""

    def __init__(self, folder: Path, *, profile: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = folder / "data"
        self.data_dir.mkdir(parents=True)
        block = free_port(14_000, 20)
        self.port = block + 10
        self._log = folder / "serve.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = {
            "CALLWRIGHT_DATA_DIR": str(self.data_dir),
            "CALLWRIGHT_PORT": str(self.port),
            "CALLWRIGHT_SIP_PORT": str(block + 11),
            "CALLWRIGHT_INTERNAL_PORT_BASE": str(block),
            "CALLWRIGHT_RTP_START": "44000",
            "CALLWRIGHT_RTP_END": "45999",
            "CALLWRIGHT_LAB": "false",
            "CALLWRIGHT_LOG_LEVEL": "warning",
            "CALLWRIGHT_WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
            **(settings or {}),
        }
        self._profile = profile
        if profile is not None:
            (self.data_dir / "postgres").mkdir()
            # every step of every statement with its time, in PostgreSQL's log
            (self.data_dir / "postgres" / "local.conf").write_text("log_min_duration_statement = 0\n")

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises ``RuntimeError`` when it does not come up."""
        self._process = self._spawn(self._environment())
        deadline = time.monotonic() + _START_SECONDS
        while not await self.ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"callwright serve did not come up:\n{self.log()[-3000:]}")
            await asyncio.sleep(0.1)

    def _environment(self) -> dict[str, str]:
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        environment |= self._settings
        if self._profile is not None:
            environment |= {
                "PYTHONPATH": os.pathsep.join(
                    [str(Path(__file__).parent / "profiling"), *filter(None, [environment.get("PYTHONPATH")])]
                ),
                "CALLWRIGHT_BENCH_PROFILE": str(self._profile),
            }
        return environment

    def _spawn(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "callwright", "serve"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )

    def log(self) -> str:
        """Return what it wrote."""
        return self._log.read_text(errors="replace")

    async def line(self, caller: str, callee_port: int) -> Line:
        """Make an organisation with a trunk to the callee, a verified caller id and a live emergency key."""
        settings = Settings(data_dir=self.data_dir)
        async with open_ground(settings) as ground:
            organisation = await ground.accounts.create_organisation("Bench")
            await ground.accounts.set_concurrent_calls(organisation.id, _ROOM)
            number = read_number(caller, field="number", region="US", sandbox=False)
            await ground.numbers.add_number(organisation.id, number, verified_by="operator")
            trunk = NewTrunk(
                name="callee", host="127.0.0.1", port=callee_port, channels=_ROOM, calls_per_second=float(_ROOM)
            )
            await ground.numbers.trunks.add(organisation.id, trunk)
            _, key = await ground.accounts.create_key(organisation.id, "bench", sandbox=False, purpose="emergency")
        return Line(key=key, organisation_id=organisation.id)

    async def durability(self) -> dict[str, str]:
        """Return PostgreSQL's settings that say whether a commit is on disk when it returns."""
        async with open_ground(Settings(data_dir=self.data_dir)) as ground:
            names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method")
            return {name: str(await ground.database.fetchval(f"SHOW {name}")) for name in names}

    async def tally(self) -> dict[str, int]:
        """Return how many calls ended with which outcome."""
        async with open_ground(Settings(data_dir=self.data_dir)) as ground:
            rows = await ground.database.fetch(
                "SELECT coalesce(outcome, status) AS o, count(*) AS n FROM calls GROUP BY 1"
            )
            return {row["o"]: row["n"] for row in rows}

    async def events(self) -> dict[str, int]:
        """Return how many events of each type there are."""
        async with open_ground(Settings(data_dir=self.data_dir)) as ground:
            rows = await ground.database.fetch("SELECT type, count(*) AS n FROM events GROUP BY type")
            return {row["type"]: row["n"] for row in rows}

    @property
    def serve(self) -> psutil.Process:
        """The control plane's process."""
        if self._process is None:
            raise RuntimeError("not started")
        return psutil.Process(self._process.pid)

    def meters(self) -> Mapping[str, cpu.Meter]:
        """Return the CPU of each part: the parts' processes are children of ``serve``."""
        serve = self.serve
        postgres = psutil.Process(self._pid("postgres/process.json"))
        asterisk = psutil.Process(self._pid("engine/asterisk.pid"))
        apart = (postgres.pid, asterisk.pid)
        return {
            "Python": lambda: cpu.own(serve),
            "speech": lambda: cpu.tree(serve, without=apart) - cpu.own(serve),
            "PostgreSQL": lambda: cpu.tree(postgres),
            "Asterisk": lambda: cpu.tree(asterisk),
        }

    def processes(self) -> Mapping[str, Callable[[], list[psutil.Process]]]:
        """Return how each part's processes are found now."""
        serve = self.serve
        postgres = psutil.Process(self._pid("postgres/process.json"))
        asterisk = psutil.Process(self._pid("engine/asterisk.pid"))
        return {
            "Python": lambda: [serve],
            "PostgreSQL": lambda: [postgres, *postgres.children(recursive=True)],
            "Asterisk": lambda: [asterisk, *asterisk.children(recursive=True)],
        }

    async def stop(self) -> None:
        """Stop it in order; what is left is killed by the pids that it wrote down."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(process.wait, _STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for name in ("engine/asterisk.pid", "postgres/process.json"):
            with contextlib.suppress(OSError, ValueError, KeyError):
                os.kill(self._pid(name), signal.SIGKILL)

    def _pid(self, name: str) -> int:
        return int(json.loads((self.data_dir / name).read_text())["pid"])

    async def ready(self) -> bool:
        """Return whether it says so within two seconds."""
        try:
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(b"GET /readyz HTTP/1.0\r\n\r\n")
                status = await reader.readline()
                writer.close()
        except (OSError, TimeoutError):
            return False
        return b" 200 " in status
