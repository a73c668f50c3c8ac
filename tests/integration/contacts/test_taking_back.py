"""What can be taken back is afterwards as if it had never been: imports and merges of random people."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright.contacts.models import Contact, ContactEmail, ContactNumber
from callwright.store.database import Database
from support.directory import People, make_people, timeless

pytestmark = pytest.mark.postgres

NUMBERS = [f"+1212555010{digit}" for digit in range(4)]
ADDRESSES = ["a@example.com", "b@example.com"]
COLUMNS = {
    "first": "first_name",
    "city": "city",
    "phone": "number",
    "phone 2": "number:work",
    "mail": "email",
    "tags": "tags",
    "id": "external_id",
    "balance": "fields.balance:number",
}
PEOPLE = st.fixed_dictionaries(
    {
        "texts": st.fixed_dictionaries(
            {"first_name": st.sampled_from(["A", "B", None]), "city": st.sampled_from(["X", None])}
        ),
        "fields": st.sampled_from([{}, {"balance": 1}, {"balance": 2.5}]),
        "tags": st.lists(st.sampled_from(["x", "y"]), unique=True).map(tuple),
        "numbers": st.lists(st.sampled_from(NUMBERS), unique=True, max_size=3).map(
            lambda found: tuple(ContactNumber(e164=n) for n in found)
        ),
        "emails": st.lists(st.sampled_from(ADDRESSES), unique=True).map(
            lambda found: tuple(ContactEmail(address=a) for a in found)
        ),
    }
)
ROWS = st.fixed_dictionaries(
    {
        "first": st.sampled_from(["", "A", "C"]),
        "city": st.sampled_from(["", "Y"]),
        "phone": st.sampled_from(["", *NUMBERS, "12"]),
        "phone 2": st.sampled_from(["", *NUMBERS]),
        "mail": st.sampled_from(["", *ADDRESSES]),
        "tags": st.sampled_from(["", "x", "z;x"]),
        "id": st.sampled_from(["", "", "e1", "e2", "e3"]),
        "balance": st.sampled_from(["", "7", "much"]),
    }
)
_settings = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
async def people(database: Database, tmp_path: Path) -> People:
    made = await make_people(database, tmp_path)
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO contact_fields (organisation_id, name, type, label) VALUES ($1, 'balance', 'number', 'B')",
            made.who.organisation.id,
        )
    return made


async def checked(test: Callable[..., Awaitable[None]], **given_: Any) -> None:
    """Run a property on the loop of the pool, which hypothesis knows nothing of."""
    loop = asyncio.get_running_loop()

    @_settings
    @given(**given_)
    def run(**values: Any) -> None:
        asyncio.run_coroutine_threadsafe(test(**values), loop).result(60)

    await asyncio.to_thread(run)


async def start_afresh(people: People, persons: list[dict[str, Any]]) -> list[Contact]:
    await people.database.execute("DELETE FROM imports")
    await people.database.execute("DELETE FROM contacts")
    for index, person in enumerate(persons):
        texts = {**person["texts"], "external_id": f"e{index + 1}" if index < 2 else None}
        await people.add(**{**person, "texts": texts})
    return await people.all()


async def test_an_undone_import_leaves_no_trace(people: People) -> None:
    async def property(persons: list[dict[str, Any]], rows: list[dict[str, str]], policy: str, match_by: str) -> None:
        before = await start_afresh(people, persons)
        job = await people.import_(rows, COLUMNS, on_duplicate=policy, match_by=match_by)
        assert job.state == "completed", job.error
        assert job.processed == job.created + job.updated + job.skipped + job.failed
        assert job.processed == sum(any(row.values()) for row in rows)
        assert len(await people.all()) == len(before) + job.created
        undone = await people.undo(job.id)
        assert (undone.state, undone.removed, undone.kept) == ("undone", job.created, 0)
        assert [timeless(contact) for contact in await people.all()] == [timeless(contact) for contact in before]

    await checked(
        property,
        persons=st.lists(PEOPLE, max_size=4),
        rows=st.lists(ROWS, max_size=8),
        policy=st.sampled_from(["skip", "update", "create"]),
        match_by=st.sampled_from(["number", "email", "external_id"]),
    )


async def test_a_second_import_of_the_same_file_makes_nobody(people: People) -> None:
    async def property(rows: list[dict[str, str]]) -> None:
        await start_afresh(people, [])
        numbered = [{**row, "phone": row["phone"] or NUMBERS[0], "id": "", "balance": ""} for row in rows]
        await people.import_(numbered, COLUMNS)
        once = [timeless(contact) for contact in await people.all()]
        again = await people.import_(numbered, COLUMNS)
        assert again.created == 0
        assert len(await people.all()) == len(once)

    await checked(property, rows=st.lists(ROWS, max_size=6))


async def test_a_parted_merge_leaves_no_trace(people: People) -> None:
    async def property(persons: list[dict[str, Any]]) -> None:
        before = await start_afresh(people, persons)
        lost, kept = before[0].id, before[1].id
        merges = people.directory.merges
        async with people.database.transaction() as connection:
            merged = await merges.merge(connection, people.who, kept, lost)
        for own in (before[0], before[1]):
            assert {n.e164 for n in own.numbers} <= {n.e164 for n in merged.numbers}
            assert set(own.emails) <= set(merged.emails)
            assert set(own.tags) <= set(merged.tags)
        assert (await people.directory.people.get(people.who, lost)).id == kept
        async with people.database.transaction() as connection:
            await merges.unmerge(connection, people.who, lost)
        assert [timeless(contact) for contact in await people.all()] == [timeless(contact) for contact in before]

    await checked(property, persons=st.lists(PEOPLE, min_size=2, max_size=3))
