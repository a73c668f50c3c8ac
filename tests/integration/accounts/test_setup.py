"""The first owner: only who has the link, only once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.service import AccountService
from callwright.accounts.setup import FirstOwner, Setup
from callwright.errors import Conflict, InvalidRequest, RateLimited
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from support.clocks import HandClock

pytestmark = pytest.mark.postgres

ANN = FirstOwner(
    organisation="Elm Street Dental",
    name="Ann Lee",
    email="ann@example.com",
    password="seven blue herons sing",
    time_zone="America/New_York",
)


@pytest.fixture
def secrets() -> SecretBox:
    return SecretBox(Fernet.generate_key())


@pytest.fixture
def setup(database: Database, clock: HandClock, accounts: AccountService, secrets: SecretBox) -> Setup:
    return Setup(database, secrets, clock, accounts)


async def test_who_has_the_link_becomes_the_owner(setup: Setup, accounts: AccountService) -> None:
    assert await setup.open()
    assert setup.link("https://calls.example.com/") == f"https://calls.example.com/app/setup#{setup.token}"
    organisation, owner = await setup.claim(setup.token, ANN)
    assert (organisation.name, organisation.time_zone) == ("Elm Street Dental", "America/New_York")
    assert (owner.organisation_id, owner.role, owner.has_password) == (organisation.id, "owner", True)
    assert not await setup.open()
    session, _ = await accounts.sessions.sign_in("ann@example.com", ANN.password)
    assert session.user_id == owner.id


async def test_every_process_knows_the_token_and_no_other_appliance(
    setup: Setup, database: Database, clock: HandClock, accounts: AccountService, secrets: SecretBox
) -> None:
    assert Setup(database, secrets, clock, accounts).token == setup.token
    other = Setup(database, SecretBox(Fernet.generate_key()), clock, accounts)
    assert other.token != setup.token
    with pytest.raises(InvalidRequest, match="setup-link"):
        await setup.claim(other.token, ANN)


async def test_there_is_no_second_time(setup: Setup) -> None:
    await setup.claim(setup.token, ANN)
    with pytest.raises(Conflict, match="owner already"):
        await setup.claim(setup.token, replace(ANN, email="eve@example.com"))


async def test_of_two_at_the_same_time_one_wins(setup: Setup, accounts: AccountService) -> None:
    before = len(await accounts.organisations())
    done = await asyncio.gather(
        *(setup.claim(setup.token, replace(ANN, email=f"{name}@example.com")) for name in ("ann", "eve")),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in done) == ["Conflict", "tuple"]
    assert len(await accounts.organisations()) == before + 1


async def test_what_is_wrong_is_said_at_once_and_makes_nothing(setup: Setup, accounts: AccountService) -> None:
    before = len(await accounts.organisations())
    wrong = FirstOwner(organisation=" ", name="Ann", email="ann", password="short", time_zone="Mars", region="ZZ")
    with pytest.raises(InvalidRequest) as caught:
        await setup.claim(setup.token, wrong)
    assert {error.field for error in caught.value.errors} == {
        "organisation",
        "time_zone",
        "region",
        "email",
        "password",
    }
    assert len(await accounts.organisations()) == before
    assert await setup.open()


async def guess(setup: Setup, times: int) -> None:
    for _ in range(times):
        with pytest.raises(InvalidRequest):
            await setup.claim("stp_guess", ANN, address="192.0.2.7")


async def test_guessing_gets_slower(setup: Setup) -> None:
    with pytest.raises(RateLimited):
        await guess(setup, 60)
    # the right token is held up as well, until the delay is over
    with pytest.raises(RateLimited):
        await setup.claim(setup.token, ANN, address="192.0.2.7")
