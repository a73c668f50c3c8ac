"""A control connection on which nothing comes any more, and nobody says that it is broken."""

from __future__ import annotations

import asyncio
import base64
import hashlib

import pytest

from callwright.telephony.asterisk import links
from callwright.telephony.asterisk.links import AriClient

#: RFC 6455, section 1.3.
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Deaf:
    """A server that shakes hands and then reads nothing and says nothing."""

    def __init__(self) -> None:
        self.connections = 0
        self.again = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
        accept = base64.b64encode(hashlib.sha1(key.partition(b":")[2].strip() + _MAGIC).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Protocol: ari\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self.connections += 1
        if self.connections == 2:
            self.again.set()
        await asyncio.Event().wait()


async def test_it_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "_PING_SECONDS", 0.1)
    monkeypatch.setattr(links, "_PONG_SECONDS", 0.3)
    deaf = Deaf()
    server = await asyncio.start_server(deaf.serve, "127.0.0.1", 0)
    client = AriClient("cw-test", url=f"http://u:p@127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await client.start()
    try:
        async with asyncio.timeout(15):
            await deaf.again.wait()
        assert not client.connected
    finally:
        await client.stop()
        server.close()
