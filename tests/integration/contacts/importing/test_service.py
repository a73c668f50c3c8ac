"""An import that is interrupted, cancelled on its way, or carried out by the real background jobs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from callwright.contacts.importing import service as module
from callwright.contacts.importing.taking import take
from callwright.jobs import Jobs
from callwright.store.database import Database
from support.directory import People, make_people

pytestmark = pytest.mark.postgres

ROWS = [{"phone": f"+12125550{index:03}" if index != 7 else "12", "first": f"n{index}"} for index in range(25)]
COLUMNS = {"phone": "number", "first": "first_name"}


@pytest.fixture
async def people(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> People:
    monkeypatch.setattr(module, "BATCH", 10)
    return await make_people(database, tmp_path)


async def test_an_interrupted_import_goes_on_where_it_was(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = 0

    async def breaks(*args: Any, **given: Any) -> Any:
        nonlocal batches
        batches += 1
        taken = await take(*args, **given)
        if batches == 2:
            raise ConnectionResetError
        return taken

    monkeypatch.setattr(module, "take", breaks)
    with pytest.raises(ConnectionResetError):
        await people.import_(ROWS, COLUMNS)
    (job,) = await people.directory.imports.page(people.who, limit=9, before=None)
    assert (job.state, job.processed, len(await people.all())) == ("running", 10, 9)
    # the queue runs a job again whose process died
    await people.directory.imports.run(job.id.encode())
    job = await people.directory.imports.get(people.who, job.id)
    assert (job.state, job.processed, job.created, job.failed) == ("completed", 25, 24, 1)
    assert {c.texts["first_name"] for c in await people.all()} == {r["first"] for r in ROWS if r["phone"] != "12"}
    assert len(await people.directory.imports.errors(people.who, job.id)) == 1
    await people.directory.imports.run(job.id.encode())
    assert len(await people.all()) == 24


async def test_a_batch_is_taken_in_once_by_two_processes(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    other = []

    async def meanwhile(connection: Any, job: Any, *args: Any, **given: Any) -> Any:
        if not other:
            # the first one is thought dead and somebody else carries the import out before it wakes up again
            other.append(job.id)
            await people.directory.imports.run(job.id.encode())
        return await take(connection, job, *args, **given)

    monkeypatch.setattr(module, "take", meanwhile)
    job = await people.import_(ROWS, COLUMNS, on_duplicate="create")
    assert (job.state, job.processed, job.created) == ("completed", 25, 24)
    assert len(await people.all()) == 24


async def test_cancelling_on_the_way_keeps_what_is_in(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    async def cancels(connection: Any, job: Any, *args: Any, **given: Any) -> Any:
        await people.directory.imports.cancel(connection, people.who, job.id)
        return await take(connection, job, *args, **given)

    monkeypatch.setattr(module, "take", cancels)
    job = await people.import_(ROWS, COLUMNS)
    assert (job.state, job.processed, len(await people.all())) == ("cancelled", 10, 9)
    undone = await people.undo(job.id)
    assert (undone.removed, await people.all()) == (9, [])


async def test_a_file_that_breaks_off_fails_with_its_line(people: People, tmp_path: Path) -> None:
    rows = [*ROWS[:12], {"phone": "+12125550999", "first": "x" * 150_000}]
    job = await people.import_(rows, COLUMNS)
    assert job.state == "failed"
    assert "line 14 begins a record that does not end" in (job.error or "")
    assert job.created == 9


async def test_background_jobs_carry_it_out(people: People, database_url: str) -> None:
    jobs = Jobs(database_url, poll_seconds=0.5)
    people.directory.register(jobs)
    await jobs.start()
    try:
        job = await people.import_(ROWS, COLUMNS)
        async with people.database.transaction() as connection:
            await people.directory.imports.ask_undo(connection, people.who, job.id)
            await jobs.enqueue(connection, module.UNDO, job.id.encode())
        async with asyncio.timeout(60):
            while (await people.directory.imports.get(people.who, job.id)).state != "undone":
                await asyncio.sleep(0.05)
        assert await people.all() == []
    finally:
        await jobs.stop()
