"""Request rates counted by several processes together: in PostgreSQL, in Redis."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from callwright.accounts.request_hits import PostgresStorage
from callwright.api.native.ratelimits import RequestLimits, storage_of
from callwright.errors import RateLimited
from callwright.store.database import Database
from support.sipp import free_ports


@pytest_asyncio.fixture
async def redis_url(tmp_path: Path) -> AsyncIterator[str]:
    """Address of a Redis of this test."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.fail("redis-server is not installed: apt install redis-server")
    port = free_ports(1)
    arguments = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    break
                except OSError:
                    await asyncio.sleep(0.05)
        writer.close()
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        await process.wait()


@pytest.fixture(params=["database", "redis"])
def where(request: pytest.FixtureRequest) -> str:
    """Where requests are counted: a setting."""
    return "database" if request.param == "database" else str(request.getfixturevalue("redis_url"))


async def test_processes_count_together(where: str, database: Database) -> None:
    one, other = (RequestLimits(5, storage=storage_of(where, database)) for _ in range(2))
    allowed = [(await limits.take("key_1"))[0] for limits in (one, other, one, other, one, other, one)]
    assert allowed == [True] * 5 + [False] * 2
    assert (await other.take("key_2"))[0]


async def test_what_is_left_is_told(where: str, database: Database) -> None:
    limits = RequestLimits(3, storage=storage_of(where, database))
    left = [(await limits.take("key_1"))[1].remaining for _ in range(4)]
    assert left == [2, 1, 0, 0]


async def test_many_at_once_get_no_more_than_there_is(database: Database) -> None:
    limits = RequestLimits(20, storage=PostgresStorage(database))
    answers = await asyncio.gather(*(limits.take("key_1") for _ in range(60)))
    assert sum(allowed for allowed, _ in answers) == 20


async def test_an_address_is_slowed_down(where: str, database: Database) -> None:
    limits = RequestLimits(100, address_per_second=2, unknown_per_minute=3, storage=storage_of(where, database))
    await limits.come_from("192.0.2.1")
    await limits.come_from("192.0.2.1")
    with pytest.raises(RateLimited):
        await limits.come_from("192.0.2.1")
    await limits.come_from("192.0.2.2")
    for _ in range(3):
        await limits.unknown_from("192.0.2.1")
    with pytest.raises(RateLimited, match="valid key"):
        await limits.unknown_from("192.0.2.1")


async def test_old_keys_are_forgotten(database: Database) -> None:
    storage = PostgresStorage(database)
    await RequestLimits(5, storage=storage).take("key_1")
    await database.execute("UPDATE request_hits SET hits = ARRAY[now() - interval '2 hours']")
    await RequestLimits(5, storage=storage).take("key_2")
    await storage.sweep()
    assert await database.fetchval("SELECT count(*) FROM request_hits") == 1


async def test_another_place_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="CALLWRIGHT_RATE_LIMITS"):
        storage_of("memcached://localhost", database)
