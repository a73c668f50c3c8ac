"""A call whose turn is now is decided in its claim: one commit, one decision, and nothing rings that must not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from callwright.calls.claims import CallClaims, Owner
from callwright.calls.models import Permission
from callwright.numbers.suppressions import opt_out
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.calls import OWNER, World, make_world, marketing


async def _deciding(database: Database, *, rate: float = 1000) -> tuple[World, CallClaims]:
    world = await make_world(database, rate=rate)
    return world, CallClaims(database, world.clock)


async def test_the_claim_gives_the_permission_and_stores_why(database: Database) -> None:
    world, claims = await _deciding(database)
    (call,) = await world.post("+12125550101")

    (attempt,) = await claims.claim(OWNER)

    assert attempt.permission == Permission(trunk="provider", dial_string="+12125550101", caller_number="+12125550100")
    (decision,) = await world.queries.decisions(call.organisation_id, call.id)
    assert (decision["verdict"], decision["attempt_id"]) == ("allowed", attempt.id)
    (view,) = await world.queries.attempts(call.organisation_id, call.id)
    assert (view.state, view.dialing_at is not None) == ("dialing", True)
    assert await world.events(call.id) == ["call.queued", "call.dialing"]
    assert await world.accounts.concurrent_calls(call.organisation_id) == (1, 50)
    await world.assert_sound()


async def test_who_opted_out_before_the_claim_does_not_ring(database: Database) -> None:
    world, claims = await _deciding(database)
    (call,) = await world.post("+12125550101")
    async with database.transaction() as connection:
        await opt_out(
            connection,
            organisation_id=call.organisation_id,
            e164="+12125550101",
            scope="organisation",
            evidence="key 9",
        )

    (attempt,) = await claims.claim(OWNER)
    assert attempt.permission is None
    assert await world.dialing.begin(attempt) is None

    assert (await world.queries.get(call.organisation_id, call.id)).outcome is Outcome.SKIPPED
    await world.assert_sound()


async def test_at_night_it_is_left_to_be_deferred(database: Database) -> None:
    world, claims = await _deciding(database)
    world.clock.set_to(datetime(2026, 6, 1, 6, 0, tzinfo=UTC))
    await world.agree("+12125550101")
    (call,) = await world.post("+12125550101", principal=marketing(world.principal))

    (attempt,) = await claims.claim(OWNER)
    assert attempt.permission is None
    assert await world.dialing.begin(attempt) is None

    assert (await world.queries.get(call.organisation_id, call.id)).status == "queued"


async def test_only_those_whose_turn_is_now_are_released(database: Database) -> None:
    world, claims = await _deciding(database, rate=4)
    await world.post("+12125550101", "+12125550102", "+12125550103")

    attempts = await claims.claim(OWNER)

    assert [attempt.permission is not None for attempt in attempts] == [True, False, False]


async def test_what_was_committed_although_the_answer_was_lost_is_dialled(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, claims = await _deciding(database)
    (call,) = await world.post("+12125550101")
    transaction = database.transaction

    class Broken:
        """A transaction whose commit takes effect and whose answer never comes."""

        def __init__(self, **options: bool) -> None:
            self._options = options

        async def __aenter__(self) -> object:
            self._inner = transaction(**self._options)
            return await self._inner.__aenter__()

        async def __aexit__(self, *exception: object) -> None:
            await self._inner.__aexit__(None, None, None)
            raise ConnectionResetError("the server went away")

    monkeypatch.setattr(database, "transaction", Broken)
    with pytest.raises(ConnectionResetError):
        await claims.claim(OWNER)
    monkeypatch.undo()

    (attempt,) = await claims.claim(OWNER)
    assert (attempt.call_id, attempt.permission is not None) == (call.id, True)
    assert await claims.claim(OWNER) == []


async def test_what_another_owner_took_meanwhile_is_not_dialled(database: Database) -> None:
    world, claims = await _deciding(database)
    await world.post("+12125550101")
    (attempt,) = await claims.claim(OWNER)
    claims._sent = [attempt]
    await database.execute("UPDATE attempts SET node = 'node2', epoch = 7")

    assert await claims.claim(OWNER) == []


async def test_a_repeated_question_is_answered_to_its_owner_only(database: Database) -> None:
    world = await make_world(database)
    await world.post("+12125550101")
    (attempt,) = await world.claims.claim(OWNER)
    first = await world.dialing.begin(attempt)

    assert await world.dialing.begin(attempt, Owner(node=OWNER.node, epoch=OWNER.epoch + 1)) is None
    assert await world.dialing.begin(attempt, OWNER) == first


async def test_an_attempt_that_nobody_dialled_goes_back(database: Database) -> None:
    world, claims = await _deciding(database)
    (call,) = await world.post("+12125550101")
    (attempt,) = await claims.claim(OWNER)

    await world.dialing.put_back(attempt.id, reason="the telephone engine is away", undialled=True)

    again = await world.queries.get(call.organisation_id, call.id)
    assert (again.status, again.attempts) == ("queued", 0)
    assert await world.accounts.concurrent_calls(call.organisation_id) == (0, 50)
    await world.assert_sound()
