"""Trunks of one test in a running engine, taken away again after it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from callwright.telephony.asterisk.configuration import TrunkConfig, endpoints
from callwright.telephony.asterisk.transports import SipAddress
from support.engine_node import EngineUnderTest


@contextlib.asynccontextmanager
async def lines(node: EngineUnderTest, *trunks: TrunkConfig, address: SipAddress | None = None) -> AsyncIterator[None]:
    """Let the node have these trunks and no others."""
    config = node.process.config
    at = address or SipAddress(host=config.sip_host, port=config.sip_port)
    await node.process.set_endpoints(endpoints(trunks, at))
    try:
        yield
    finally:
        await node.process.set_endpoints(config.endpoints)
