from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.models import Organisation
from callwright.accounts.service import AccountService
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from support.clocks import HandClock
from support.people import People


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def accounts(database: Database, clock: HandClock) -> AccountService:
    return AccountService(database, SecretBox(Fernet.generate_key()), clock)


@pytest.fixture
async def organisation(accounts: AccountService) -> Organisation:
    return await accounts.create_organisation("Elm Street Dental")


@pytest.fixture
def people(accounts: AccountService, organisation: Organisation) -> People:
    return People(accounts, organisation)
