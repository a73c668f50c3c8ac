from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from callwright.store.database import Database
from support.api import ApiUnderTest, serve_api
from support.multisender import Program, make_program


@pytest_asyncio.fixture(scope="module")
async def api(module_database: Database) -> AsyncIterator[ApiUnderTest]:
    async with serve_api(module_database) as served:
        yield served


@pytest_asyncio.fixture(scope="module")
async def program(api: ApiUnderTest) -> AsyncIterator[Program]:
    """A program with a sandbox token, which may call any number."""
    made = await make_program(api, sandbox=True)
    yield made
    await made.client.aclose()


@pytest_asyncio.fixture(scope="module")
async def live(api: ApiUnderTest) -> AsyncIterator[Program]:
    """A program with a live token."""
    made = await make_program(api)
    yield made
    await made.client.aclose()
