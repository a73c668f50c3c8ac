"""What uses a gateway's API as fast as it goes: GET requests over kept connections, and a place for its receipts."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil

from benchmarks.gateways import programs
from benchmarks.gateways.debian import Missing

_ID = re.compile(rb"[?&]number=(\d+)")
#: Requests at once: a customer's server, not one connection.
_CONNECTIONS = 32
#: A gateway that told nothing for so long has told all that it will.
_QUIET_SECONDS = 30.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What a gateway is to send."""

    recipients: Sequence[str]
    sender: str
    text: str


class Receipts:
    """Counts the texts of which a receipt came; the gateway tells them by requests."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.numbers: set[int] = set()

    def url(self, number: int) -> str:
        """Return the address that is told of the text with this number."""
        return f"http://127.0.0.1:{self.port}/receipt?number={number}"


class _Reader(asyncio.Protocol):
    """Answers each request at once."""

    def __init__(self, receipts: Receipts, answer: bytes) -> None:
        self._receipts = receipts
        self._answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (
            len(answer),
            answer,
        )
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            line = head.partition(b"\r\n")[0]
            if found := _ID.search(line):
                self._receipts.numbers.add(int(found[1]))
            self._transport.write(self._answer)


@asynccontextmanager
async def receipts(answer: bytes) -> AsyncIterator[Receipts]:
    """Listen for receipts, each answered with ``answer``."""
    kept = Receipts(0)
    server = await asyncio.get_running_loop().create_server(lambda: _Reader(kept, answer), "127.0.0.1", 0)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """Read what follows the head of an answer: of a stated length, or in chunks (RFC 9112 section 7.1)."""
    if length := _LENGTH.search(head):
        return await reader.readexactly(int(length[1]))
    body = b""
    while b"chunked" in head.lower():
        size = int((await reader.readline()).split(b";")[0], 16)
        chunk = await reader.readexactly(size + 2)
        if not size:
            break
        body += chunk[:-2]
    return body


async def rush(port: int, paths: Iterable[str], *, connections: int) -> None:
    """Ask for each path, ``connections`` at a time. Raises ``RuntimeError`` for an answer that is no yes."""
    waiting = iter(paths)

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for path in waiting:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(reader, head)
            if not head.split(b" ", 2)[1].startswith(b"2"):
                raise RuntimeError(f"the gateway answered {(head + body)[:300].decode(errors='replace')}")
            if b"connection: close" in head.lower():
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    await asyncio.gather(*(ask() for _ in range(connections)))


async def measure(
    processes: Sequence[psutil.Process], port: int, paths: Sequence[str], kept: Receipts
) -> dict[str, float]:
    """Ask for each path once and return what it cost until the last receipt that came: rates, and the gateway's CPU.

    Jasmin loses some receipts that come within a millisecond of their answer: they are counted. Raises ``Missing`` when
    none comes.
    """
    count = len(paths)
    spent, begun = programs.used(processes), time.perf_counter()
    await rush(port, paths, connections=_CONNECTIONS)
    accepted = time.perf_counter() - begun

    last = time.perf_counter()
    heard = 0
    while heard < count and time.perf_counter() - last < _QUIET_SECONDS:
        if len(kept.numbers) > heard:
            heard, last = len(kept.numbers), time.perf_counter()
        await asyncio.sleep(0.05)
    if not heard:
        raise Missing(f"no receipt came in {_QUIET_SECONDS:.0f} s after the last text was accepted")
    return {
        "accepted_per_second": count / accepted,
        "messages_per_second": heard / (last - begun),
        "cpu_us_per_message": (programs.used(processes) - spent) * 1e6 / count,
        "receipts_lost": count - heard,
    }
