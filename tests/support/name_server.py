"""A name server on a port of loopback that knows a few records (RFC 1035, RFC 2782)."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

_A, _SRV = 1, 33
_NAME_ERROR = 3


@dataclass(frozen=True, kw_only=True)
class Srv:
    """One record of a service."""

    target: str
    port: int
    priority: int = 10
    weight: int = 10


@dataclass(kw_only=True)
class Zone:
    """Records by name, and the questions that came."""

    addresses: dict[str, str] = field(default_factory=dict)
    services: dict[str, list[Srv]] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def answer(self, query: bytes) -> bytes:
        """Return the response to a query."""
        name, end = _read_name(query, 12)
        kind = int.from_bytes(query[end : end + 2])
        self.asked.append((name, kind))
        known = name in self.addresses or name in self.services
        data = []
        if kind == _A and name in self.addresses:
            data.append(ipaddress.IPv4Address(self.addresses[name]).packed)
        elif kind == _SRV:
            data += [
                b"".join(number.to_bytes(2) for number in (each.priority, each.weight, each.port)) + _name(each.target)
                for each in self.services.get(name, [])
            ]
        # response, authoritative, recursion available; what was asked is repeated
        flags = (0x8580 if query[2] & 1 else 0x8480) | (0 if known else _NAME_ERROR)
        head = query[:2] + flags.to_bytes(2) + (1).to_bytes(2) + len(data).to_bytes(2) + bytes(4)
        # 0xC00C: the name in the question; class IN, ten seconds to live
        records = (
            b"\xc0\x0c" + kind.to_bytes(2) + b"\x00\x01" + (10).to_bytes(4) + len(each).to_bytes(2) + each
            for each in data
        )
        return head + query[12 : end + 4] + b"".join(records)


class _Port(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        self._transport.sendto(self._zone.answer(data), addr)


@contextlib.asynccontextmanager
async def serving(zone: Zone, port: int) -> AsyncIterator[None]:
    """Answer questions about ``zone`` on a UDP port of loopback."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Port(zone), local_addr=("127.0.0.1", port))
    try:
        yield
    finally:
        transport.close()


def _name(text: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def _read_name(message: bytes, at: int) -> tuple[str, int]:
    labels = []
    while length := message[at]:
        labels.append(message[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels).lower(), at + 1
