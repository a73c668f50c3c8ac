"""``./run bench api``: requests a second of each dialect's "send" and "status", and the CPU beside the native call's.

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
from collections.abc import Callable, Sequence
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
_WARM_UP = 50


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


async def measure(
    port: int, dialect: Dialect, meters: dict[str, cpu.Meter], indexes: itertools.count[int], requests: int
) -> list[dict[str, Any]]:
    """Return a row for each action and number of clients."""
    wire = Wire(port)
    answers = []
    for _ in range(_WARM_UP):
        ask = dialect.send(next(indexes))
        answers.append(check(ask, *(await wire.ask(ask))))
        asked = dialect.status(answers[-1])
        check(asked, *(await wire.ask(asked)))
    wire.close()
    looked = itertools.cycle([dialect.status(answer) for answer in answers])
    actions: dict[str, Callable[[], Ask]] = {
        "send": lambda: dialect.send(next(indexes)),
        "status": lambda: next(looked),
    }
    rows = []
    for action, asks in actions.items():
        for clients in CLIENTS:
            before = {name: meter() for name, meter in meters.items()}
            seconds, times = await run(port, asks, clients=clients, requests=requests)
            used = {name: (meter() - before[name]) * 1000 / requests for name, meter in meters.items()}
            rows.append(
                {
                    "dialect": dialect.name,
                    "action": action,
                    "clients": clients,
                    "requests": requests,
                    "per_second": requests / seconds,
                    "ms": {f"p{p}": percentile(times, p) * 1000 for p in (50, 99)},
                    "cpu_ms": used,
                }
            )
    return rows


def shares(rows: Sequence[dict[str, Any]]) -> None:
    """Write into each row how much more CPU of the API's process it used than the native one."""
    native = {(row["action"], row["clients"]): row["cpu_ms"]["api"] for row in rows if row["dialect"] == "native"}
    for row in rows:
        base = native.get((row["action"], row["clients"]))
        row["over_native"] = None if not base else row["cpu_ms"]["api"] / base - 1


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
        "over native",
    ):
        shown.add_column(name, justify="left" if name in {"API", "action"} else "right")
    for row in rows:
        over = row["over_native"]
        shown.add_row(
            row["dialect"],
            row["action"],
            str(row["clients"]),
            f"{row['per_second']:,.0f}",
            f"{row['ms']['p50']:.1f}",
            f"{row['ms']['p99']:.1f}",
            f"{row['cpu_ms']['api']:.2f}",
            f"{row['cpu_ms']['postgresql']:.2f}",
            "" if over is None or row["dialect"] == "native" else f"{over:+.0%}",
        )
    return shown


def start(url: str) -> subprocess.Popen[bytes]:
    """Start the API on a database; it ends with its standard input."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.api_server", url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=results.ROOT,
    )


async def bench(names: Sequence[str], requests: int) -> list[dict[str, Any]]:
    """Measure these APIs one after the other, in the order given, the native one first."""
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
            indexes = itertools.count()
            rows = []
            for name in names:
                dialect = ALL[name](ready["keys"][name], ready["caller_id"])
                rows += await measure(ready["port"], dialect, meters, indexes, requests)
            return rows
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
    names = ["native", *(name for name in ALL if name != "native" and name in (options.only or ALL))]
    rows = asyncio.run(bench(names, options.requests))
    shares(rows)
    Console(width=130).print(table(rows))
    aims = [
        {"aim": f"{row['dialect']} {row['action']}, {row['clients']} clients", "met": row["over_native"] <= AIM}
        for row in rows
        if row["dialect"] != "native"
    ]
    path = results.write("api", {"rows": rows, "aim_over_native": AIM, "aims": aims})
    print(f"aim: at most {AIM:.0%} more CPU than the native call; met by {sum(a['met'] for a in aims)} of {len(aims)}")
    print(path)
    return 0
