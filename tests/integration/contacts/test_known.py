"""People who are named by number: found or added, also by several requests at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from callwright.contacts.models import ContactFilter, ContactNumber
from callwright.store.database import Database
from support.directory import People, make_people

pytestmark = pytest.mark.postgres


@pytest.fixture
async def people(database: Database, tmp_path: Path) -> People:
    return await make_people(database, tmp_path)


async def ensure(people: People, *named: tuple[str, str]) -> dict[str, str]:
    async with people.database.transaction() as connection:
        found = await people.directory.known.ensure(connection, people.who, named)
    return {number: known.id for number, known in found.items()}


async def names(people: People) -> dict[str, tuple[str | None, str | None]]:
    return {c.numbers[0].e164: (c.texts["first_name"], c.texts["last_name"]) for c in await people.all()}


async def test_the_new_are_added_and_the_known_are_found(people: People) -> None:
    known = await people.add(numbers=(ContactNumber(e164="+12125550101"),), texts={"first_name": "Eve"})
    found = await ensure(
        people, ("+12125550100", "Tom van  Dyk"), ("+12125550101", "Somebody"), ("+12125550102", "Pam"),
        ("+12125550102", "Other"), ("+12125550103", ""),
    )  # fmt: skip
    assert found["+12125550101"] == known.id
    assert await names(people) == {
        "+12125550100": ("Tom van", "Dyk"),
        "+12125550101": ("Eve", None),
        "+12125550102": ("Pam", None),
        "+12125550103": (None, None),
    }
    assert await ensure(people, ("+12125550103", "Zoe"), ("+12125550100", "X")) == {
        "+12125550100": found["+12125550100"],
        "+12125550103": found["+12125550103"],
    }
    assert (await names(people))["+12125550103"] == ("Zoe", None)
    assert (await names(people))["+12125550100"] == ("Tom van", "Dyk")


async def test_two_requests_at_once_add_a_person_once(people: People) -> None:
    numbers = [(f"+121255501{index:02}", "Tom") for index in range(50)]

    async def one(order: Sequence[tuple[str, str]]) -> dict[str, str]:
        return await ensure(people, *order)

    orders = (numbers, numbers[::-1], numbers[10:], numbers[:5], numbers[3:8][::-1], numbers[4:7])
    first, *others = await asyncio.gather(*(one(order) for order in orders))
    assert all(first[number] == found[number] for found in others for number in found)
    assert len(await people.all()) == 50


async def test_groups_are_found_without_case_made_and_filled(people: People) -> None:
    known = people.directory.known
    assert await known.group(people.who, "Team") is None
    ids = await ensure(people, ("+12125550100", "Tom"), ("+12125550101", "Eve"))
    group_ids = []
    for name in ("Team ", "TEAM"):
        async with people.database.transaction() as connection:
            group_ids.append(await known.ensure_group(connection, people.who, name, list(ids.values())))
    assert group_ids[0] == group_ids[1] == await known.group(people.who, "team")
    inside = await people.directory.people.page(people.who, ContactFilter(group_id=group_ids[0]), limit=10, before=None)
    assert {c.id for c in inside} == set(ids.values())


async def test_behind_a_fence_others_people_are_not_found(people: People) -> None:
    await people.database.execute(
        "INSERT INTO users (id, organisation_id, email, role, fenced) "
        " VALUES ('usr_1', $1, 'a@b.example', 'agent', true)",
        people.who.organisation.id,
    )
    subuser = replace(people.who, user_id="usr_1", fence="usr_1")
    [theirs] = (await ensure(people, ("+12125550100", "Tom"))).values()
    async with people.database.transaction() as connection:
        [(own, _)] = (await people.directory.known.ensure(connection, subuser, [("+12125550100", "Tom")])).values()
        assert own != theirs
        await people.directory.known.ensure_group(connection, subuser, "Team", [own])
    assert await people.directory.known.group(replace(subuser, fence="usr_2"), "Team") is None
