from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from callwright.jobs import Jobs
from callwright.store.database import Database

pytestmark = pytest.mark.postgres


@asynccontextmanager
async def _running(jobs: Jobs) -> AsyncIterator[Jobs]:
    await jobs.start()
    try:
        yield jobs
    finally:
        await jobs.stop()


async def _until(condition) -> None:
    async with asyncio.timeout(40):
        while not await condition():
            await asyncio.sleep(0.05)


def _left(database: Database):
    async def none_left() -> bool:
        return await database.fetchval("SELECT count(*) FROM jobs.pgqueuer") == 0

    return none_left


async def test_a_job_exists_when_its_transaction_commits(database: Database, database_url: str) -> None:
    done: list[bytes] = []
    jobs = Jobs(database_url)

    async def work(payload: bytes) -> None:
        done.append(payload)

    jobs.register("work", work)
    with contextlib.suppress(RuntimeError):
        async with database.transaction() as connection:
            await jobs.enqueue(connection, "work", b"rolled back")
            raise RuntimeError
    async with database.transaction() as connection:
        await jobs.enqueue(connection, "work", b"one")
        await jobs.enqueue(connection, "work", b"late", delay=timedelta(seconds=0.5))
        await jobs.enqueue(connection, "work", b"first of a key", dedupe_key="key")
        await jobs.enqueue(connection, "work", b"second of a key", dedupe_key="key")
    async with _running(jobs):
        await _until(_left(database))
    assert sorted(done) == [b"first of a key", b"late", b"one"]
    assert done[-1] == b"late"


async def test_a_failing_job_runs_again_and_is_kept_in_the_end(database: Database, database_url: str) -> None:
    runs: list[bytes] = []
    jobs = Jobs(database_url)

    async def work(payload: bytes) -> None:
        runs.append(payload)
        if payload == b"never" or runs.count(payload) < 2:
            raise ValueError("not this time")

    jobs.register("work", work, attempts=2)
    async with database.transaction() as connection:
        await jobs.enqueue(connection, "work", b"twice")
        await jobs.enqueue(connection, "work", b"never")

    async def settled() -> bool:
        return await database.fetchval("SELECT array_agg(status::text) FROM jobs.pgqueuer") == ["failed"]

    async with _running(jobs):
        await _until(settled)
    assert sorted(runs) == [b"never", b"never", b"twice", b"twice"]


async def test_jobs_go_on_after_their_connections_were_cut(database: Database, database_url: str) -> None:
    done = asyncio.Event()
    jobs = Jobs(database_url, poll_seconds=1)

    async def work(_: bytes) -> None:
        done.set()

    jobs.register("work", work)
    async with _running(jobs):
        for _ in range(2):
            done.clear()
            await database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'callwright jobs'"
            )
            async with database.transaction() as connection:
                await jobs.enqueue(connection, "work")
            async with asyncio.timeout(40):
                await done.wait()


_WORKER = """
import asyncio, sys
from callwright.jobs import Jobs

async def main():
    jobs = Jobs(sys.argv[1], heartbeat_seconds=2, poll_seconds=1)
    async def work(payload):
        print("started", flush=True)
        await asyncio.sleep(3600)
    jobs.register("work", work)
    await jobs.start()
    await asyncio.sleep(3600)

asyncio.run(main())
"""


async def test_a_job_of_a_killed_process_runs_again(database: Database, database_url: str) -> None:
    done: list[bytes] = []
    jobs = Jobs(database_url, heartbeat_seconds=2, poll_seconds=1)

    async def work(payload: bytes) -> None:
        done.append(payload)

    jobs.register("work", work)
    async with database.transaction() as connection:
        await jobs.enqueue(connection, "work", b"x")
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WORKER, database_url, stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    try:
        assert await worker.stdout.readline() == b"started\n"
    finally:
        worker.kill()
        await worker.wait()
    async with _running(jobs):
        await _until(_left(database))
    assert done == [b"x"]


async def test_a_periodic_job_runs_by_the_clock(database: Database, database_url: str) -> None:
    jobs = Jobs(database_url)
    ran = asyncio.Event()

    async def tick() -> None:
        ran.set()

    jobs.every("tick", "* * * * *", tick)
    with pytest.raises(ValueError, match="already a periodic job"):
        jobs.every("tick", "* * * * *", tick)
    async with _running(jobs):

        async def scheduled() -> bool:
            return await database.fetchval("SELECT count(*) FROM jobs.pgqueuer_schedules") == 2

        await _until(scheduled)
    # the next full minute came while nobody ran
    await database.execute(
        "UPDATE jobs.pgqueuer_schedules SET next_run = now() - interval '1 s' WHERE entrypoint = 'tick'"
    )
    async with _running(jobs):
        async with asyncio.timeout(30):
            await ran.wait()


async def test_the_log_of_old_jobs_is_forgotten(database: Database, database_url: str) -> None:
    jobs = Jobs(database_url)
    async with database.transaction() as connection:
        await jobs.enqueue(connection, "work")
        await jobs.enqueue(connection, "work")
    await database.execute(
        "UPDATE jobs.pgqueuer_log SET created = now() - interval '8 days'"
        " WHERE id = (SELECT min(id) FROM jobs.pgqueuer_log)"
    )
    await jobs.forget()
    assert await database.fetchval("SELECT count(*) FROM jobs.pgqueuer_log") == 1
