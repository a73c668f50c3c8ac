"""Small HTTP servers for tests of what we send, some of them ill-behaved."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return orjson.loads(self.body)


@dataclass(kw_only=True)
class Receiver:
    """Answers posts and keeps them; ``answer`` says how."""

    url: str = ""
    port: int = 0
    requests: list[Received] = field(default_factory=list)

    async def wait_for(self, count: int, seconds: float = 30.0) -> list[Received]:
        async with asyncio.timeout(seconds):
            while len(self.requests) < count:
                await asyncio.sleep(0.01)
        return self.requests


#: Gets the request and the receiver; returns a status, or a status with headers.
Answering = Callable[[Received], Awaitable[int | tuple[int, dict[str, str]]]]


async def ok(_: Received) -> int:
    return 200


@asynccontextmanager
async def receiving(answer: Answering = ok, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver on a free port of 127.0.0.1."""
    receiver = Receiver()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode().split("\r\n")
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            received = Received(path=lines[0].split(" ")[1], headers=headers, body=body)
            receiver.requests.append(received)
            answered = await answer(received)
            status, extra = answered if isinstance(answered, tuple) else (answered, {})
            text = "".join(f"{name}: {value}\r\n" for name, value in extra.items())
            writer.write(f"HTTP/1.1 {status} X\r\n{text}content-length: 0\r\n\r\n".encode())
            await writer.drain()

    async with serving(handle, tls=tls) as port:
        receiver.port = port
        receiver.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/hook"
        yield receiver


@asynccontextmanager
async def serving(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    *,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """Serve raw connections on a free port of 127.0.0.1; they are cut at the end."""
    tasks: set[asyncio.Task[None]] = set()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await handle(reader, writer)
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
