from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from callwright.events import service
from callwright.events.bell import EventBell
from callwright.events.queries import EventQueries, EventView
from callwright.events.stamper import LOCK_KEY, Stamper
from callwright.store.database import Database
from support.organisations import insert_organisation

pytestmark = pytest.mark.postgres


async def _append(database: Database, subject: str, number: int, organisation_id: str = "org_1") -> None:
    async with database.transaction() as connection:
        await service.append(
            connection, organisation_id=organisation_id, type="call.step", subject=subject, body={"n": number}
        )


@asynccontextmanager
async def _running(stamper: Stamper) -> AsyncIterator[Stamper]:
    await stamper.start()
    try:
        yield stamper
    finally:
        await stamper.stop()


async def _until(condition) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


async def _end_session_of_stamper(database: Database) -> bool:
    ended = await database.fetchval(
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
        " WHERE datname = current_database() AND locktype = 'advisory' AND granted"
        " AND (classid::bigint << 32) + objid::bigint = $1",
        LOCK_KEY,
    )
    return ended is True


async def test_concurrent_writers_get_numbers_without_gaps_and_the_feed_misses_none(database: Database) -> None:
    for organisation_id in ("org_1", "org_2"):
        await insert_organisation(database, organisation_id)
    bell = EventBell()
    queries = EventQueries(database, bell)
    chance = random.Random(7)

    async def write(writer: int, stamper: Stamper) -> None:
        for number in range(40):
            organisation_id = chance.choice(["org_1", "org_2"])
            # transactions of different length: they commit in another order than they took their ids
            async with database.transaction() as connection:
                for part in range(2):
                    body = {"n": number * 2 + part}
                    await service.append(
                        connection, organisation_id=organisation_id, type="call.step", subject=f"w{writer}", body=body
                    )
                    await asyncio.sleep(chance.random() * 0.004)
            stamper.kick()

    async def read(organisation_id: str, seen: list[EventView]) -> None:
        async for event in queries.follow(organisation_id):
            seen.append(event)

    seen: dict[str, list[EventView]] = {"org_1": [], "org_2": []}
    async with _running(Stamper(database, bell)) as stamper:
        readers = [asyncio.create_task(read(name, views)) for name, views in seen.items()]
        await asyncio.gather(*(write(writer, stamper) for writer in range(8)))

        async def all_read() -> bool:
            return sum(len(views) for views in seen.values()) == 8 * 40 * 2

        await _until(all_read)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    for organisation_id, views in seen.items():
        assert [view.sequence for view in views] == list(range(1, len(views) + 1))
        assert await queries.feed(organisation_id, limit=10_000) == views
        for writer in range(8):
            numbers = [view.body["n"] for view in views if view.subject == f"w{writer}"]
            assert numbers == sorted(numbers)
    assert bell.followers == 0


async def test_an_event_that_commits_late_gets_a_later_number(database: Database) -> None:
    await insert_organisation(database)
    queries = EventQueries(database, EventBell())
    async with _running(Stamper(database, EventBell())) as stamper:
        async with database.transaction() as connection:
            await service.append(connection, organisation_id="org_1", type="call.step", subject="slow", body={})
            await _append(database, "quick", 1)
            stamper.kick()

            async def stamped() -> bool:
                return bool(await queries.feed("org_1"))

            await _until(stamped)
            assert [view.subject for view in await queries.feed("org_1")] == ["quick"]
        stamper.kick()

        async def both() -> bool:
            return len(await queries.feed("org_1")) == 2

        await _until(both)
    views = await queries.feed("org_1")
    assert [(view.subject, view.sequence) for view in views] == [("quick", 1), ("slow", 2)]
    assert views[0].id > views[1].id
    assert await queries.of_subject("org_1", "slow", after=1) == views[1:]
    assert await queries.of_subject("org_2", "slow") == []


async def test_a_rolled_back_event_leaves_no_gap(database: Database) -> None:
    await insert_organisation(database)
    queries = EventQueries(database, EventBell())
    await _append(database, "a", 1)
    with contextlib.suppress(RuntimeError):
        async with database.transaction() as connection:
            await service.append(connection, organisation_id="org_1", type="call.step", subject="a", body={})
            raise RuntimeError
    async with database.transaction() as connection:
        await service.append_many(connection, [])
        await service.append_many(
            connection,
            [
                service.NewEvent(organisation_id="org_1", type="call.step", subject="b", body={"n": n})
                for n in range(2500)
            ],
        )
    async with _running(Stamper(database, EventBell())):

        async def all_stamped() -> bool:
            return len(await queries.feed("org_1", limit=10_000)) == 2501

        await _until(all_stamped)
    views = await queries.feed("org_1", limit=10_000)
    assert [view.sequence for view in views] == list(range(1, 2502))
    assert [view.body["n"] for view in views[1:]] == list(range(2500))


async def test_a_second_stamper_takes_over_when_the_first_loses_its_connection(database: Database) -> None:
    await insert_organisation(database)
    queries = EventQueries(database, EventBell())
    async with _running(Stamper(database, EventBell())) as first, _running(Stamper(database, EventBell())) as second:

        async def one_active() -> bool:
            return first.active != second.active

        await _until(one_active)
        for number in range(3):
            await _append(database, "a", number)
            # whichever stands by passes the ring on
            (second if first.active else first).kick()
            await _until(lambda: _end_session_of_stamper(database))

            async def stamped(number: int = number) -> bool:
                return len(await queries.of_subject("org_1", "a")) == number + 1

            await _until(stamped)
            await _until(one_active)
    assert [view.sequence for view in await queries.feed("org_1")] == [1, 2, 3]


async def test_following_one_subject_goes_on_after_a_sequence_and_finds_what_others_stamp(database: Database) -> None:
    await insert_organisation(database)
    # this process never rings: the follower's own poll has to find the events
    queries = EventQueries(database, EventBell())
    for number in range(3):
        await _append(database, "a", number)
        await _append(database, "b", number)
    async with _running(Stamper(database, EventBell())):
        followed = queries.follow("org_1", "a", after=1)
        async with contextlib.aclosing(followed):
            got = [await anext(followed) for _ in range(2)]
            await _append(database, "a", 3)
            got.append(await anext(followed))
    assert [view.body["n"] for view in got] == [1, 2, 3]
    assert {view.subject for view in got} == {"a"}
