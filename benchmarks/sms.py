"""``./run bench sms``: texts a second and CPU a text, from the batch at the API to the receipt that is stored.

The whole way in one process, as ``serve`` runs it: the API reads and commits batches, the sender claims, decides about
every person, sends over SMPP, writes answers, receipts and events. PostgreSQL runs with ``fsync``; the message centre
is the npm package ``smpp`` in a process of its own, which answers each unit at once and sends a receipt after it.

In the same run and with the same centre: our SMPP client alone (``./run bench smpp`` says more of it), Kannel and
Jasmin (``benchmarks/gateways``). They take turns, so that the machine's moods meet all of them. What cannot be had on a
machine is said in the table. CPU is that of the gateway with all that it keeps its messages in; the centre's and that
of whoever asks are not in it (of ours, the few requests are).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import cpu, results, smpp
from benchmarks.gateways import jasmin, kannel
from benchmarks.gateways.debian import Missing
from benchmarks.gateways.rush import Texts
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

SENDER = "+18005550199"
TEXT = "Your appointment is tomorrow at 10:30. Reply STOP to get no more of these."
LONGEST_SECONDS = 900.0
#: Unanswered units; Kannel and our client have the same.
WINDOW = kannel.WINDOW
#: Texts that are sent before what is measured.
WARM = 1_000
#: Measures so many texts, in batches of so many where that says something.
Condition = Callable[[int, int], Awaitable[dict[str, float]]]
GATEWAYS = ("Kannel, HTTP, store on disk", "Kannel, mtbatch, memory only", "Jasmin, HTTP")


@asynccontextmanager
async def sending(
    api: ApiUnderTest, database: Database, url: str, centre: MessageCentre
) -> AsyncIterator[Callable[[], None]]:
    """Run a sender with a route to the message centre until the end of the block; yields what wakes it."""
    options = {"host": "127.0.0.1", "port": centre.port, "system_id": "bench", "window": WINDOW}
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
        yield bell.ring_here
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
        base, url, database = await stack.enter_async_context(own_database())
        centre = await stack.enter_async_context(quiet_centre(receipts=True))
        api = await stack.enter_async_context(serve_api(database))
        ring = await stack.enter_async_context(sending(api, database, url, centre))
        # what is measured is not the night
        await database.execute("UPDATE organisations SET calling_from = NULL, calling_until = NULL")
        people = numbers(messages + WARM)
        # an installation that has sent before, whose rows PostgreSQL has counted: its first minute is not measured
        await _send(api, database, people[messages:], WARM, ring)
        await database.execute("ANALYZE")
        server = psutil.Process(int((base / "data/postgres/data/postmaster.pid").read_text().split()[0]))
        postgres, used, wall = cpu.tree(server), time.process_time(), time.perf_counter()
        accepted = await _send(api, database, people[:messages], batch, ring)
        wall = time.perf_counter() - wall
        used = time.process_time() - used
        postgres = cpu.tree(server) - postgres
        twice = await database.fetchval(
            "SELECT count(*) FROM (SELECT message_id FROM message_parts GROUP BY 1 HAVING count(*) > 1) AS t"
        )
        if twice:
            raise SystemExit(f"{twice} texts were sent twice")
    return {
        "accepted_per_second": messages / accepted,
        "messages_per_second": messages / wall,
        "cpu_us_per_message": (used + postgres) * 1e6 / messages,
        "postgres_cpu_us_per_message": postgres * 1e6 / messages,
    }


async def _send(
    api: ApiUnderTest, database: Database, people: Sequence[str], batch: int, ring: Callable[[], None]
) -> float:
    """Send to all and wait for their receipts; returns the seconds until the last text was accepted."""
    begun = time.perf_counter()
    last = ""
    for start in range(0, len(people), batch):
        body = {"to": people[start : start + batch], "message": TEXT, "from": SENDER}
        answer = await api.live.post("/api/v1/sms", json=body, timeout=120)
        if answer.status_code != 201:
            raise SystemExit(f"the API answered {answer.status_code}: {answer.text[:300]}")
        last = answer.json()["messages"][-1]["message_id"]
        # as the appliance's services do
        ring()
    accepted = time.perf_counter() - begun
    async with asyncio.timeout(LONGEST_SECONDS):
        # a look at all of them costs as much as some hundred texts: only when the last one has its receipt
        while await database.fetchval("SELECT status FROM messages WHERE id = $1", last) != "delivered":
            await asyncio.sleep(0.05)
        while await database.fetchval("SELECT EXISTS (SELECT FROM messages WHERE status <> 'delivered')"):
            await asyncio.sleep(0.05)
    return accepted


async def _client_alone(messages: int, batch: int) -> dict[str, float]:
    return await smpp.measure("client, receipts", messages, WINDOW)


def _gateway(run: Callable[[Path, int, Texts], Awaitable[dict[str, float]]]) -> Condition:
    """Return the measurement of another gateway, in a folder that is gone afterwards."""

    async def measured(messages: int, batch: int) -> dict[str, float]:
        folder = Path(tempfile.mkdtemp(prefix="callwright-bench-"))
        try:
            async with quiet_centre(receipts=True) as centre:
                texts = Texts(recipients=numbers(messages), sender=SENDER.removeprefix("+"), text=TEXT)
                return await run(folder, centre.port, texts)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return measured


CONDITIONS: dict[str, Condition] = {
    "Callwright": measure,
    "its SMPP client alone": _client_alone,
    "Kannel, HTTP, store on disk": _gateway(kannel.through_http),
    "Kannel, mtbatch, memory only": _gateway(kannel.by_batch),
    "Jasmin, HTTP": _gateway(jasmin.through_http),
}


async def compare(names: Sequence[str], messages: int, batch: int, runs: int) -> list[dict[str, Any]]:
    """Return each condition's runs and medians, or why it cannot be had here."""
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    missing: dict[str, str] = {}
    for _ in range(runs):
        for name in names:
            if name in missing:
                continue
            try:
                measured[name].append(await CONDITIONS[name](messages, batch))
            except Missing as error:
                missing[name] = str(error)
    return [
        {"name": name, "missing": missing[name]}
        if name in missing
        else {"name": name, "runs": rows, **{key: statistics.median(row[key] for row in rows) for key in rows[0]}}
        for name, rows in measured.items()
    ]


def _table(measured: Sequence[dict[str, Any]], title: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for column in ("accepted/s", "to the receipt/s", "CPU µs/text", "Callwright is … times as fast"):
        table.add_column(column, justify="right")
    ours = next((row.get("messages_per_second") for row in measured if row["name"] == "Callwright"), None)
    for row in measured:
        if "missing" in row:
            table.add_row(row["name"], "", "", "", f"not measured: {row['missing']}")
            continue
        compared = row["name"] in GATEWAYS and ours is not None
        lost = row.get("receipts_lost", 0)
        table.add_row(
            f"{row['name']} ({lost:.0f} receipts never came)" if lost else row["name"],
            f"{row['accepted_per_second']:.0f}" if "accepted_per_second" in row else "",
            f"{row['messages_per_second']:.0f}",
            f"{row['cpu_us_per_message']:.0f}",
            f"{ours / row['messages_per_second']:.2f}" if compared else "",
        )
    return table


def main(arguments: Sequence[str]) -> int:
    """Run from the command line; returns 0."""
    parser = argparse.ArgumentParser(prog="./run bench sms", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000, help="texts of each run")
    parser.add_argument("--batch", type=int, default=5_000, help="texts of one of our requests")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help="without Kannel and Jasmin")
    given = parser.parse_args(arguments)
    names = [name for name in CONDITIONS if not given.alone or name not in GATEWAYS]
    measured = asyncio.run(compare(names, given.messages, given.batch, given.runs))
    title = f"{given.messages} texts (ours in requests of {given.batch}), medians of {given.runs} runs"
    console = Console(width=max(Console().width, 120))
    console.print(_table(measured, title))
    parameters = {"messages": given.messages, "batch": given.batch, "runs": given.runs}
    console.print(f"written to {results.write('sms', {**parameters, 'conditions': measured})}")
    return 0
