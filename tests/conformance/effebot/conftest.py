from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from callwright.store.database import Database
from support.api import ApiUnderTest, serve_api
from support.effebot import Program, program_of
from support.exchange import Exchange


@pytest_asyncio.fixture(scope="module")
async def api(module_database: Database) -> AsyncIterator[ApiUnderTest]:
    async with serve_api(module_database) as served:
        yield served


@pytest_asyncio.fixture(scope="module")
async def exchange(api: ApiUnderTest) -> Exchange:
    return await Exchange.open(api)


@pytest_asyncio.fixture(scope="module")
async def program(api: ApiUnderTest, exchange: Exchange) -> AsyncIterator[Program]:
    """A program with a sandbox key, on which the document's numbers can be called."""
    async with program_of(api, sandbox=True, exchange=exchange) as made:
        yield made


@pytest_asyncio.fixture(scope="module")
async def live(api: ApiUnderTest, exchange: Exchange) -> AsyncIterator[Program]:
    """A program with a live key."""
    async with program_of(api, sandbox=False, exchange=exchange) as made:
        yield made
