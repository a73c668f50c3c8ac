from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.models import Organisation, Principal
from callwright.accounts.service import AccountService
from callwright.clock import SystemClock
from callwright.numbers.service import NumberService
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
