"""The last look before the INVITE: opt-outs, hours, cancellations; every answer is stored with its reason."""

from __future__ import annotations

from datetime import UTC, datetime, time

from callwright.numbers.suppressions import opt_out
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.calls import OWNER, make_world, marketing


async def test_permission_says_how_to_dial_and_is_stored(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post("+12125550101")
    (attempt,) = await world.claims.claim(OWNER)

    permission = await world.dialing.begin(attempt)

    assert permission is not None
    assert (permission.trunk, permission.dial_string) == ("provider", "+12125550101")
    (decision,) = await world.queries.decisions(call.organisation_id, call.id)
    assert decision["verdict"] == "allowed"
    assert (await world.queries.get(call.organisation_id, call.id)).status == "dialing"
    await world.assert_sound()


async def test_a_trunk_may_withhold_the_number(database: Database) -> None:
    world = await make_world(database)
    await world.post("+12125550101", "+12125550102")
    shown, hidden = await world.claims.claim(OWNER)
    permission = await world.dialing.begin(shown)
    assert permission is not None
    assert not permission.withheld
    await database.execute("UPDATE trunks SET options = options || $1", {"withhold_number": True})
    permission = await world.dialing.begin(hidden)
    assert permission is not None
    assert permission.withheld
    # the provider's header and our own records have it
    assert permission.caller_number == "+12125550100"


async def test_an_attempt_is_dialled_at_most_once(database: Database) -> None:
    world = await make_world(database)
    await world.post("+12125550101")
    (attempt,) = await world.claims.claim(OWNER)
    assert await world.dialing.begin(attempt) is not None
    assert await world.dialing.begin(attempt) is None


async def test_an_opt_out_between_claim_and_invite_stops_the_call(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post("+12125550101")
    (attempt,) = await world.claims.claim(OWNER)
    async with database.transaction() as connection:
        await opt_out(
            connection,
            organisation_id=call.organisation_id,
            e164="+12125550101",
            scope="organisation",
            scope_key="",
            evidence="key 9",
            call_id=None,
        )

    assert await world.dialing.begin(attempt) is None

    ended = await world.queries.get(call.organisation_id, call.id)
    assert (ended.outcome, ended.status) == (Outcome.SKIPPED, "cancelled")
    assert ended.reason
    assert "key 9" in ended.reason
    assert (await world.events(call.id))[-1] == "call.cancelled"
    await world.assert_sound()


async def test_outside_calling_hours_a_call_is_deferred_not_failed(database: Database) -> None:
    world = await make_world(database)
    await world.accounts.set_calling_hours(world.principal.organisation.id, time(9), time(20))
    await world.agree("+12125550101")
    (call,) = await world.post("+12125550101", principal=marketing(world.principal))
    (attempt,) = await world.claims.claim(OWNER)
    # 21:04 in New York
    world.clock.set_to(datetime(2026, 11, 24, 2, 4, tzinfo=UTC))

    assert await world.dialing.begin(attempt) is None

    deferred = await world.queries.get(call.organisation_id, call.id)
    assert deferred.status == "queued"
    assert deferred.due_at == datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    assert deferred.reason
    assert "21:04" in deferred.reason
    assert "America/New_York" in deferred.reason
    assert (await world.events(call.id))[-1] == "call.deferred"
    await world.assert_sound()


async def test_an_emergency_call_goes_out_at_night(database: Database) -> None:
    world = await make_world(database)
    await world.post("+12125550101")
    (attempt,) = await world.claims.claim(OWNER)
    world.clock.set_to(datetime(2026, 11, 24, 2, 4, tzinfo=UTC))
    assert await world.dialing.begin(attempt) is not None


async def test_a_queued_call_is_cancelled_for_good(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post("+12125550101")

    cancelled = await world.calls.cancel(world.principal, call.id)

    assert cancelled.status == "cancelled"
    assert await world.claims.claim(OWNER) == []
    assert await world.events(call.id) == ["call.queued", "call.cancelled"]
    await world.assert_sound()


async def test_a_cancellation_between_claim_and_invite_stops_the_call(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post("+12125550101")
    (attempt,) = await world.claims.claim(OWNER)
    await world.calls.cancel(world.principal, call.id)
    assert await world.dialing.begin(attempt) is None
    assert (await world.queries.get(call.organisation_id, call.id)).outcome is Outcome.CANCELLED
    await world.assert_sound()


async def test_an_attempt_put_back_leaves_no_trace(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post("+12125550101")
    (attempt,) = await world.claims.claim(OWNER)
    await world.dialing.put_back(attempt.id, reason="the telephone engine is away")
    again = await world.queries.get(call.organisation_id, call.id)
    assert (again.status, again.attempts) == ("queued", 0)
    await world.assert_sound()
