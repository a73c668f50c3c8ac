from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from callwright.store.database import Database
from support.api import ApiUnderTest, client_of, serve_api
from support.exchange import Exchange
from support.robocall import Program


@pytest_asyncio.fixture(scope="module")
async def api(module_database: Database) -> AsyncIterator[ApiUnderTest]:
    async with serve_api(module_database) as served:
        yield served


@pytest_asyncio.fixture(scope="module")
async def program(api: ApiUnderTest) -> AsyncIterator[Program]:
    """A program with a sandbox key: the document's numbers are its to call and to show."""
    _, secret = await api.services.accounts.key_service.create(
        api.organisation.id, "robo", sandbox=True, dialect="robocall"
    )
    exchange = await Exchange.open(api)
    await api.services.extensions.add(api.organisation.id, "1000", "Front desk")
    async with client_of(api.app) as client:
        client.headers["x-credential-api-key"] = secret
        yield Program(api=api, client=client, exchange=exchange)
