from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from callwright.messages.routes import NewRoute
from callwright.store.database import Database
from support.api import ApiUnderTest, serve_api
from support.robotalker import Program, make_program


@pytest_asyncio.fixture(scope="module")
async def api(module_database: Database) -> AsyncIterator[ApiUnderTest]:
    async with serve_api(module_database) as served:
        for kind in ("smpp", "http", "lab"):
            await served.services.messages.routes.add(
                served.organisation.id, NewRoute(channel="sms", kind=kind, name=f"route-{kind}")
            )
        yield served


@pytest_asyncio.fixture(scope="module")
async def program(api: ApiUnderTest) -> AsyncIterator[Program]:
    """A program with a live key."""
    made = await make_program(api)
    yield made
    await made.client.aclose()


@pytest_asyncio.fixture(scope="module")
async def trial(api: ApiUnderTest) -> AsyncIterator[Program]:
    """A program with a sandbox key, on which the document's numbers can be called."""
    made = await make_program(api, sandbox=True)
    yield made
    await made.client.aclose()
