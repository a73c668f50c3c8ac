"""Trunks of one test in a running engine, taken away again after it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from callwright.telephony.asterisk.configuration import TrunkConfig, endpoints
from support.engine_node import EngineUnderTest


@contextlib.asynccontextmanager
async def lines(node: EngineUnderTest, *trunks: TrunkConfig) -> AsyncIterator[None]:
    """Let the node have these trunks and no others."""
    config = node.process.config
    await node.process.set_endpoints(endpoints(trunks, config.address, signs=config.signing is not None))
    try:
        yield
    finally:
        await node.process.set_endpoints(config.endpoints)
