from __future__ import annotations

import re
from datetime import time, timedelta

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.keycache import TTL_SECONDS
from callwright.accounts.service import DEFAULT_CONCURRENT_CALLS, AccountService
from callwright.errors import InvalidRequest, NotFound, Unauthorized
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from support.clocks import HandClock

pytestmark = pytest.mark.postgres


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def accounts(database: Database, clock: HandClock) -> AccountService:
    return AccountService(database, SecretBox(Fernet.generate_key()), clock)


async def test_new_organisation_has_all_it_needs(accounts: AccountService, database: Database) -> None:
    made = await accounts.create_organisation("Elm Street Dental", time_zone="America/New_York")
    assert await accounts.organisation(made.id) == made
    assert (made.calling_from, made.calling_until) == (time(9), time(20))
    assert await accounts.concurrent_calls(made.id) == (0, DEFAULT_CONCURRENT_CALLS)
    assert await database.fetchval("SELECT last FROM event_sequences WHERE organisation_id = $1", made.id) == 0


async def test_webhook_secret_is_encrypted_at_rest(accounts: AccountService, database: Database) -> None:
    made = await accounts.create_organisation("A")
    secret = await accounts.webhook_secret(made.id)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    stored = await database.fetchval("SELECT webhook_secret FROM organisations WHERE id = $1", made.id)
    assert secret[6:].encode() not in stored
    with pytest.raises(NotFound):
        await accounts.webhook_secret("org_none")


async def test_wrong_organisations_name_every_field(accounts: AccountService) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await accounts.create_organisation(" ", time_zone="Mars/Olympus", region="XX")
    assert [error.field for error in caught.value.errors] == ["name", "time_zone", "region"]


async def test_organisation_is_found_by_what_an_operator_says(accounts: AccountService) -> None:
    first = await accounts.create_organisation("Twins")
    second = await accounts.create_organisation("Other")
    for reference in (second.id, str(second.number), "Other"):
        assert await accounts.find_organisation(reference) == second
    await accounts.create_organisation("Twins")
    with pytest.raises(InvalidRequest, match=str(first.number)):
        await accounts.find_organisation("Twins")
    with pytest.raises(NotFound):
        await accounts.find_organisation("nobody")


async def test_calling_hours_and_limits_can_be_set(accounts: AccountService) -> None:
    made = await accounts.create_organisation("A")
    assert (await accounts.set_calling_hours(made.id, time(8), time(21))).calling_from == time(8)
    assert (await accounts.set_calling_hours(made.id, None, None)).calling_until is None
    for start, end in ((time(8), None), (time(8), time(8))):
        with pytest.raises(InvalidRequest):
            await accounts.set_calling_hours(made.id, start, end)
    assert await accounts.set_concurrent_calls(made.id, 3) == (0, 3)
    with pytest.raises(InvalidRequest):
        await accounts.set_concurrent_calls(made.id, -1)


async def test_key_is_shown_once_and_stored_hashed(accounts: AccountService, database: Database) -> None:
    organisation = await accounts.create_organisation("A")
    key, secret = await accounts.create_key(organisation.id, "web", sandbox=True, purpose="marketing")
    assert re.fullmatch(r"test_[a-z2-7]{32}", secret)
    assert secret.startswith(key.prefix)
    assert len(key.prefix) == 9
    rows = await database.fetch("SELECT api_keys::text AS everything FROM api_keys")
    assert secret not in rows[0]["everything"]
    principal = await accounts.authenticate(secret)
    assert (principal.organisation, principal.sandbox, principal.purpose) == (organisation, True, "marketing")
    assert (await accounts.create_key(organisation.id, "x", sandbox=False))[1].startswith("live_")


async def test_keys_must_fit(accounts: AccountService) -> None:
    organisation = await accounts.create_organisation("A")
    with pytest.raises(InvalidRequest, match="purpose"):
        await accounts.create_key(organisation.id, "x", sandbox=True, purpose="spam")
    with pytest.raises(NotFound):
        await accounts.create_key("org_none", "x", sandbox=True)
    with pytest.raises(Unauthorized):
        await accounts.authenticate("live_" + "a" * 32)


async def test_revocation_is_at_once_here_and_bounded_elsewhere(
    accounts: AccountService, database: Database, clock: HandClock
) -> None:
    organisation = await accounts.create_organisation("A")
    key, secret = await accounts.create_key(organisation.id, "x", sandbox=True)
    await accounts.authenticate(secret)
    # another process, which shares the database only
    await database.execute("UPDATE api_keys SET revoked_at = now()")
    await accounts.authenticate(secret)
    clock.advance(TTL_SECONDS)
    with pytest.raises(Unauthorized):
        await accounts.authenticate(secret)

    key, secret = await accounts.create_key(organisation.id, "y", sandbox=True)
    await accounts.authenticate(secret)
    revoked = await accounts.revoke_key(organisation.id, key.id)
    assert revoked.revoked_at == clock.now()
    with pytest.raises(Unauthorized):
        await accounts.authenticate(secret)
    clock.advance(5)
    assert (await accounts.revoke_key(organisation.id, key.id)).revoked_at == revoked.revoked_at


async def test_a_key_ends_at_its_time_even_when_remembered(accounts: AccountService, clock: HandClock) -> None:
    organisation = await accounts.create_organisation("A")
    ends = clock.now() + timedelta(seconds=1)
    _, secret = await accounts.create_key(organisation.id, "x", sandbox=True, expires_at=ends)
    await accounts.authenticate(secret)
    clock.advance(1)
    with pytest.raises(Unauthorized):
        await accounts.authenticate(secret)


async def test_another_organisation_cannot_revoke(accounts: AccountService) -> None:
    mine, theirs = await accounts.create_organisation("A"), await accounts.create_organisation("B")
    key, _ = await accounts.create_key(mine.id, "x", sandbox=True)
    with pytest.raises(NotFound):
        await accounts.revoke_key(theirs.id, key.id)
    assert await accounts.keys(theirs.id) == []


async def test_last_use_is_written_once_a_minute(accounts: AccountService, clock: HandClock) -> None:
    organisation = await accounts.create_organisation("A")
    _, secret = await accounts.create_key(organisation.id, "x", sandbox=True)

    async def used_after(seconds: float) -> float:
        clock.advance(seconds)
        await accounts.authenticate(secret)
        (key,) = await accounts.keys(organisation.id)
        assert key.last_used_at is not None
        return (clock.now() - key.last_used_at).total_seconds()

    assert [await used_after(seconds) for seconds in (0, 30, 31)] == [0, 30, 0]
