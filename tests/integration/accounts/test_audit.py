from __future__ import annotations

from datetime import UTC, datetime, time

import asyncpg
import pytest

from callwright.accounts.audit import AuditFilter, record
from callwright.accounts.models import operator
from callwright.accounts.service import AccountService
from callwright.errors import InvalidRequest
from callwright.store.database import Database
from support.people import People

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET after = NULL",
        "UPDATE audit_log SET at = now()",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "TRUNCATE audit_log CASCADE",
    ],
)
async def test_what_is_written_stays(
    accounts: AccountService, people: People, database: Database, statement: str
) -> None:
    before = await accounts.audit.page(people.organisation.id, AuditFilter(), limit=10)
    assert before
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await database.execute(statement)
    assert await accounts.audit.page(people.organisation.id, AuditFilter(), limit=10) == before


async def test_erasure_empties_what_is_said_of_somebody_and_nothing_else(
    accounts: AccountService, people: People, database: Database
) -> None:
    await _erasing(database, "UPDATE audit_log SET before = NULL, after = NULL, address = NULL")
    (entry,) = await accounts.audit.page(people.organisation.id, AuditFilter(), limit=10)
    assert (entry.action, entry.after) == ("account.created", None)
    for statement in ("UPDATE audit_log SET action = 'x'", "UPDATE audit_log SET at = now()", "DELETE FROM audit_log"):
        with pytest.raises(asyncpg.RaiseError):
            await _erasing(database, statement)


async def _erasing(database: Database, statement: str) -> None:
    async with database.transaction() as connection:
        await connection.execute("SELECT set_config('callwright.erasing', 'on', true)")
        await connection.execute(statement)


async def test_secrets_are_left_out_and_only_changes_are_kept(
    accounts: AccountService, people: People, database: Database
) -> None:
    async with database.transaction() as connection:
        await record(
            connection,
            people.operator,
            "thing.changed",
            "thg_1",
            {"name": "a", "password": "old", "same": [1], "at": None},
            {"name": "b", "password": "new", "same": [1], "at": datetime(2025, 1, 1, tzinfo=UTC), "some": {2, 1}},
        )
    (entry,) = await accounts.audit.page(people.organisation.id, AuditFilter(object="thg_1"), limit=10)
    assert entry.before == {"name": "a", "at": None}
    assert entry.after == {"name": "b", "at": "2025-01-01T00:00:00+00:00", "some": [1, 2]}


async def test_a_change_that_fails_is_not_in_the_log(accounts: AccountService, people: People) -> None:
    organisation_id = people.organisation.id
    with pytest.raises(InvalidRequest):
        await accounts.change(organisation_id, {"name": "New", "time_zone": "Mars/Olympus"})
    assert (await accounts.organisation(organisation_id)).name == people.organisation.name
    await accounts.change(organisation_id, {"calling_from": time(8), "calling_until": time(21)})
    await accounts.set_concurrent_calls(organisation_id, 7)
    entries = await accounts.audit.page(organisation_id, AuditFilter(action="account"), limit=10)
    assert [(entry.action, entry.after) for entry in entries][:2] == [
        ("account.limit_changed", {"concurrent_calls": 7}),
        ("account.changed", {"calling_from": "08:00:00", "calling_until": "21:00:00"}),
    ]


async def test_the_log_is_narrowed_and_paged(accounts: AccountService, people: People) -> None:
    user = await people.add("owner")
    who = await people.actor(user)
    await accounts.change(people.organisation.id, {"name": "Elm"}, who)
    log = accounts.audit
    organisation_id = people.organisation.id
    (mine,) = await log.page(organisation_id, AuditFilter(user_id=user.id, action="account.changed"), limit=10)
    assert (mine.actor, mine.user_email) == ("user", user.email)
    everything = await log.page(organisation_id, AuditFilter(), limit=100)
    paged = []
    before: int | None = None
    while found := await log.page(organisation_id, AuditFilter(), limit=1, before=before):
        paged += found
        before = found[-1].number
    assert paged == everything
    assert await log.page(organisation_id, AuditFilter(at_before=everything[-1].at), limit=10) == []
    assert len(await log.page(organisation_id, AuditFilter(at_after=everything[-1].at), limit=100)) == len(everything)
    other = await accounts.create_organisation("Other")
    assert {entry.object for entry in await log.page(other.id, AuditFilter(), limit=100)} == {other.id}
    assert operator(other.id).user_id is None
