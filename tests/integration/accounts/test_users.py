from __future__ import annotations

import asyncio
from typing import Any

import pytest

from callwright.accounts.audit import AuditFilter
from callwright.accounts.models import operator
from callwright.accounts.service import AccountService
from callwright.accounts.users import NewUser
from callwright.errors import Conflict, Forbidden, InvalidRequest, NotFound, Unauthorized
from support.people import People

pytestmark = pytest.mark.postgres


async def test_an_email_is_one_persons_in_the_whole_appliance(accounts: AccountService, people: People) -> None:
    await people.add("agent", "Ann@Example.com")
    other = await accounts.create_organisation("Other")
    with pytest.raises(Conflict, match="email"):
        await accounts.users.create(NewUser(email="ann@example.COM", role="agent"), who=operator(other.id))
    assert await accounts.users.page(other.id) == []


async def test_a_removed_persons_email_is_free_again(accounts: AccountService, people: People) -> None:
    first = await people.add("agent", "ann@example.com")
    await accounts.users.delete(first.id, who=people.operator)
    with pytest.raises(NotFound):
        await accounts.users.get(people.organisation.id, first.id)
    second = await people.add("agent", "ann@example.com")
    assert second.id != first.id


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("email", {"email": "ann"}),
        ("email", {"email": "ann@example.com\r\nBcc: all@example.com"}),
        ("name", {"name": "A\u202enn"}),
        ("phone", {"phone": "call me"}),
        ("username", {"username": "an n"}),
        ("role", {"role": "king"}),
        ("role", {"role": "manager", "fenced": True}),
    ],
)
async def test_wrong_people_name_the_field(
    accounts: AccountService, people: People, field: str, wanted: dict[str, Any]
) -> None:
    fields: dict[str, Any] = {"email": "ann@example.com", "role": "agent", **wanted}
    with pytest.raises(InvalidRequest) as caught:
        await accounts.users.create(NewUser(**fields), who=people.operator)
    assert [error.field for error in caught.value.errors] == [field]
    assert await accounts.users.page(people.organisation.id) == []


async def test_nobody_manages_people_above_them(accounts: AccountService, people: People) -> None:
    owner, manager = await people.add("owner"), await people.add("manager")
    who = await people.actor(manager)
    agent, _ = await accounts.users.create(NewUser(email="new@example.com", role="agent"), who=who)
    for work in (
        accounts.users.create(NewUser(email="x@example.com", role="owner"), who=who),
        accounts.users.change(agent.id, {"role": "owner"}, who=who),
        accounts.users.change(owner.id, {"email": "mine@example.com"}, who=who),
        accounts.users.delete(owner.id, who=who),
        accounts.users.change(manager.id, {"role": "agent"}, who=who),
        accounts.users.change(manager.id, {"disabled": True}, who=who),
        accounts.users.delete(manager.id, who=who),
    ):
        with pytest.raises(Forbidden):
            await work
    assert (await accounts.users.get(owner.organisation_id, owner.id)).email == owner.email
    assert (await accounts.users.change(agent.id, {"role": "manager"}, who=who)).role == "manager"
    assert (await accounts.users.change(manager.id, {"name": "Me"}, who=who)).name == "Me"


async def test_an_organisation_keeps_an_owner_even_when_two_leave_at_once(
    accounts: AccountService, people: People
) -> None:
    first, second = await people.add("owner", "a@example.com"), await people.add("owner", "b@example.com")
    done = await asyncio.gather(
        accounts.users.delete(first.id, who=people.operator),
        accounts.users.change(second.id, {"disabled": True}, who=people.operator),
        return_exceptions=True,
    )
    assert sorted(type(result) for result in done if result is not None and not hasattr(result, "id")) == [Conflict]
    left = [user for user in await accounts.users.page(people.organisation.id) if user.disabled_at is None]
    assert len(left) == 1


async def test_who_is_disabled_is_out_at_once(accounts: AccountService, people: People) -> None:
    agent = await people.add("agent")
    _, token = await accounts.sessions.sign_in(agent.email, "seven blue herons sing")
    _, secret = await accounts.key_service.create(people.organisation.id, "k", sandbox=True, user_id=agent.id)
    for credential in (token, secret):
        assert (await accounts.authenticate(credential)).user_id == agent.id
    await accounts.users.change(agent.id, {"disabled": True}, who=people.operator)
    for credential in (token, secret):
        with pytest.raises(Unauthorized):
            await accounts.authenticate(credential)
    await accounts.users.change(agent.id, {"disabled": False}, who=people.operator)
    # the session is over for good, the key goes on
    with pytest.raises(Unauthorized):
        await accounts.authenticate(token)
    assert (await accounts.authenticate(secret)).user_id == agent.id


async def test_a_role_counts_from_the_next_request(accounts: AccountService, people: People) -> None:
    user = await people.add("manager")
    _, token = await accounts.sessions.sign_in(user.email, "seven blue herons sing")
    _, secret = await accounts.key_service.create(people.organisation.id, "k", sandbox=False, user_id=user.id)
    for credential in (token, secret):
        assert (await accounts.authenticate(credential)).may("users:write")
    await accounts.users.change(user.id, {"role": "agent", "fenced": True}, who=people.operator)
    for credential in (token, secret):
        who = await accounts.authenticate(credential)
        assert not who.may("users:write")
        assert who.may("calls:write")
        assert who.fence == user.id


async def test_another_organisation_cannot_reach_a_person(accounts: AccountService, people: People) -> None:
    user = await people.add("agent")
    other = await accounts.create_organisation("Other")
    stranger = operator(other.id)
    for work in (
        accounts.users.get(other.id, user.id),
        accounts.users.find(other.id, user.email),
        accounts.users.change(user.id, {"role": "read-only"}, who=stranger),
        accounts.users.delete(user.id, who=stranger),
        accounts.credentials.make_reset(user.id, who=stranger),
        accounts.credentials.reset_second_factor(user.id, who=stranger),
    ):
        with pytest.raises(NotFound):
            await work
    assert await accounts.users.get(people.organisation.id, user.id) == user


async def test_changes_are_in_the_log_without_secrets(accounts: AccountService, people: People) -> None:
    user = await people.add("agent")
    await accounts.users.change(user.id, {"role": "manager"}, who=people.operator)
    entries = await accounts.audit.page(people.organisation.id, AuditFilter(action="user"), limit=10)
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("user.changed", "operator"),
        ("user.created", "operator"),
    ]
    assert (entries[0].before, entries[0].after) == ({"role": "agent"}, {"role": "manager"})
    assert "argon2" not in str(entries)
