"""People of an organisation for tests, and clients that are signed in as them."""

from __future__ import annotations

import itertools

import httpx

from callwright.accounts.models import Actor, Organisation, Role, User, operator
from callwright.accounts.service import AccountService
from callwright.accounts.users import NewUser
from support.api import ApiUnderTest, client_of

PASSWORD = "seven blue herons sing"
_numbers = itertools.count(1)


async def make_user(
    api: ApiUnderTest, role: Role, *, fenced: bool = False, organisation_id: str | None = None, name: str = ""
) -> User:
    """Add a person with ``PASSWORD``."""
    user, token = await api.services.accounts.users.create(
        NewUser(email=f"{role}{next(_numbers)}@example.com", role=role, fenced=fenced, name=name),
        who=operator(organisation_id or api.organisation.id),
        password=PASSWORD,
    )
    assert token is None
    return user


async def sign_in(api: ApiUnderTest, user: User) -> httpx.AsyncClient:
    """Return a client with a session of a person; the caller closes it."""
    _, token = await api.services.accounts.sessions.sign_in(user.email, PASSWORD)
    return client_of(api.app, token)


class People:
    """Adds people of one organisation."""

    def __init__(self, accounts: AccountService, organisation: Organisation) -> None:
        self._accounts = accounts
        self.organisation = organisation

    @property
    def operator(self) -> Actor:
        return operator(self.organisation.id)

    async def add(self, role: Role, email: str = "", *, fenced: bool = False, password: str = PASSWORD) -> User:
        user, _ = await self._accounts.users.create(
            NewUser(email=email or f"{role}@example.com", role=role, fenced=fenced),
            who=self.operator,
            password=password,
        )
        return user

    async def actor(self, user: User) -> Actor:
        """Return the person as who changes something, signed in."""
        _, token = await self._accounts.sessions.sign_in(user.email, PASSWORD)
        return (await self._accounts.authenticate(token)).actor
