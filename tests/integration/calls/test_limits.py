"""Limits are looked at again before the INVITE: a country that was closed meanwhile, a person called too often."""

from __future__ import annotations

import pytest

from callwright.accounts.models import operator
from callwright.calls.claims import CallClaims
from callwright.calls.limits import CallLimitService
from callwright.calls.models import Settlement
from callwright.errors import InvalidRequest
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.calls import OWNER, World, make_world, marketing

END = Settlement(outcome=Outcome.ANSWERED, cause=16, sip_status=None, ended_by="callee")


async def _limited(world: World, **fields: object) -> None:
    organisation = world.principal.organisation
    await CallLimitService(world.database, world.clock).change(organisation, fields, operator(organisation.id))


async def test_a_country_that_is_closed_is_not_called(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post("+442071838750")
    (attempt,) = await CallClaims(database, world.clock).claim(OWNER)
    assert attempt.permission is None
    assert await world.dialing.begin(attempt) is None

    ended = await world.queries.get(call.organisation_id, call.id)
    assert ended.outcome is Outcome.SKIPPED
    assert "GB" in (ended.reason or "")
    (decision,) = await world.queries.decisions(call.organisation_id, call.id)
    assert (decision["verdict"], decision["rule"]) == ("skipped", "country")
    await world.assert_sound()


async def test_an_open_country_is_called(database: Database) -> None:
    world = await make_world(database)
    await _limited(world, allowed_countries=["US", "GB"])
    await world.post("+442071838750")
    (attempt,) = await CallClaims(database, world.clock).claim(OWNER)
    assert attempt.permission is not None


async def _called(world: World, number: str) -> bool:
    """Post a call that no hour binds twice; return whether it rang."""
    claims = CallClaims(world.database, world.clock)
    await world.post(number, principal=marketing(world.principal))
    (attempt,) = await claims.claim(OWNER)
    if attempt.permission is None and await world.dialing.begin(attempt) is None:
        return False
    await world.ledger.settle(attempt.id, END)
    return True


async def test_one_person_is_not_called_too_often(database: Database) -> None:
    world = await make_world(database)
    await world.accounts.set_calling_hours(world.principal.organisation.id, None, None)
    await _limited(world, calls_per_person=2, per_person_hours=24)

    await world.agree("+12125550101", "+12125550102")
    rang = [await _called(world, "+12125550101") for _ in range(3)]

    assert rang == [True, True, False]
    assert await _called(world, "+12125550102")
    row = await database.fetchrow(
        "SELECT reason, due_at > now() + interval '23 hours' AS tomorrow FROM calls WHERE status = 'queued'"
    )
    assert row is not None
    assert row["tomorrow"]
    assert "2 calls to this number within 24 hours" in row["reason"]
    await world.assert_sound()


async def test_an_emergency_is_not_counted_out(database: Database) -> None:
    world = await make_world(database)
    await _limited(world, calls_per_person=1)
    for _ in range(2):
        await world.post("+12125550101")
        (attempt,) = await CallClaims(database, world.clock).claim(OWNER)
        assert attempt.permission is not None
        await world.ledger.settle(attempt.id, END)


async def test_a_wrong_limit_changes_nothing(database: Database) -> None:
    world = await make_world(database)
    with pytest.raises(InvalidRequest):
        await _limited(world, allowed_countries=["US"], calls_per_person=-1)
    limits = CallLimitService(database, world.clock)
    assert (await limits.get(world.principal.organisation)).calls_per_person == 10
