from __future__ import annotations

import asyncio

import pytest

from callwright.accounts import sessions as module
from callwright.accounts import totp
from callwright.accounts.models import User
from callwright.accounts.service import AccountService
from callwright.accounts.sessions import IDLE, LIFETIME, SecondFactorNeeded
from callwright.accounts.users import NewUser
from callwright.errors import Conflict, InvalidRequest, NotFound, RateLimited, Unauthorized
from callwright.store.database import Database
from support.clocks import HandClock
from support.people import PASSWORD, People

pytestmark = pytest.mark.postgres


async def test_a_session_is_stored_hashed_and_ends_by_itself(
    accounts: AccountService, people: People, database: Database, clock: HandClock
) -> None:
    user = await people.add("agent", "Ann@example.com")
    session, token = await accounts.sessions.sign_in(
        " ann@EXAMPLE.com", PASSWORD, address="192.0.2.1", user_agent="x" * 999
    )
    assert token.startswith("ses_")
    assert token not in str([dict(row) for row in await database.fetch("SELECT * FROM sessions")])
    assert (session.user_id, session.address, len(session.user_agent or "")) == (user.id, "192.0.2.1", 200)
    who = await accounts.authenticate(token)
    assert (who.session_id, who.key_id, who.user_id, who.sandbox) == (session.id, None, user.id, False)
    assert (await accounts.users.get(user.organisation_id, user.id)).last_login_at == clock.now()
    # used within the hour, it goes on; idle for an hour, it is over
    for _ in range(3):
        clock.advance(IDLE.total_seconds() - 1)
        await accounts.authenticate(token)
    clock.advance(IDLE.total_seconds())
    with pytest.raises(Unauthorized):
        await accounts.authenticate(token)
    assert await accounts.sessions.page(user.organisation_id, user.id) == []


async def test_a_session_is_over_after_a_day_however_busy(
    accounts: AccountService, people: People, clock: HandClock
) -> None:
    user = await people.add("agent")
    _, token = await accounts.sessions.sign_in(user.email, PASSWORD)
    for _ in range(47):
        clock.advance(LIFETIME.total_seconds() / 48)
        await accounts.authenticate(token)
    clock.advance(LIFETIME.total_seconds() / 48)
    with pytest.raises(Unauthorized):
        await accounts.authenticate(token)
    clock.advance(40 * 86_400)
    assert await accounts.sessions.forget_old() >= 1


async def test_signing_out_ends_one_session(accounts: AccountService, people: People) -> None:
    user = await people.add("agent")
    stranger = await people.add("manager")
    first, token = await accounts.sessions.sign_in(user.email, PASSWORD)
    second, other = await accounts.sessions.sign_in(user.email, PASSWORD)
    who = (await accounts.authenticate(token)).actor
    with pytest.raises(NotFound):
        await accounts.sessions.end(stranger.id, first.id, who=who)
    await accounts.sessions.end(user.id, first.id, who=who)
    with pytest.raises(Unauthorized):
        await accounts.authenticate(token)
    assert [session.id for session in await accounts.sessions.page(user.organisation_id, user.id)] == [second.id]
    assert (await accounts.authenticate(other)).session_id == second.id


async def test_wrong_is_one_answer_and_as_much_work(
    accounts: AccountService, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await people.add("agent")
    disabled = await people.add("agent", "gone@example.com")
    await accounts.users.change(disabled.id, {"disabled": True}, who=people.operator)
    invited, _ = await accounts.users.create(NewUser(email="invited@example.com", role="agent"), who=people.operator)
    assert not invited.has_password
    work = []
    verify = module.verify_password

    async def counted(password: str, stored: str | None) -> bool:
        work.append(stored is not None)
        return await verify(password, stored)

    monkeypatch.setattr(module, "verify_password", counted)
    messages = set()
    for email in (user.email, "nobody@example.com", invited.email):
        with pytest.raises(Unauthorized) as caught:
            await accounts.sessions.sign_in(email, "wrong password here")
        messages.add(str(caught.value))
    with pytest.raises(Unauthorized) as caught:
        await accounts.sessions.sign_in(disabled.email, PASSWORD)
    messages.add(str(caught.value))
    assert len(messages) == 1
    assert work == [True, False, False, True]


async def test_guessing_gets_slower_for_any_email_and_ends_with_the_right_password(
    accounts: AccountService, people: People, clock: HandClock
) -> None:
    user = await people.add("agent")
    for email in (user.email, "nobody@example.com"):
        waits = []
        for _ in range(5):
            with pytest.raises(Unauthorized):
                await accounts.sessions.sign_in(email, "wrong password here")
        for _ in range(12):
            # the first one after five wrong ones may come a second later
            with pytest.raises(RateLimited) as caught:
                await accounts.sessions.sign_in(email.upper(), PASSWORD)
            waits.append(round(caught.value.retry_after))
            clock.advance(caught.value.retry_after)
            with pytest.raises(Unauthorized):
                await accounts.sessions.sign_in(email, "wrong password here")
        assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    clock.advance(900)
    await accounts.sessions.sign_in(user.email, PASSWORD)
    with pytest.raises(Unauthorized):
        await accounts.sessions.sign_in(user.email, "wrong password here")


async def test_many_guesses_at_once_are_no_way_around(accounts: AccountService, people: People) -> None:
    user = await people.add("agent")
    done = await asyncio.gather(
        *(accounts.sessions.sign_in(user.email, f"wrong password {n}") for n in range(20)), return_exceptions=True
    )
    assert [type(result) for result in done].count(Unauthorized) == 5
    assert [type(result) for result in done].count(RateLimited) == 15


async def test_an_address_that_tries_many_emails_gets_slower_but_good_ones_do_not_count(
    accounts: AccountService, people: People, clock: HandClock
) -> None:
    user = await people.add("agent")
    for _ in range(60):
        await accounts.sessions.sign_in(user.email, PASSWORD, address="192.0.2.9")
    for n in range(50):
        with pytest.raises(Unauthorized):
            await accounts.sessions.sign_in(f"{n}@example.com", "wrong password here", address="192.0.2.9")
    with pytest.raises(RateLimited):
        await accounts.sessions.sign_in(user.email, PASSWORD, address="192.0.2.9")
    await accounts.sessions.sign_in(user.email, PASSWORD, address="192.0.2.10")
    clock.advance(86_401)
    assert await accounts.sessions.throttle.forget_old() >= 51


async def enrolled(accounts: AccountService, people: People, clock: HandClock) -> tuple[User, bytes, list[str]]:
    user = await people.add("manager")
    who = await people.actor(user)
    text, uri = await accounts.credentials.start_second_factor(user.id, PASSWORD, who=who)
    assert text in uri
    secret = totp.from_text(text)
    with pytest.raises(InvalidRequest, match="code"):
        await accounts.credentials.confirm_second_factor(user.id, "000000", who=who)
    code = totp.code_of(secret, totp.step_at(clock.now()))
    codes = await accounts.credentials.confirm_second_factor(user.id, code, who=who)
    return user, secret, codes


async def test_a_second_factor_is_asked_for_and_a_code_works_once(
    accounts: AccountService, people: People, clock: HandClock, database: Database
) -> None:
    user, secret, _ = await enrolled(accounts, people, clock)
    stored = await database.fetchrow("SELECT * FROM users WHERE id = $1", user.id)
    assert stored is not None
    assert secret not in bytes(stored["totp_secret"])
    assert totp.as_text(secret).encode() not in bytes(stored["totp_secret"])
    with pytest.raises(SecondFactorNeeded):
        await accounts.sessions.sign_in(user.email, PASSWORD)
    # who does not know the password does not hear that there is one
    with pytest.raises(Unauthorized) as caught:
        await accounts.sessions.sign_in(user.email, "wrong password here")
    assert not isinstance(caught.value, SecondFactorNeeded)
    # the code of the confirmation was used
    with pytest.raises(Unauthorized):
        await accounts.sessions.sign_in(user.email, PASSWORD, code=totp.code_of(secret, totp.step_at(clock.now())))
    clock.advance(60)
    code = totp.code_of(secret, totp.step_at(clock.now()))
    done = await asyncio.gather(
        *(accounts.sessions.sign_in(user.email, PASSWORD, code=code) for _ in range(2)), return_exceptions=True
    )
    good = [result for result in done if isinstance(result, tuple)]
    assert len(good) == 1
    assert good[0][0].second_factor_at == clock.now()
    with pytest.raises(Unauthorized):
        await accounts.sessions.sign_in(user.email, PASSWORD, code=code)


async def test_a_recovery_code_stands_in_once(accounts: AccountService, people: People, clock: HandClock) -> None:
    user, _, codes = await enrolled(accounts, people, clock)
    assert len(codes) == 10
    await accounts.sessions.sign_in(user.email, PASSWORD, code=codes[3].upper())
    with pytest.raises(Unauthorized):
        await accounts.sessions.sign_in(user.email, PASSWORD, code=codes[3])
    _, token = await accounts.sessions.sign_in(user.email, PASSWORD, code=codes[4])
    who = (await accounts.authenticate(token)).actor
    fresh = await accounts.credentials.new_recovery_codes(user.id, PASSWORD, who=who)
    with pytest.raises(Unauthorized):
        await accounts.sessions.sign_in(user.email, PASSWORD, code=codes[5])
    with pytest.raises(Conflict):
        await accounts.credentials.start_second_factor(user.id, PASSWORD, who=who)
    await accounts.credentials.end_second_factor(user.id, PASSWORD, fresh[0], who=who)
    await accounts.sessions.sign_in(user.email, PASSWORD)


async def test_the_operator_takes_a_lost_second_factor_away(
    accounts: AccountService, people: People, clock: HandClock
) -> None:
    user, _, codes = await enrolled(accounts, people, clock)
    _, token = await accounts.sessions.sign_in(user.email, PASSWORD, code=codes[0])
    await accounts.credentials.reset_second_factor(user.id, who=people.operator)
    with pytest.raises(Unauthorized):
        await accounts.authenticate(token)
    await accounts.sessions.sign_in(user.email, PASSWORD)
