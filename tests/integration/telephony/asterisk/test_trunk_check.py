from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from callwright.errors import NotFound
from callwright.telephony.asterisk.trunk_check import check_trunk
from support.engine_node import EngineUnderTest, silent_port

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]


class _Refuses(asyncio.DatagramProtocol):
    """Answers every request with 404: some providers say so to an OPTIONS."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        kept = [line for line in data.split(b"\r\n") if re.match(rb"(Via|From|To|Call-ID|CSeq):", line)]
        answer = b"\r\n".join([b"SIP/2.0 404 Not Found", *kept, b"Content-Length: 0", b"", b""])
        self.transport.sendto(answer, addr)


async def test_a_trunk_that_answers_and_then_does_not(node: EngineUnderTest) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(_Refuses, local_addr=("127.0.0.1", node.ports["sippauth"]))
    try:
        health = await check_trunk(node.process.command, "sippauth", node.base / "node" / "log")
    finally:
        transport.close()
    # a refusal is an answer
    assert health.answer == "404 Not Found"
    assert health.registration is None
    with silent_port(node.ports["silent"]):
        health = await check_trunk(node.process.command, "silent", node.base / "node" / "log")
    assert health.answer is None
    with pytest.raises(NotFound, match="nowhere"):
        await check_trunk(node.process.command, "nowhere", node.base / "node" / "log")
