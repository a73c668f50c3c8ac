"""``./run bench smpp``: messages a second and CPU a message of the SMPP client alone.

One connection, one server: the npm package ``smpp`` in a process of its own, as the tests run it. The baseline is a
bare asyncio session that writes the same octets again and again, with a window and nothing else: no text is encoded, no
outcome told, nothing times out. Conditions take turns, so that the machine's moods meet all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import struct
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import results
from callwright.channels.sms.client import Plan, SmppClient
from callwright.channels.sms.pdu import Address, Bind, Pdu, ShortMessage, encode
from callwright.channels.sms.port import Accepted, Arrival, TextMessage
from callwright.channels.sms.session import Endpoint

sys.path.insert(0, str(results.ROOT / "tests"))

from support.smpp_server import MessageCentre, message_centre

TEXT = "Your appointment is tomorrow at 10:30. Reply STOP to get no more of these."
RECIPIENT = "+491701234567"
SENDER = "Callwright"
LONGEST_SECONDS = 300.0


class BareSession(asyncio.Protocol):
    """The least that sends: octets made once, a window, answers and deliveries told apart by their command."""

    def __init__(self, messages: int, window: int, receipts: int) -> None:
        self.left, self.window, self.answers, self.receipts = messages, window, messages, receipts
        self.rest = b""
        self.sequence = 0
        self.done = asyncio.get_running_loop().create_future()
        bind = Bind(system_id="bare", password="secret")
        self.bind = encode(Pdu(9, 1, 0, bind))
        source, destination = Address(ton=5, digits=SENDER), Address(ton=1, npi=1, digits=RECIPIENT[1:])
        body = ShortMessage(source=source, destination=destination, short_message=TEXT.encode(), registered_delivery=1)
        self.body = encode(Pdu(4, 1, 0, body))

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self.bind)

    def send(self, count: int) -> None:
        count = min(count, self.left)
        self.left -= count
        for _ in range(count):
            self.sequence += 1
            self.transport.write(self.body[:12] + self.sequence.to_bytes(4, "big") + self.body[16:])

    def data_received(self, data: bytes) -> None:
        data, at, answered = self.rest + data, 0, 0
        while len(data) - at >= 16:
            length, command, _, sequence = struct.unpack_from(">IIII", data, at)
            if len(data) - at < length:
                break
            at += length
            if command == 0x80000004:
                answered += 1
            elif command == 5:
                self.transport.write(struct.pack(">IIIIB", 17, 0x80000005, 0, sequence, 0))
                self.receipts -= 1
            elif command == 0x80000009:
                self.send(self.window)
        self.rest = data[at:]
        self.answers -= answered
        self.send(answered)
        if not self.answers and self.receipts <= 0 and not self.done.done():
            self.done.set_result(None)


async def bare(centre: MessageCentre, messages: int, window: int, receipts: bool) -> float:
    """Send with the bare session; returns the seconds of CPU from the first octet on."""
    used = time.process_time()
    loop = asyncio.get_running_loop()
    transport, session = await loop.create_connection(
        lambda: BareSession(messages, window, messages * receipts), "127.0.0.1", centre.port
    )
    await session.done
    transport.close()
    return time.process_time() - used


class Counting:
    """Counts what arrives."""

    def __init__(self, expected: int) -> None:
        self.left = expected
        self.all = asyncio.Event()
        if not expected:
            self.all.set()

    async def receive(self, arrivals: Sequence[Arrival]) -> None:
        """Take receipts."""
        self.left -= len(arrivals)
        if self.left <= 0:
            self.all.set()


async def client(centre: MessageCentre, messages: int, window: int, receipts: bool) -> float:
    """Send with the product's client; returns the seconds of CPU from the first octet on."""
    used = time.process_time()
    arrivals = Counting(messages * receipts)
    endpoint = Endpoint(host="127.0.0.1", port=centre.port, bind=Bind(system_id="client"), window=window)
    sms = SmppClient(Plan(endpoints=[endpoint]), arrivals)
    sms.start()
    numbers = iter(range(messages))
    accepted = Counter[bool]()

    async def work() -> None:
        for number in numbers:
            message = TextMessage(id=str(number), sender=SENDER, recipient=RECIPIENT, text=TEXT)
            (outcome,) = await sms.submit(message)
            accepted[isinstance(outcome, Accepted)] += 1

    await asyncio.gather(*(work() for _ in range(2 * window)))
    if accepted[True] != messages:
        raise SystemExit(f"the server took {accepted[True]} of {messages} messages")
    await arrivals.all.wait()
    await sms.stop()
    return time.process_time() - used


Sender = Callable[[MessageCentre, int, int, bool], Awaitable[float]]
CONDITIONS: dict[str, tuple[Sender, bool]] = {
    "bare session": (bare, False),
    "client": (client, False),
    "bare session, receipts": (bare, True),
    "client, receipts": (client, True),
}


@asynccontextmanager
async def quiet_centre(receipts: bool) -> AsyncIterator[MessageCentre]:
    """Run a server that tells nothing of messages."""
    async with message_centre() as centre:
        centre.behave(quiet=True, receipt=receipts)
        yield centre


async def measure(name: str, messages: int, window: int) -> dict[str, float]:
    """Return what one run of a condition cost."""
    sender, receipts = CONDITIONS[name]
    async with quiet_centre(receipts) as centre, asyncio.timeout(LONGEST_SECONDS):
        wall = time.perf_counter()
        used = await sender(centre, messages, window, receipts)
        wall = time.perf_counter() - wall
    return {"messages_per_second": messages / wall, "cpu_us_per_message": used * 1e6 / messages}


async def compare(messages: int, window: int, runs: int) -> list[dict[str, Any]]:
    """Return each condition's runs and medians."""
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in CONDITIONS}
    for _ in range(runs):
        for name, rows in measured.items():
            rows.append(await measure(name, messages, window))
    return [
        {
            "name": name,
            "runs": rows,
            **{key: statistics.median(row[key] for row in rows) for key in rows[0]},
        }
        for name, rows in measured.items()
    ]


def main(arguments: Sequence[str]) -> int:
    """Run from the command line; returns 0."""
    parser = argparse.ArgumentParser(prog="./run bench smpp", description=__doc__)
    parser.add_argument("--messages", type=int, default=50_000, help="messages of each run")
    parser.add_argument("--window", type=int, default=100, help="unanswered messages")
    parser.add_argument("--runs", type=int, default=5, help="runs of each condition")
    given = parser.parse_args(arguments)
    measured = asyncio.run(compare(given.messages, given.window, given.runs))
    table = Table(
        title=f"{given.messages} messages, window {given.window}, medians of {given.runs} runs", title_justify="left"
    )
    table.add_column("")
    for column in ("messages/s", "CPU µs/message", "of the bare session"):
        table.add_column(column, justify="right")
    for index, row in enumerate(measured):
        base = measured[index - index % 2]["cpu_us_per_message"]
        table.add_row(
            row["name"],
            f"{row['messages_per_second']:.0f}",
            f"{row['cpu_us_per_message']:.1f}",
            f"{row['cpu_us_per_message'] / base:.1f}",
        )
    console = Console(width=max(Console().width, 100))
    console.print(table)
    parameters = {"messages": given.messages, "window": given.window, "runs": given.runs}
    console.print(f"written to {results.write('smpp', {**parameters, 'conditions': measured})}")
    return 0
