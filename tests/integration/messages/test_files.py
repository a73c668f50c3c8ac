"""Files that go with emails: stored once an organisation, named by what says them, and forgotten when nothing does."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from callwright.errors import Conflict
from callwright.ids import new_id
from callwright.messages.files import MessageFiles, bring_octets, files_of, forget_unused, keep_files
from callwright.store.database import Database
from support.calls import make_world

pytestmark = pytest.mark.postgres


def mail(*octets: bytes) -> dict[str, Any]:
    files = [{"filename": f"{n}.bin", "content": base64.b64encode(each).decode()} for n, each in enumerate(octets)]
    return {"subject": "s", "text": "t", "attachments": files}


async def kept(database: Database, organisation_id: str, *bodies: dict[str, Any]) -> list[dict[str, Any]]:
    async with database.transaction() as connection:
        return [dict(body) for body in await keep_files(connection, organisation_id, bodies)]


async def ids_of(database: Database) -> set[str]:
    return {row["id"] for row in await database.fetch("SELECT id FROM message_files")}


async def organisation(database: Database) -> str:
    return (await make_world(database)).principal.organisation.id


async def a_content(database: Database, organisation_id: str, body: dict[str, Any]) -> str:
    content_id = new_id("cnt")
    await database.execute(
        "INSERT INTO message_contents (id, organisation_id, hash, body) VALUES ($1, $2, $3, $4)",
        *(content_id, organisation_id, content_id.encode(), body),
    )
    return content_id


async def days_pass(database: Database, days: int) -> None:
    """Let the hours pass in which files are left alone, and look after each day."""
    for _ in range(days):
        await database.execute("UPDATE message_files SET check_at = now() WHERE check_at IS NOT NULL")
        await MessageFiles(database).sweep()


async def test_the_same_octets_are_stored_once_and_come_back(database: Database) -> None:
    mine = await organisation(database)
    shared = mail(b"one", b"two")
    first, again, plain = await kept(database, mine, shared, shared, {"subject": "s", "text": "t"})
    assert first == again
    assert plain == {"subject": "s", "text": "t"}
    [one, two] = first["attachments"]
    assert (one["bytes"], set(one)) == (3, {"filename", "file", "bytes", "sha256"})
    [other] = await kept(database, mine, mail(b"two", b"two"))
    assert files_of([other]) == [two["file"]] * 2
    [named] = await kept(database, mine, {"attachments": [one]})
    assert named == {"attachments": [one]}
    assert await ids_of(database) == {one["file"], two["file"]}
    async with database.transaction() as connection:
        bodies = {"a": {**first}, "b": {**other}}
        await bring_octets(connection, bodies)
        assert [file["content"] for body in bodies.values() for file in body["attachments"]] == [
            base64.b64encode(each).decode() for each in (b"one", b"two", b"two", b"two")
        ]
        assert "file" not in bodies["a"]["attachments"][0]
        exported = {"a": {**first}, "b": {**other}}
        await bring_octets(connection, exported, once=True)
        found = [(file["file"], "content" in file) for body in exported.values() for file in body["attachments"]]
        assert found == [(one["file"], True), (two["file"], True), (two["file"], False), (two["file"], False)]


async def test_files_of_others_are_not_there(database: Database) -> None:
    world = await make_world(database)
    mine, theirs = world.principal.organisation.id, (await world.accounts.create_organisation("Others")).id
    [stored] = await kept(database, mine, mail(b"secret"))
    [name] = files_of([stored])
    files = MessageFiles(database)
    assert list(await files.among(mine, {name, "fil_unknown"})) == [name]
    assert await files.among(theirs, {name}) == {}
    with pytest.raises(Conflict, match="is not there any more"):
        await kept(database, theirs, stored)
    [same] = await kept(database, theirs, mail(b"secret"))
    assert files_of([same]) != [name]


async def test_what_nothing_names_is_forgotten_after_a_day_or_two(database: Database) -> None:
    world = await make_world(database)
    mine = world.principal.organisation.id
    by_content, loose, by_campaign = await kept(database, mine, *(mail(bytes([n])) for n in range(3)))
    await a_content(database, mine, by_content)
    await database.execute(
        "INSERT INTO campaigns (id, organisation_id, name, call_template) VALUES ('cmp_1', $1, 'x', $2)",
        *(mine, {"fallback_email": by_campaign}),
    )
    call_id = (await world.post("+12125550101", fallback_email=mail(b"call")))[0].id
    by_call = await database.fetchval("SELECT fallback_email FROM calls WHERE id = $1", call_id)
    await days_pass(database, 1)
    assert set(files_of([loose])) < await ids_of(database)
    # whoever sends it once more has the two days anew
    await kept(database, mine, mail(bytes([1])))
    await days_pass(database, 1)
    assert set(files_of([loose])) < await ids_of(database)
    await days_pass(database, 1)
    assert await ids_of(database) == set(files_of([by_content, by_campaign, by_call]))
    checked = "SELECT array_agg(id) FROM message_files WHERE check_at IS NULL"
    assert await database.fetchval(checked) == files_of([by_content])
    await database.execute("UPDATE campaigns SET call_template = '{}' WHERE id = 'cmp_1'")
    await database.execute("UPDATE calls SET ended_at = now(), status = 'completed' WHERE id = $1", call_id)
    await days_pass(database, 2)
    assert await ids_of(database) == set(files_of([by_content]))


async def test_what_an_erasure_leaves_without_a_name_goes_at_once(database: Database) -> None:
    mine = await organisation(database)
    first, second = await kept(database, mine, mail(b"1", b"2"), mail(b"2"))
    content_id = await a_content(database, mine, first)
    await a_content(database, mine, second)
    await days_pass(database, 1)
    await database.execute("UPDATE message_contents SET body = '{}' WHERE id = $1", content_id)
    async with database.transaction() as connection:
        await forget_unused(connection, mine, files_of([first]))
    assert await ids_of(database) == set(files_of([second]))


async def test_each_use_is_found_by_an_index(database: Database) -> None:
    looks = {
        "message_contents_files": "SELECT FROM message_contents c WHERE c.body ? 'attachments'"
        " AND jsonb_path_query_array(c.body, '$.attachments[*].file') ? 'fil_1'",
        "campaigns_files": "SELECT FROM campaigns g WHERE jsonb_path_exists(g.call_template, '$.*.attachments')"
        " AND jsonb_path_query_array(g.call_template, '$.*.attachments[*].file') ? 'fil_1'",
        "calls_files": "SELECT FROM calls c WHERE c.fallback_email ? 'attachments' AND c.ended_at IS NULL"
        " AND jsonb_path_query_array(c.fallback_email, '$.attachments[*].file') ? 'fil_1'",
    }
    definition = await database.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'use_of_file'")
    async with database.transaction() as connection:
        # tables of a test are small: without this they are read from end to end
        await connection.execute("SET LOCAL enable_seqscan = off")
        for index, look in looks.items():
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {look}"))
            assert index in plan
            for condition in look.partition(" WHERE ")[2].replace("'fil_1'", "file").split(" AND "):
                assert condition in definition
