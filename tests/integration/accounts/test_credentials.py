from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.links import LIFETIMES
from callwright.accounts.mail import Link
from callwright.accounts.models import operator
from callwright.accounts.service import AccountService
from callwright.accounts.users import NewUser
from callwright.errors import Conflict, Forbidden, InvalidRequest, NotFound, RateLimited, Unauthorized
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from support.clocks import HandClock
from support.people import PASSWORD, People

if TYPE_CHECKING:
    from callwright.store.database import Connection

pytestmark = pytest.mark.postgres

OTHER = "nine grey storks dance"


class Postman:
    """Keeps what it is given."""

    delivers = True

    def __init__(self) -> None:
        self.links: list[Link] = []

    async def bring(self, connection: Connection, link: Link) -> None:
        self.links.append(link)


async def test_an_invitation_is_good_once_and_for_a_week(
    accounts: AccountService, people: People, clock: HandClock, database: Database
) -> None:
    user, token = await accounts.users.create(NewUser(email="ann@example.com", role="agent"), who=people.operator)
    assert token is not None
    assert token not in str([dict(row) for row in await database.fetch("SELECT * FROM user_links")])
    with pytest.raises(Unauthorized):
        await accounts.sessions.sign_in(user.email, PASSWORD)
    for weak in ("short", "password1234", "ann@example.com", "Elm Street Dental"):
        with pytest.raises(InvalidRequest, match="password"):
            await accounts.credentials.accept(token, weak)
    assert (await accounts.credentials.accept(token, PASSWORD)).id == user.id
    with pytest.raises(NotFound):
        await accounts.credentials.accept(token, OTHER)
    await accounts.sessions.sign_in(user.email, PASSWORD)
    _, late = await accounts.users.create(NewUser(email="bob@example.com", role="agent"), who=people.operator)
    clock.advance(LIFETIMES["invitation"].total_seconds())
    with pytest.raises(NotFound):
        await accounts.credentials.accept(late or "", PASSWORD)


async def test_inviting_again_makes_the_first_worthless_and_is_no_way_in(
    accounts: AccountService, people: People
) -> None:
    user, first = await accounts.users.create(NewUser(email="ann@example.com", role="owner"), who=people.operator)
    manager = await people.actor(await people.add("manager"))
    with pytest.raises(Forbidden):
        await accounts.credentials.invite_again(user.id, who=manager)
    second = await accounts.credentials.invite_again(user.id, who=people.operator)
    with pytest.raises(NotFound):
        await accounts.credentials.accept(first or "", PASSWORD)
    await accounts.credentials.accept(second, PASSWORD)
    with pytest.raises(Conflict):
        await accounts.credentials.invite_again(user.id, who=people.operator)


async def test_a_reset_ends_every_session_and_every_other_link(
    accounts: AccountService, people: People, clock: HandClock
) -> None:
    user = await people.add("agent")
    _, session = await accounts.sessions.sign_in(user.email, PASSWORD)
    first = await accounts.credentials.make_reset(user.id, who=people.operator)
    second = await accounts.credentials.make_reset(user.id, who=people.operator)
    await accounts.credentials.accept(second, OTHER)
    for work in (accounts.authenticate(session), accounts.sessions.sign_in(user.email, PASSWORD)):
        with pytest.raises(Unauthorized):
            await work
    with pytest.raises(NotFound):
        await accounts.credentials.accept(first, PASSWORD)
    await accounts.sessions.sign_in(user.email, OTHER)
    late = await accounts.credentials.make_reset(user.id, who=people.operator)
    clock.advance(LIFETIMES["password_reset"].total_seconds())
    with pytest.raises(NotFound):
        await accounts.credentials.accept(late, PASSWORD)


async def test_links_are_mailed_where_mail_is_set_up(database: Database, clock: HandClock) -> None:
    postman = Postman()
    accounts = AccountService(database, SecretBox(Fernet.generate_key()), clock, postman=postman)
    organisation = await accounts.create_organisation("Elm Street Dental")
    assert accounts.credentials.mails_links
    user, _ = await accounts.users.create(
        NewUser(email="ann@example.com", role="agent", name="Ann"), who=operator(organisation.id)
    )
    await accounts.credentials.ask_for_reset("nobody@example.com")
    await accounts.credentials.ask_for_reset("ANN@example.com")
    assert [(link.kind, link.email, link.organisation) for link in postman.links] == [
        ("invitation", "ann@example.com", "Elm Street Dental"),
        ("password_reset", "ann@example.com", "Elm Street Dental"),
    ]
    assert (await accounts.credentials.accept(postman.links[1].token, PASSWORD)).id == user.id


async def test_a_password_is_changed_by_who_knows_the_old_one(accounts: AccountService, people: People) -> None:
    user = await people.add("agent")
    kept, token = await accounts.sessions.sign_in(user.email, PASSWORD)
    _, other = await accounts.sessions.sign_in(user.email, PASSWORD)
    who = (await accounts.authenticate(token)).actor
    change = accounts.credentials.change_password
    with pytest.raises(InvalidRequest) as caught:
        await change(user.id, "wrong password here", OTHER, who=who, session_id=kept.id)
    assert [error.field for error in caught.value.errors] == ["current_password"]
    with pytest.raises(InvalidRequest) as caught:
        await change(user.id, PASSWORD, "short", who=who, session_id=kept.id)
    assert [error.field for error in caught.value.errors] == ["new_password"]
    await change(user.id, PASSWORD, OTHER, who=who, session_id=kept.id)
    assert (await accounts.authenticate(token)).session_id == kept.id
    with pytest.raises(Unauthorized):
        await accounts.authenticate(other)
    for _ in range(5):
        with pytest.raises(InvalidRequest):
            await change(user.id, "wrong password here", PASSWORD, who=who, session_id=kept.id)
    with pytest.raises(RateLimited):
        await change(user.id, OTHER, PASSWORD, who=who, session_id=kept.id)
