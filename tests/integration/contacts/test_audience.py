"""Whom a campaign is for, and what a subuser sees of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from callwright.accounts.models import Principal
from callwright.contacts.audience import Audience, Member, pages_of_audience
from callwright.contacts.models import Contact, ContactFilter, ContactNumber
from callwright.errors import InvalidRequest, NotFound
from callwright.store.database import Database
from support.directory import People, make_people

pytestmark = pytest.mark.postgres


@pytest.fixture
async def people(database: Database, tmp_path: Path) -> People:
    return await make_people(database, tmp_path)


async def everybody(people: People, audience: Audience, *, fence: str | None = None, size: int = 2) -> list[Member]:
    found = []
    async for page in pages_of_audience(
        people.database, audience, organisation_id=people.who.organisation.id, fence=fence, size=size
    ):
        assert 0 < len(page) <= size
        found += page
    return found


def members(*contacts: Contact) -> list[Member]:
    return sorted((Member(c.id, c.numbers[0].e164) for c in contacts), key=lambda member: member.contact_id)


async def subuser(people: People) -> Principal:
    await people.database.execute(
        "INSERT INTO users (id, organisation_id, email, role, fenced) VALUES ('usr_1', $1, 's@x.y', 'agent', true)",
        people.who.organisation.id,
    )
    return replace(people.who, user_id="usr_1", fence="usr_1")


async def test_groups_segments_and_ids(people: People) -> None:
    made = [
        await people.add(
            texts={"city": "X" if index % 2 else "Y"},
            numbers=(ContactNumber(e164=f"+1212555010{index}"), ContactNumber(e164=f"+1212555020{index}")),
        )
        for index in range(5)
    ]
    nobody = await people.add(texts={"city": "X"})
    async with people.database.transaction() as connection:
        group = await people.directory.groups.create(connection, people.who, "G")
        await people.directory.groups.add(connection, people.who, group.id, [c.id for c in (*made[:3], nobody)])
    assert await everybody(people, Audience(group_id=group.id)) == members(*made[:3])
    expression = await people.directory.people.expression(people.who, 'city == "X"', field="f")
    assert await everybody(people, Audience(expression=expression)) == members(made[1], made[3])
    ids = [made[4].id, made[0].id, nobody.id, "con_0"]
    assert await everybody(people, Audience(contact_ids=ids)) == members(made[0], made[4])
    assert await everybody(people, Audience()) == members(*made)
    async with people.database.transaction() as connection:
        await people.directory.merges.merge(connection, people.who, made[0].id, made[1].id)
    assert await everybody(people, Audience()) == members(made[0], *made[2:])


async def test_the_fence(people: People) -> None:
    inside = await subuser(people)
    theirs = await people.add(numbers=(ContactNumber(e164="+12125550100"),))
    own = await people.add(inside, numbers=(ContactNumber(e164="+12125550101"),))
    directory = people.directory
    assert [c.id for c in await directory.people.page(inside, ContactFilter(), limit=9, before=None)] == [own.id]
    assert await directory.people.count(inside, ContactFilter()) == 1
    assert len(await people.all()) == 2
    assert await everybody(people, Audience(), fence="usr_1") == members(own)
    with pytest.raises(NotFound):
        await directory.people.get(inside, theirs.id)
    async with people.database.transaction() as connection:
        group = await directory.groups.create(connection, inside, "mine")
        with pytest.raises(InvalidRequest):
            await directory.groups.add(connection, inside, group.id, [theirs.id])
        with pytest.raises(NotFound):
            await directory.merges.merge(connection, inside, own.id, theirs.id)
        with pytest.raises(NotFound):
            await directory.people.delete(connection, inside, theirs.id)
    # an import of theirs neither finds nor changes other people's
    rows = [{"phone": "+12125550100", "city": "Z"}, {"phone": "+12125550101", "city": "Z"}]
    job = await replace(people, who=inside).import_(rows, {"phone": "number", "city": "city"})
    assert (job.created, job.updated) == (1, 1)
    assert (await directory.people.get(people.who, theirs.id)).texts["city"] is None
    assert (await directory.people.get(people.who, own.id)).texts["city"] == "Z"
    assert len(await directory.people.page(inside, ContactFilter(), limit=9, before=None)) == 2
    assert await directory.merges.duplicates(inside, "number", after="", limit=9) == []
    assert len(await directory.merges.duplicates(people.who, "number", after="", limit=9)) == 1
