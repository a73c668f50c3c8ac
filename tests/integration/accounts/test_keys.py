from __future__ import annotations

from datetime import timedelta

import pytest

from callwright.accounts.audit import AuditFilter
from callwright.accounts.models import operator
from callwright.accounts.permissions import PERMISSIONS, of_role
from callwright.accounts.service import AccountService
from callwright.errors import Conflict, Forbidden, InvalidRequest, NotFound, Unauthorized
from callwright.store.database import Database
from support.clocks import HandClock
from support.people import People

pytestmark = pytest.mark.postgres


async def test_a_key_may_what_its_list_says(accounts: AccountService, people: People) -> None:
    organisation_id = people.organisation.id
    for listed, expected in (
        (["*"], PERMISSIONS),
        (["*:read"], {name for name in PERMISSIONS if name.endswith(":read")}),
        (["calls:write", "calls:read"], {"calls:write", "calls:read"}),
    ):
        _, secret = await accounts.key_service.create(organisation_id, "x", sandbox=False, permissions=listed)
        assert (await accounts.authenticate(secret)).permissions == expected
    for wrong in ([], ["calls"], ["calls:delete"], ["moon:read"]):
        with pytest.raises(InvalidRequest, match="permission"):
            await accounts.key_service.create(organisation_id, "x", sandbox=False, permissions=wrong)


async def test_a_sandbox_key_changes_neither_people_nor_keys(accounts: AccountService, people: People) -> None:
    _, secret = await accounts.key_service.create(people.organisation.id, "x", sandbox=True)
    who = await accounts.authenticate(secret)
    assert who.may("calls:write")
    for permission in ("users:read", "users:write", "keys:write", "account:write", "audit-log:read"):
        assert not who.may(permission), permission


async def test_nobody_makes_a_key_that_may_more_than_they(accounts: AccountService, people: People) -> None:
    user = await people.add("manager")
    who = await people.actor(user)
    organisation_id = people.organisation.id
    make = accounts.key_service.create
    own, secret = await make(organisation_id, "own", sandbox=False, user_id=user.id, who=who)
    assert (await accounts.authenticate(secret)).permissions == of_role("manager")
    narrow = ["calls:read", "keys:write"]
    _, small = await make(organisation_id, "small", sandbox=False, user_id=user.id, who=who, permissions=narrow)
    small_actor = (await accounts.authenticate(small)).actor
    for work in (
        make(organisation_id, "all", sandbox=False, who=who),
        make(organisation_id, "owner's", sandbox=False, user_id=user.id, who=who, permissions=["account:write"]),
        make(organisation_id, "grown", sandbox=False, user_id=user.id, who=small_actor),
        make(organisation_id, "night", sandbox=False, user_id=user.id, who=who, purpose="emergency"),
        accounts.key_service.rotate(own.id, overlap=timedelta(0), who=small_actor),
    ):
        with pytest.raises(Forbidden):
            await work
    _, sandbox = await make(organisation_id, "sandbox", sandbox=True, user_id=user.id, who=who)
    assert (await accounts.authenticate(sandbox)).sandbox
    with pytest.raises(NotFound):
        await make(organisation_id, "nobody's", sandbox=False, user_id="usr_none", who=who)
    owner = await people.actor(await people.add("owner"))
    await make(organisation_id, "night", sandbox=False, who=owner, purpose="emergency")


async def test_rotation_overlaps_and_keeps_what_the_key_may(
    accounts: AccountService, people: People, clock: HandClock
) -> None:
    old, first = await accounts.key_service.create(
        people.organisation.id,
        "shop",
        sandbox=False,
        purpose="marketing",
        permissions=["calls:write"],
        expires_at=clock.now() + timedelta(days=90),
    )
    clock.advance(86_400 * 80)
    ended, new, second = await accounts.key_service.rotate(old.id, overlap=timedelta(hours=2), who=people.operator)
    assert (new.name, new.purpose, new.permissions, new.rotated_from) == ("shop", "marketing", ("calls:write",), old.id)
    assert new.expires_at == clock.now() + timedelta(days=90)
    assert ended.expires_at == clock.now() + timedelta(hours=2)
    for secret, key in ((first, old), (second, new)):
        assert (await accounts.authenticate(secret)).key_id == key.id
    clock.advance(7200)
    with pytest.raises(Unauthorized):
        await accounts.authenticate(first)
    assert (await accounts.authenticate(second)).permissions == {"calls:write"}
    with pytest.raises(Conflict):
        await accounts.key_service.rotate(old.id, overlap=timedelta(0), who=people.operator)
    with pytest.raises(InvalidRequest, match="overlap"):
        await accounts.key_service.rotate(new.id, overlap=timedelta(days=31), who=people.operator)
    actions = [
        entry.action for entry in await accounts.audit.page(people.organisation.id, AuditFilter(action="key"), limit=9)
    ]
    assert actions == ["key.rotated", "key.created", "key.created"]


async def test_rotation_never_lengthens_a_life(accounts: AccountService, people: People, clock: HandClock) -> None:
    soon = clock.now() + timedelta(minutes=1)
    old, _ = await accounts.key_service.create(people.organisation.id, "x", sandbox=True, expires_at=soon)
    ended, _, _ = await accounts.key_service.rotate(old.id, overlap=timedelta(days=1), who=people.operator)
    assert ended.expires_at == soon


async def test_a_dialects_key_is_shown_again_and_opens_nothing_else(
    accounts: AccountService, people: People, database: Database
) -> None:
    user = await people.add("agent", fenced=True)
    key, secret = await accounts.key_service.create(
        people.organisation.id, "sub", sandbox=False, user_id=user.id, dialect="multisender", shown_again=True
    )
    stored = await database.fetchval("SELECT token FROM api_keys WHERE id = $1", key.id)
    assert secret.encode() not in bytes(stored)
    assert await accounts.key_service.token(people.organisation.id, key.id) == secret
    for dialect in (None, "robocall"):
        with pytest.raises(Unauthorized):
            await accounts.key_service.authenticate(secret, dialect=dialect)
    assert (await accounts.key_service.authenticate(secret, dialect="multisender")).fence == user.id
    with pytest.raises(Unauthorized):
        await accounts.key_service.authenticate(secret)
    other = await accounts.create_organisation("Other")
    with pytest.raises(NotFound):
        await accounts.key_service.token(other.id, key.id)
    with pytest.raises(NotFound):
        await accounts.key_service.revoke(key.id, who=operator(other.id))


async def test_keys_are_listed_page_by_page(accounts: AccountService, people: People) -> None:
    user = await people.add("agent")
    made = [
        (await accounts.key_service.create(people.organisation.id, str(n), sandbox=True, user_id=user.id))[0].id
        for n in range(3)
    ]
    await accounts.key_service.create(people.organisation.id, "organisation's", sandbox=True)
    first = await accounts.key_service.page(people.organisation.id, user_id=user.id, limit=2)
    rest = await accounts.key_service.page(people.organisation.id, user_id=user.id, limit=2, before=first[-1].id)
    assert sorted(key.id for key in [*first, *rest]) == sorted(made)
    assert len(await accounts.key_service.page(people.organisation.id, limit=10)) == 4
