from __future__ import annotations

import asyncio

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.models import Organisation, Principal
from callwright.accounts.service import AccountService
from callwright.clock import SystemClock
from callwright.errors import InvalidRequest, NotFound
from callwright.numbers.service import NumberService, is_suppressed, opt_out
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
def numbers(database: Database) -> NumberService:
    return NumberService(database, SecretBox(Fernet.generate_key()), SystemClock())


def principal(organisation: Organisation, *, sandbox: bool) -> Principal:
    return Principal(organisation=organisation, key_id="key_x", sandbox=sandbox, purpose="transactional")


async def test_only_verified_numbers_are_shown_but_a_sandbox_shows_any(
    numbers: NumberService, organisation: Organisation, accounts: AccountService
) -> None:
    live, sandbox = principal(organisation, sandbox=False), principal(organisation, sandbox=True)
    made = await numbers.add_number(organisation.id, "+18005550199", verified_by=None)
    assert not made.usable
    assert not await numbers.usable_caller_id(live, "+18005550199")
    assert await numbers.usable_caller_id(sandbox, "+18005550199")
    verified = await numbers.add_number(organisation.id, "+18005550199", verified_by="operator")
    assert (verified.id, verified.usable) == (made.id, True)
    assert await numbers.usable_caller_id(live, "+18005550199")
    stranger = await accounts.create_organisation("B")
    assert not await numbers.usable_caller_id(principal(stranger, sandbox=False), "+18005550199")
    assert await numbers.numbers(stranger.id) == []


async def test_adding_again_never_takes_a_verification_away(numbers: NumberService, organisation: Organisation) -> None:
    first = await numbers.add_number(organisation.id, SARAH, verified_by="operator")
    assert await numbers.add_number(organisation.id, SARAH, verified_by=None) == first
    assert (await numbers.add_number(organisation.id, SARAH, verified_by="operator")).verified_at == first.verified_at


async def test_first_number_is_the_default_and_lists_page(numbers: NumberService, organisation: Organisation) -> None:
    added = [await numbers.add_number(organisation.id, f"+1212555010{i}", verified_by="operator") for i in range(3)]
    assert await numbers.usable_numbers(organisation.id) == [number.e164 for number in added]
    page = await numbers.numbers(organisation.id, limit=2)
    assert page == [added[2], added[1]]
    assert await numbers.numbers(organisation.id, limit=2, before=page[-1].number) == [added[0]]


async def test_opting_out_twice_is_one_entry(
    numbers: NumberService, organisation: Organisation, database: Database
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
    assert len(await numbers.suppressions(organisation.id)) == 1


@pytest.mark.parametrize(
    ("scope", "key", "call", "sms", "campaign"),
    [
        ("organisation", "", True, True, True),
        ("channel", "call", True, False, True),
        ("channel", "sms", False, True, False),
        ("campaign", "cmp_1", False, False, True),
        # of a call outside any campaign
        ("campaign", "", True, False, True),
    ],
)
async def test_scopes_bind_what_they_say(
    organisation: Organisation, database: Database, scope: str, key: str, call: bool, sms: bool, campaign: bool
) -> None:
    async def suppressed(channel: str, campaign_id: str | None, number: str = SARAH) -> bool:
        async with database.transaction() as connection:
            return await is_suppressed(
                connection,
                organisation_id=organisation.id,
                e164=number,
                channel=channel,
                campaign_id=campaign_id,
            )

    async with database.transaction() as connection:
        await opt_out(
            connection, organisation_id=organisation.id, e164=SARAH, scope=scope, scope_key=key, evidence="said so"
        )
    assert await suppressed("call", None) is call
    assert await suppressed("sms", None) is sms
    assert await suppressed("call", "cmp_1") is campaign
    assert not await suppressed("call", "cmp_1", "+12125550101")


@pytest.mark.parametrize(("scope", "key"), [("planet", ""), ("channel", ""), ("channel", "fax")])
async def test_scopes_that_do_not_exist_are_refused(
    organisation: Organisation, database: Database, scope: str, key: str
) -> None:
    with pytest.raises(InvalidRequest):
        async with database.transaction() as connection:
            await opt_out(
                connection, organisation_id=organisation.id, e164=SARAH, scope=scope, scope_key=key, evidence="x"
            )


async def test_entries_are_found_and_removed_within_the_organisation(
    numbers: NumberService, organisation: Organisation, accounts: AccountService, database: Database
) -> None:
    stranger = await accounts.create_organisation("B")
    for e164 in (SARAH, "+12125550101"):
        async with database.transaction() as connection:
            await opt_out(connection, organisation_id=organisation.id, e164=e164, scope="organisation", evidence="x")
    (entry,) = await numbers.suppressions(organisation.id, e164=SARAH)
    assert await numbers.suppressed(organisation.id, [SARAH, "+15550000000"], channel="call") == {SARAH}
    assert await numbers.suppressions(stranger.id) == []
    with pytest.raises(NotFound):
        await numbers.remove_suppression(stranger.id, entry.id)
    await numbers.remove_suppression(organisation.id, entry.id)
    assert await numbers.suppressions(organisation.id, e164=SARAH) == []
