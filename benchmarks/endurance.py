"""Two parts of ``./run bench calls``: many calls in the air at once, and memory over thousands of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
from rich.table import Table

from benchmarks.callee import Callee
from benchmarks.http import Client
from benchmarks.pacing import place_all
from benchmarks.product import Product

CALLER = "+12125550100"
#: What each answered call must leave behind, once.
EVENTS = ("call.queued", "call.dialing", "call.answered", "call.attempt_ended", "call.completed")
_SENTENCE = "This is the city's alarm service. The water in your street is off tonight. "
#: Half a minute or more: all calls are in the air before the first ends.
LONG_MESSAGE = _SENTENCE * 8
SHORT_MESSAGE = "The water is back."
_SAMPLE_SECONDS = 5.0
#: Caches, pools and the interpreter's arenas have their size by then.
_SETTLED_AFTER = 1000
_PATIENCE_SECONDS = 120.0


async def in_the_air(folder: Path, callee: Callee, numbers: Sequence[str], rate: float) -> dict[str, Any]:
    """Place calls that all last longer than the placing; return the most at once and every event that is missing."""
    product = Product(folder)
    try:
        await product.start()
        line = await product.line(CALLER, callee.port)
        most = 0
        ended = asyncio.Event()

        async def watch() -> None:
            nonlocal most
            while not ended.is_set():
                seen = callee.calls()
                most = max(most, len(seen.invited.keys() & set(numbers)) - len(seen.ended.keys() & set(numbers)))
                await asyncio.sleep(0.5)

        watching = asyncio.create_task(watch())
        await _place(product, line.key, numbers, LONG_MESSAGE, rate)
        await _until_ended(callee, numbers)
        ended.set()
        await watching
        counts = await _events(product, len(numbers))
        seen = callee.calls()
        return {
            "calls": len(numbers),
            "most_at_once": most,
            "repeated_invites": seen.repeated,
            "events": counts,
            "missing": {name: len(numbers) - counts.get(name, 0) for name in EVENTS},
            "outcomes": await product.tally(),
        }
    finally:
        await product.stop()


async def soak(folder: Path, callee: Callee, numbers: Sequence[str], rate: float) -> dict[str, Any]:
    """Place many short calls one after the other; return the memory of each part by the calls made until then."""
    product = Product(folder)
    try:
        await product.start()
        line = await product.line(CALLER, callee.port)
        parts = product.processes()
        samples: list[dict[str, Any]] = []
        ended = asyncio.Event()

        async def watch() -> None:
            while not ended.is_set():
                done = len(callee.calls().ended.keys() & set(numbers))
                samples.append({"calls": done, **{name: _memory(of()) for name, of in parts.items()}})
                await asyncio.sleep(_SAMPLE_SECONDS)

        watching = asyncio.create_task(watch())
        await _place(product, line.key, numbers, SHORT_MESSAGE, rate)
        await _until_ended(callee, numbers)
        ended.set()
        await watching
        samples.append({"calls": len(numbers), **{name: _memory(of()) for name, of in parts.items()}})
        return {
            "calls": len(numbers),
            "rate": rate,
            "samples": samples,
            "growth_kb_per_1000_calls": {name: _growth(samples, name) for name in parts},
            "outcomes": await product.tally(),
        }
    finally:
        await product.stop()


async def _place(product: Product, key: str, numbers: Sequence[str], message: str, rate: float) -> None:
    client = Client(product.port, key)
    try:

        async def place(number: str) -> float:
            at, status, answer = await client.request(
                "POST", "/api/v1/calls", {"to": number, "from": CALLER, "message": message}
            )
            if status != 201:
                raise RuntimeError(f"the API refused a call: {status} {answer}")
            return at

        await place_all(numbers, rate, place)
    finally:
        client.close()


async def _until_ended(callee: Callee, numbers: Sequence[str]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    wanted = set(numbers)
    while time.monotonic() < deadline and not wanted <= callee.calls().ended.keys():
        await asyncio.sleep(0.5)


async def _events(product: Product, calls: int) -> dict[str, int]:
    """Return the events by type, once the last call's end is written."""
    deadline = time.monotonic() + 10
    while True:
        counts = await product.events()
        if counts.get("call.completed", 0) >= calls or time.monotonic() > deadline:
            return counts
        await asyncio.sleep(0.2)


def _memory(processes: Sequence[psutil.Process]) -> int:
    """Return what the processes hold for themselves, shared pages shared out (PSS), in kB."""
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return total // 1024


def _growth(samples: Sequence[Mapping[str, Any]], name: str) -> float:
    """Return the slope of the least-squares line through the samples after the beginning, kB per 1,000 calls."""
    points = [(sample["calls"] / 1000, sample[name]) for sample in samples if sample["calls"] >= _SETTLED_AFTER]
    if len(points) < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables of the parts that were run."""
    shown = []
    if "air" in result:
        air = result["air"]
        table = Table(title=f"{air['calls']} calls in the air of one node", title_justify="left")
        table.add_column("")
        table.add_column("", justify="right")
        table.add_row("most at once, by sipp", str(air["most_at_once"]))
        table.add_row("INVITEs sent again", str(air["repeated_invites"]))
        for name in EVENTS:
            table.add_row(name, str(air["events"].get(name, 0)))
        table.add_row("missing", str(sum(air["missing"].values())))
        shown.append(table)
    if "soak" in result:
        run = result["soak"]
        table = Table(title=f"Memory (PSS, MB) over {run['calls']} calls at {run['rate']:g}/s", title_justify="left")
        names = list(run["growth_kb_per_1000_calls"])
        for column in ("calls", *names):
            table.add_column(column, justify="right")
        step = max(1, len(run["samples"]) // 10)
        for sample in [*run["samples"][::step], run["samples"][-1]]:
            table.add_row(str(sample["calls"]), *(f"{sample[name] / 1024:.1f}" for name in names))
        growth = run["growth_kb_per_1000_calls"]
        table.add_row("kB per 1,000 calls", *(f"{growth[name]:+.0f}" for name in names))
        shown.append(table)
    return shown
