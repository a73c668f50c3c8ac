"""One Asterisk for all tests of this folder; each test's telephones are stopped after it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from support.engine_node import EngineUnderTest, running_engine


@pytest_asyncio.fixture(scope="session")
async def engine_node() -> AsyncIterator[EngineUnderTest]:
    async with running_engine() as node:
        yield node


@pytest_asyncio.fixture
async def node(engine_node: EngineUnderTest) -> AsyncIterator[EngineUnderTest]:
    yield engine_node
    engine_node.stop_callees()
    await engine_node.hang_up_everything()
