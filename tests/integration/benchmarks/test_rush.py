"""What uses other gateways in ``./run bench sms``: every answer is read whole, every receipt counts once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from benchmarks.gateways import rush

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsent\r\n3\r\n it\r\n0\r\n\r\n"
PLAIN = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def gateway(answer: Callable[[str], bytes], seen: list[str]) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ")[1].decode()
                seen.append(path)
                writer.write(answer(path))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_each_path_is_asked_once_whatever_the_form_of_the_answers() -> None:
    paths = [f"/send?number={n}" for n in range(40)]
    seen: list[str] = []
    async with gateway(lambda path: CHUNKED if path.endswith(("1", "3", "5")) else PLAIN, seen) as port:
        await rush.rush(port, paths, connections=3)
    assert sorted(seen) == sorted(paths)


async def test_a_refusal_ends_it_with_what_the_gateway_said() -> None:
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 11\r\n\r\nno such key"
    async with gateway(lambda _: refusal, []) as port:
        with pytest.raises(RuntimeError, match="no such key"):
            await rush.rush(port, ["/send"], connections=1)


async def test_a_receipt_that_is_told_twice_counts_once() -> None:
    async with rush.receipts(b"ok") as kept:
        paths = [urlsplit(kept.url(number)) for number in (1, 2, 2, 7)]
        await rush.rush(kept.port, [f"{each.path}?{each.query}" for each in paths], connections=2)
        assert kept.numbers == {1, 2, 7}
