"""Opt-outs: entered once, in their scope, for as long as they say."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.models import Organisation
from callwright.accounts.service import AccountService
from callwright.clock import SystemClock
from callwright.errors import InvalidRequest, NotFound
from callwright.numbers.models import Suppression
from callwright.numbers.suppressions import Suppressions, opt_out
from callwright.store.database import Database
from callwright.store.secrets import SecretBox

pytestmark = pytest.mark.postgres

SARAH = "+12125550100"


@pytest.fixture
def accounts(database: Database) -> AccountService:
    return AccountService(database, SecretBox(Fernet.generate_key()), SystemClock())


@pytest.fixture
async def organisation(accounts: AccountService) -> Organisation:
    return await accounts.create_organisation("A")


@pytest.fixture
def suppressions(database: Database) -> Suppressions:
    return Suppressions(database)


async def test_opting_out_twice_is_one_entry(
    suppressions: Suppressions, organisation: Organisation, database: Database
) -> None:
    async def once() -> tuple[str, bool]:
        async with database.transaction() as connection:
            entry, new = await opt_out(
                connection, organisation_id=organisation.id, e164=SARAH, scope="organisation", evidence="key 9"
            )
        return entry.id, new

    results = await asyncio.gather(*(once() for _ in range(5)))
    assert len({entry for entry, _ in results}) == 1
    assert sorted(new for _, new in results) == [False] * 4 + [True]
    assert len(await suppressions.page(organisation.id)) == 1


@pytest.mark.parametrize(
    ("scope", "key", "call", "sms", "campaign", "topic"),
    [
        ("organisation", "", True, True, True, True),
        ("channel", "call", True, False, True, True),
        ("channel", "sms", False, True, False, False),
        ("campaign", "cmp_1", False, False, True, False),
        ("topic", "Opening Hours", False, False, False, True),
        # of a call outside any campaign, and of one without a topic
        ("campaign", "", True, False, True, True),
        ("topic", "", True, False, True, True),
    ],
)
async def test_scopes_bind_what_they_say(
    organisation: Organisation,
    database: Database,
    scope: str,
    key: str,
    call: bool,
    sms: bool,
    campaign: bool,
    topic: bool,
) -> None:
    async def facts(channel: str, campaign_id: str | None, about: str | None, number: str = SARAH) -> bool:
        found = await database.fetchval(
            "SELECT suppression FROM contact_facts($1, $2, $3, 'transactional', $4, $5)",
            *(organisation.id, number, channel, campaign_id, about),
        )
        return found is not None

    async with database.transaction() as connection:
        await opt_out(
            connection, organisation_id=organisation.id, e164=SARAH, scope=scope, scope_key=key, evidence="said so"
        )
    assert await facts("call", None, None) is call
    assert await facts("sms", None, None) is sms
    assert await facts("call", "cmp_1", None) is campaign
    assert await facts("call", None, "opening HOURS") is topic
    assert not await facts("call", "cmp_1", "opening hours", "+12125550101")


async def _until(
    database: Database, organisation: Organisation, expires_at: datetime | None
) -> tuple[Suppression, bool]:
    async with database.transaction() as connection:
        return await opt_out(
            connection,
            organisation_id=organisation.id,
            e164=SARAH,
            scope="organisation",
            evidence="not in summer",
            expires_at=expires_at,
        )


async def test_a_wish_ends_when_it_said_and_begins_anew(
    suppressions: Suppressions, organisation: Organisation, database: Database
) -> None:
    now = datetime.now(UTC)
    entry, new = await _until(database, organisation, now + timedelta(days=1))
    assert new
    # never shorter
    assert await _until(database, organisation, now + timedelta(hours=1)) == (entry, False)
    longer, new = await _until(database, organisation, now + timedelta(days=2))
    assert (longer.id, longer.expires_at, new) == (entry.id, now + timedelta(days=2), False)
    assert await suppressions.among(organisation.id, [SARAH], channel="call") == {SARAH}

    await database.execute(
        "UPDATE suppressions SET expires_at = now() - interval '1 second', created_at = '2026-01-01'"
    )
    assert await suppressions.among(organisation.id, [SARAH], channel="call") == frozenset()
    again, new = await _until(database, organisation, None)
    assert (again.id, again.expires_at, new) == (entry.id, None, True)
    assert again.created_at > now
    assert await suppressions.among(organisation.id, [SARAH], channel="call") == {SARAH}
    # for good is the longest
    assert await _until(database, organisation, now + timedelta(days=9)) == (again, False)
    told = await database.fetch("SELECT subject FROM events WHERE type = 'contact.optout'")
    assert [row["subject"] for row in told] == [entry.id, entry.id]


@pytest.mark.parametrize(("scope", "key"), [("planet", ""), ("channel", ""), ("channel", "fax"), ("topic", "x" * 61)])
async def test_scopes_that_do_not_exist_are_refused(
    organisation: Organisation, database: Database, scope: str, key: str
) -> None:
    with pytest.raises(InvalidRequest):
        async with database.transaction() as connection:
            await opt_out(
                connection, organisation_id=organisation.id, e164=SARAH, scope=scope, scope_key=key, evidence="x"
            )


async def test_entries_are_found_and_removed_within_the_organisation(
    suppressions: Suppressions, organisation: Organisation, accounts: AccountService, database: Database
) -> None:
    stranger = await accounts.create_organisation("B")
    for e164 in (SARAH, "+12125550101"):
        async with database.transaction() as connection:
            await opt_out(connection, organisation_id=organisation.id, e164=e164, scope="organisation", evidence="x")
    (entry,) = await suppressions.page(organisation.id, e164=SARAH)
    assert await suppressions.among(organisation.id, [SARAH, "+15550000000"], channel="call") == {SARAH}
    assert await suppressions.page(stranger.id) == []
    with pytest.raises(NotFound):
        await suppressions.remove(stranger.id, entry.id)
    await suppressions.remove(organisation.id, entry.id)
    assert await suppressions.page(organisation.id, e164=SARAH) == []
