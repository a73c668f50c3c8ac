"""A port of loopback that takes RTP: what arrives at a telephone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

_WAIT_SECONDS = 5.0


@dataclass(kw_only=True)
class Ear:
    """Packets by payload type."""

    packets: dict[int, list[bytes]] = field(default_factory=dict)
    transport: asyncio.DatagramTransport | None = None

    def count(self, kind: int = 0) -> int:
        """Return how many packets of this payload type have arrived."""
        return len(self.packets.get(kind, []))

    async def hears(self, more: int = 20, *, kind: int = 0) -> bytes:
        """Wait for so many more packets of this type and return their payloads; fails when they do not come."""
        before = self.count(kind)
        async with asyncio.timeout(_WAIT_SECONDS):
            while self.count(kind) < before + more:
                await asyncio.sleep(0.02)
        return b"".join(self.packets[kind][before:])

    async def say(self, ulaw: bytes, to: tuple[str, int]) -> None:
        """Send µ-law as RTP, in real time."""
        assert self.transport is not None
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number, start in enumerate(range(0, len(ulaw), 160)):
            head = bytes((0x80, 0)) + number.to_bytes(2) + start.to_bytes(4) + b"CWCW"
            self.transport.sendto(head + ulaw[start : start + 160], to)
            await asyncio.sleep(max(begin + (number + 1) * 0.02 - loop.time(), 0))


class _Port(asyncio.DatagramProtocol):
    def __init__(self, ear: Ear) -> None:
        self._ear = ear

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) > 12:
            self._ear.packets.setdefault(data[1] & 0x7F, []).append(data[12:])


@contextlib.asynccontextmanager
async def listening(at: int | socket.socket) -> AsyncIterator[Ear]:
    """Take what arrives on a UDP port of loopback, or at a socket."""
    ear = Ear()
    loop = asyncio.get_running_loop()
    where: dict[str, Any] = {"local_addr": ("127.0.0.1", at)} if isinstance(at, int) else {"sock": at}
    ear.transport, _ = await loop.create_datagram_endpoint(lambda: _Port(ear), **where)
    try:
        yield ear
    finally:
        ear.transport.close()
