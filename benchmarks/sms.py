"""``./run bench sms``: texts a second and CPU a text, from the batch at the API to the receipt that is stored.

The whole way in one process, as ``serve`` runs it: the API reads and commits batches, the sender claims, decides about
every person, sends over SMPP, writes answers, receipts and events. PostgreSQL runs with ``fsync``; the message centre
is the npm package ``smpp`` in a process of its own, which answers each unit at once and sends a receipt after it.
``./run bench smpp`` measures the client alone.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import cpu, results
from benchmarks.server import own_database
from benchmarks.smpp import quiet_centre
from callwright.channels.sms.smpp import SmppChannel
from callwright.clock import SystemClock
from callwright.dispatch.bell import MESSAGES, Bell
from callwright.dispatch.messaging import MessageSender
from callwright.messages.inbox import RouteInbox
from callwright.messages.ledger import MessageLedger
from callwright.messages.models import Route
from callwright.messages.routes import NewRoute
from callwright.store.database import Database

sys.path.insert(0, str(results.ROOT / "tests"))

from support.api import ApiUnderTest, serve_api
from support.smpp_server import MessageCentre

TEXT = "Your appointment is tomorrow at 10:30. Reply STOP to get no more of these."
LONGEST_SECONDS = 900.0


@asynccontextmanager
async def sending(api: ApiUnderTest, database: Database, url: str, centre: MessageCentre) -> AsyncIterator[None]:
    """Run a sender with a route to the message centre, until the end of the block."""
    options = {"host": "127.0.0.1", "port": centre.port, "system_id": "bench", "window": 200}
    await api.services.messages.routes.add(
        api.organisation.id,
        NewRoute(channel="sms", kind="smpp", name="centre", options=options, per_second=100_000),
    )

    async def read(route: Route, parts: Any) -> None:
        """Nobody writes back."""

    ledger = MessageLedger(database)
    bell = Bell(url, channel=MESSAGES)
    clock = SystemClock()
    sender = MessageSender(
        database,
        clock=clock,
        bell=bell,
        routes=api.services.messages.routes,
        ledger=ledger,
        inbox=RouteInbox(ledger, read=read),
        openers={"smpp": lambda route, inbox: SmppChannel(route, inbox, clock)},
        node="bench",
    )
    running = asyncio.create_task(sender.run())
    try:
        async with asyncio.timeout(30):
            while not any(state.get("ready") for state in sender.states.values()):
                await asyncio.sleep(0.05)
        yield
    finally:
        await sender.drain(10)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def numbers(count: int) -> list[str]:
    """Return numbers that a numbering plan assigns, each once."""
    return [f"+1212{2_000_000 + n:07}" for n in range(count)]


async def measure(messages: int, batch: int) -> dict[str, float]:
    """Return what one run cost: texts a second until the last is accepted and until the last receipt is stored."""
    async with contextlib.AsyncExitStack() as stack:
        _, url, database = await stack.enter_async_context(own_database())
        centre = await stack.enter_async_context(quiet_centre(receipts=True))
        api = await stack.enter_async_context(serve_api(database))
        await stack.enter_async_context(sending(api, database, url, centre))
        # what is measured is not the night
        await database.execute("UPDATE organisations SET calling_from = NULL, calling_until = NULL")
        people = numbers(messages)
        postgres = _cpu_of_postgres()
        used, wall = time.process_time(), time.perf_counter()
        for start in range(0, messages, batch):
            body = {"to": people[start : start + batch], "message": TEXT, "from": "+18005550199"}
            answer = await api.live.post("/api/v1/sms", json=body, timeout=120)
            if answer.status_code != 201:
                raise SystemExit(f"the API answered {answer.status_code}: {answer.text[:300]}")
        accepted = time.perf_counter() - wall
        async with asyncio.timeout(LONGEST_SECONDS):
            while await database.fetchval("SELECT EXISTS (SELECT FROM messages WHERE status <> 'delivered')"):
                await asyncio.sleep(0.1)
        wall = time.perf_counter() - wall
        used = time.process_time() - used
        postgres = _cpu_of_postgres() - postgres
        twice = await database.fetchval(
            "SELECT count(*) FROM (SELECT message_id FROM message_parts GROUP BY 1 HAVING count(*) > 1) AS t"
        )
        if twice:
            raise SystemExit(f"{twice} texts were sent twice")
    return {
        "accepted_per_second": messages / accepted,
        "messages_per_second": messages / wall,
        "cpu_us_per_message": used * 1e6 / messages,
        "postgres_cpu_us_per_message": postgres * 1e6 / messages,
    }


def _cpu_of_postgres() -> float:
    """Return the seconds of CPU of the server that this run started, with all its processes."""
    for process in psutil.process_iter(["name", "cmdline"]):
        words = process.info["cmdline"] or ()
        if process.info["name"] == "postgres" and any("callwright-bench-" in word for word in words):
            return cpu.tree(process)
    return 0.0


async def compare(messages: int, batch: int, runs: int) -> tuple[list[dict[str, float]], dict[str, float]]:
    """Return the runs and their medians."""
    rows = [await measure(messages, batch) for _ in range(runs)]
    return rows, {key: statistics.median(row[key] for row in rows) for key in rows[0]}


def main(arguments: Sequence[str]) -> int:
    """Run from the command line; returns 0."""
    parser = argparse.ArgumentParser(prog="./run bench sms", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000, help="texts of each run")
    parser.add_argument("--batch", type=int, default=5_000, help="texts of one request")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args(arguments)
    rows, medians = asyncio.run(compare(given.messages, given.batch, given.runs))
    table = Table(title=f"{given.messages} texts in requests of {given.batch}, {given.runs} runs", title_justify="left")
    for column in ("", "accepted/s", "to the receipt/s", "CPU µs/text", "PostgreSQL CPU µs/text"):
        table.add_column(column, justify="right")
    for name, row in [*((str(place), row) for place, row in enumerate(rows, 1)), ("median", medians)]:
        table.add_row(name, *(f"{value:.0f}" for value in row.values()))
    console = Console(width=max(Console().width, 100))
    console.print(table)
    parameters = {"messages": given.messages, "batch": given.batch, "runs": given.runs}
    console.print(f"written to {results.write('sms', {**parameters, 'rows': rows, 'median': medians})}")
    return 0
