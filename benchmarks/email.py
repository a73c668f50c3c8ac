"""``./run bench email``: mails a second and CPU a mail into Postfix, against a bare loop of aiosmtplib.

One Postfix of Debian on this machine, with a queue of its own, takes the mails and throws them away (``discard``). The
bare loop hands over the same octets again and again. The product's channel builds each mail (HTML with a value in it,
its text, the links to unsubscribe), signs it where asked, and tells what came of it. Conditions take turns, so that the
machine's moods meet all of them. It needs root, as Postfix does.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import aiosmtplib
from rich.console import Console
from rich.table import Table

from benchmarks import results
from callwright.mail.building import Envelope, Template
from callwright.mail.content import read_content
from callwright.mail.dkim import Signer, new_key
from callwright.messages.models import Outgoing

sys.path.insert(0, str(results.ROOT / "tests"))

from support.mail_channels import Desk, channel_of, mail_route, mail_to
from support.postfix import postfix

RECIPIENT = "ann@bench.example"
HTML = "<style>p{color:#333}</style><p>Dear {NAME},</p>" + "<p>your appointment is tomorrow at 10:30.</p>" * 10
LONGEST_SECONDS = 600.0
SIGNER = Signer(domain="example.com", selector="bench", key=new_key().private)


def _mails(count: int) -> list[Outgoing]:
    """Return mails of one content, as a batch has it."""
    first = mail_to(RECIPIENT, purpose="marketing", html=HTML)
    return [replace(first, id=f"{first.id[:-6]}{number:06d}") for number in range(count)]


async def bare(port: int, mails: int, connections: int) -> None:
    """Hand over the same octets, one mail after the other on each connection."""
    mail = mail_to(RECIPIENT, html=HTML)
    envelope = Envelope(
        to=RECIPIENT,
        sender=mail.from_address,
        sender_name="The Shop",
        variables=mail.variables | {"unsubscribe_url": "https://calls.example.com/unsubscribe/x"},
        message_id="bench@example.com",
        date=mail.not_before,
    )
    octets = Template(read_content(mail.content)).build(envelope)
    left = iter(range(mails))

    async def work() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, local_hostname="bench") as client:
            for _ in left:
                await client.sendmail(mail.from_address, [RECIPIENT], octets)

    await asyncio.gather(*(work() for _ in range(connections)))


def channel(*, signed: bool) -> Callable[[int, int, int], Awaitable[None]]:
    """Return what sends with the product's channel."""

    async def run(port: int, mails: int, connections: int) -> None:
        desk = Desk(signer=SIGNER if signed else None)
        waiting = iter(_mails(mails))
        sent = 0
        async with channel_of(mail_route(port, connections=connections, hello="bench"), desk) as carrier:

            async def work() -> None:
                nonlocal sent
                for mail in waiting:
                    came = await carrier.send(mail)
                    sent += came.verdict == "sent"

            await asyncio.gather(*(work() for _ in range(carrier.window)))
        if sent != mails:
            raise SystemExit(f"Postfix took {sent} of {mails} mails")

    return run


CONDITIONS: dict[str, tuple[Callable[[int, int, int], Awaitable[None]], int]] = {
    "bare loop, 1 connection": (bare, 1),
    "channel, 1 connection": (channel(signed=False), 1),
    "channel, 1 connection, signed": (channel(signed=True), 1),
    "bare loop, 4 connections": (bare, 4),
    "channel, 4 connections": (channel(signed=False), 4),
    "channel, 4 connections, signed": (channel(signed=True), 4),
}


async def measure(name: str, port: int, mails: int) -> dict[str, float]:
    """Return what one run of a condition cost; the CPU is ours, without Postfix'."""
    run, connections = CONDITIONS[name]
    async with asyncio.timeout(LONGEST_SECONDS):
        wall, used = time.perf_counter(), time.process_time()
        await run(port, mails, connections)
        wall, used = time.perf_counter() - wall, time.process_time() - used
    return {"mails_per_second": mails / wall, "cpu_us_per_mail": used * 1e6 / mails}


async def compare(port: int, mails: int, runs: int) -> list[dict[str, Any]]:
    """Return each condition's runs and medians."""
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in CONDITIONS}
    for _ in range(runs):
        for name, rows in measured.items():
            rows.append(await measure(name, port, mails))
    return [
        {"name": name, "runs": rows, **{key: statistics.median(row[key] for row in rows) for key in rows[0]}}
        for name, rows in measured.items()
    ]


def main(arguments: Sequence[str]) -> int:
    """Run from the command line; returns 0."""
    parser = argparse.ArgumentParser(prog="./run bench email", description=__doc__)
    parser.add_argument("--mails", type=int, default=2000, help="mails of each run")
    parser.add_argument("--runs", type=int, default=5, help="runs of each condition")
    given = parser.parse_args(arguments)
    with postfix(transports={"bench.example": "discard:"}) as server:
        measured = asyncio.run(compare(server.port, given.mails, given.runs))
    table = Table(title=f"{given.mails} mails, medians of {given.runs} runs", title_justify="left")
    table.add_column("")
    for column in ("mails/s", "CPU µs/mail", "of the bare loop"):
        table.add_column(column, justify="right")
    for index, row in enumerate(measured):
        base = measured[index - index % 3]["mails_per_second"]
        table.add_row(
            row["name"],
            f"{row['mails_per_second']:.0f}",
            f"{row['cpu_us_per_mail']:.0f}",
            f"{row['mails_per_second'] / base:.2f}",
        )
    console = Console(width=max(Console().width, 100))
    console.print(table)
    parameters = {"mails": given.mails, "runs": given.runs}
    console.print(f"written to {results.write('email', {**parameters, 'conditions': measured})}")
    return 0
