"""A port of loopback that takes RTP: what arrives at a telephone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_WAIT_SECONDS = 5.0


@dataclass(kw_only=True)
class Ear:
    """Packets by payload type."""

    packets: dict[int, list[bytes]] = field(default_factory=dict)

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


class _Port(asyncio.DatagramProtocol):
    def __init__(self, ear: Ear) -> None:
        self._ear = ear

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) > 12:
            self._ear.packets.setdefault(data[1] & 0x7F, []).append(data[12:])


@contextlib.asynccontextmanager
async def listening(port: int, *, host: str = "127.0.0.1") -> AsyncIterator[Ear]:
    """Take what arrives on a UDP port."""
    ear = Ear()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Port(ear), local_addr=(host, port))
    try:
        yield ear
    finally:
        transport.close()
