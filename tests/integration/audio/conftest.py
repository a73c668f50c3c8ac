from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from callwright.store.database import Database
from support.api import ApiUnderTest, serve_api


@pytest.fixture
async def api(database: Database) -> AsyncIterator[ApiUnderTest]:
    async with serve_api(database) as served:
        yield served
