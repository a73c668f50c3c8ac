"""``./run bench api``: requests a second of each dialect's "send" and "status", and the CPU beside the native one's.

The API runs alone in a process of its own over a PostgreSQL that waits for its disk; nothing is dialled. The client
writes prepared bytes over connections that stay open.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import cpu, results
from benchmarks.api_requests import ALL, Ask, Dialect
from benchmarks.server import own_server
from benchmarks.statistics import percentile
from callwright.store.migrate import migrate

CLIENTS = (1, 16)
#: More CPU of the API's process than the native call's, as a share.
AIM = 0.15
#: Of whom each send makes a whole campaign: their sends are also compared with ``POST /api/v1/campaigns``.
MAKES_CAMPAIGNS = frozenset({"multisender"})
_WARM_UP = 50
#: In so many parts each API has its turn.
_ROUNDS = 20


class Wire:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, ask: Ask) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(ask.wire(self._port))
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        return int(head.split()[1]), await reader.readexactly(length)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


async def run(port: int, asks: Callable[[], Ask], *, clients: int, requests: int) -> tuple[float, list[float]]:
    """Send so many requests; returns the seconds that it took and each one's time."""
    left = itertools.count()
    times: list[float] = []

    async def client() -> None:
        wire = Wire(port)
        try:
            while next(left) < requests:
                ask = asks()
                began = time.perf_counter()
                status, body = await wire.ask(ask)
                times.append(time.perf_counter() - began)
                check(ask, status, body)
        finally:
            wire.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return time.perf_counter() - began, times


def check(ask: Ask, status: int, body: bytes) -> Any:
    """Return the answer's JSON; ends the benchmark with what was answered when it was refused."""
    content = json.loads(body)
    # three dialects tell errors with HTTP 200
    told = content if isinstance(content, dict) else {}
    if status >= 300 or isinstance(content, str) or told.get("status") == "error":
        raise SystemExit(f"{ask.method} {ask.path[:60]}: {status} {body[:500].decode(errors='replace')}")
    return content


class Measured:
    """What one API used for one action at a number of clients, over all rounds."""

    def __init__(self, dialect: Dialect, action: str, clients: int, asks: Callable[[], Ask]) -> None:
        self._dialect, self._action, self._clients = dialect, action, clients
        self._asks = asks
        self._seconds = 0.0
        self._times: list[float] = []
        self._used: defaultdict[str, float] = defaultdict(float)

    async def round(self, port: int, meters: Mapping[str, cpu.Meter], requests: int) -> None:
        """Send so many requests."""
        before = {name: meter() for name, meter in meters.items()}
        seconds, times = await run(port, self._asks, clients=self._clients, requests=requests)
        self._seconds += seconds
        self._times += times
        for name, meter in meters.items():
            self._used[name] += meter() - before[name]

    def row(self) -> dict[str, Any]:
        """Return what came of it."""
        requests = len(self._times)
        return {
            "dialect": self._dialect.name,
            "action": self._action,
            "clients": self._clients,
            "requests": requests,
            "per_second": requests / self._seconds,
            "ms": {f"p{p}": percentile(self._times, p) * 1000 for p in (50, 99)},
            "cpu_ms": {name: used * 1000 / requests for name, used in self._used.items()},
        }


async def warm_up(port: int, dialect: Dialect, indexes: itertools.count[int]) -> dict[str, Callable[[], Ask]]:
    """Place some calls and ask for each; returns what makes further requests of each action."""
    wire = Wire(port)
    looks = []
    for _ in range(_WARM_UP):
        ask = dialect.send(next(indexes))
        looks.append(dialect.status(check(ask, *(await wire.ask(ask)))))
        check(looks[-1], *(await wire.ask(looks[-1])))
    wire.close()
    looked = itertools.cycle(looks)
    return {"send": lambda: dialect.send(next(indexes)), "status": lambda: next(looked)}


async def measure(
    port: int, dialects: Sequence[Dialect], meters: Mapping[str, cpu.Meter], requests: int
) -> list[dict[str, Any]]:
    """Return a row for each API, action and number of clients.

    All of an action take turns, a few requests each: what else the machine does, and how full the tables are, is the
    same for all.
    """
    indexes = itertools.count()
    actions = [(dialect, await warm_up(port, dialect, indexes)) for dialect in dialects]
    rows = []
    for action in ("send", "status"):
        for clients in CLIENTS:
            measured = [Measured(dialect, action, clients, asks[action]) for dialect, asks in actions]
            for _ in range(_ROUNDS):
                for one in measured:
                    await one.round(port, meters, max(1, requests // _ROUNDS))
            rows += [one.row() for one in measured]
    order = [dialect.name for dialect in dialects]
    return sorted(rows, key=lambda row: order.index(row["dialect"]))


def shares(rows: Sequence[dict[str, Any]]) -> None:
    """Write into each row how much more CPU of the API's process it used than a native call, and a native campaign."""
    used = {(row["dialect"], row["action"], row["clients"]): row["cpu_ms"]["api"] for row in rows}
    for row in rows:
        for field, name in (("over_native", "native"), ("over_campaign", "native campaign")):
            base = used.get((name, row["action"], row["clients"]))
            row[field] = None if not base else row["cpu_ms"]["api"] / base - 1


def aim_of(row: Mapping[str, Any]) -> tuple[str, float | None]:
    """Return beside which native request a row is judged, and how much more it used."""
    if row["action"] == "send" and row["dialect"] in MAKES_CAMPAIGNS:
        return "native campaign", row["over_campaign"]
    return "native call", row["over_native"]


def table(rows: Sequence[dict[str, Any]]) -> Table:
    """Return the table for people."""
    shown = Table(title="API: requests a second, and CPU a request")
    for name in (
        "API",
        "action",
        "clients",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "API CPU ms",
        "PostgreSQL ms",
        "over native call",
        "over native campaign",
    ):
        shown.add_column(name, justify="left" if name in {"API", "action"} else "right")
    for row in rows:
        campaign = row["over_campaign"] if row["action"] == "send" and row["dialect"] in MAKES_CAMPAIGNS else None
        shown.add_row(
            row["dialect"],
            row["action"],
            str(row["clients"]),
            f"{row['per_second']:,.0f}",
            f"{row['ms']['p50']:.1f}",
            f"{row['ms']['p99']:.1f}",
            f"{row['cpu_ms']['api']:.2f}",
            f"{row['cpu_ms']['postgresql']:.2f}",
            "" if row["dialect"] == "native" else _share(row["over_native"]),
            _share(campaign),
        )
    return shown


def _share(over: float | None) -> str:
    return "" if over is None else f"{over:+.0%}"


def start(url: str) -> subprocess.Popen[bytes]:
    """Start the API on a database; it ends with its standard input."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.api_server", url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=results.ROOT,
    )


async def bench(names: Sequence[str], requests: int) -> list[dict[str, Any]]:
    """Measure these APIs, which take turns."""
    async with own_server() as (base, url):
        await migrate(url)
        child = start(url)
        try:
            assert child.stdout is not None
            line = await asyncio.to_thread(child.stdout.readline)
            if not line:
                raise SystemExit("the API did not start")
            ready = json.loads(line)
            api = psutil.Process(child.pid)
            pid_file = base / "data" / "postgres" / "data" / "postmaster.pid"
            database = psutil.Process(int(pid_file.read_text().split()[0]))
            meters: dict[str, cpu.Meter] = {"api": lambda: cpu.tree(api), "postgresql": lambda: cpu.tree(database)}
            dialects = [ALL[name](ready["keys"][name.partition("_")[0]], ready["caller_id"]) for name in names]
            return await measure(ready["port"], dialects, meters, requests)
        finally:
            assert child.stdin is not None
            child.stdin.close()
            child.wait(timeout=30)


def main(arguments: Sequence[str]) -> int:
    """Run it; returns the exit status, which does not depend on the numbers."""
    parser = argparse.ArgumentParser(prog="./run bench api", description=__doc__)
    parser.add_argument("--requests", type=int, default=1000, help="of each action and number of clients")
    parser.add_argument("--only", action="append", choices=[*ALL], help="beside the native API; may be repeated")
    options = parser.parse_args(arguments)
    names = [name for name in ALL if name.startswith("native") or name in (options.only or ALL)]
    rows = asyncio.run(bench(names, options.requests))
    shares(rows)
    Console(width=130).print(table(rows))
    aims: list[dict[str, Any]] = [
        {
            "aim": f"{row['dialect']} {row['action']}, {row['clients']} clients, over the {aim_of(row)[0]}",
            "met": (aim_of(row)[1] or 0.0) <= AIM,
        }
        for row in rows
        if not row["dialect"].startswith("native")
    ]
    path = results.write("api", {"rows": rows, "aim_over_native": AIM, "aims": aims})
    met = sum(bool(aim["met"]) for aim in aims)
    print(f"aim: at most {AIM:.0%} more CPU than the native request; met by {met} of {len(aims)}")
    print("The aim is read beside the native call; of what makes a campaign at each send, beside the native campaign.")
    print(path)
    return 0
