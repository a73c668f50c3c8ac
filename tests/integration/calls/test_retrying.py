"""Calls are made again as their policy says, with every rule of a first attempt, and end once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from callwright.calls.expiry import CallExpiry
from callwright.calls.models import Attempt, Call, Settlement
from callwright.flows import commands
from callwright.numbers.suppressions import opt_out
from callwright.rules.outcomes import TERMINAL_EVENTS, Outcome
from callwright.rules.retries import Retry, RetryPolicy
from callwright.store.database import Database
from support.calls import OWNER, World, make_world

TO = "+12125550101"
AGAIN = RetryPolicy(
    retries={
        Outcome.BUSY: Retry(count=2, delay_seconds=300, backoff=2),
        Outcome.FAILED: Retry(count=1, delay_seconds=5),
    }
)
COMPLETED = RetryPolicy(incomplete=Retry(count=1, delay_seconds=60))


async def attempt_of(world: World) -> Attempt:
    """Dial the one call that is due; those that wait are made due first, however late."""
    await world.database.execute("UPDATE calls SET due_at = now() WHERE status = 'queued'")
    (attempt,) = await world.claims.claim(OWNER)
    assert await world.dialing.begin(attempt) is not None
    return attempt


async def end(
    world: World, outcome: Outcome, *, incomplete: bool = False, effects: Sequence[commands.Command] = ()
) -> Attempt:
    attempt = await attempt_of(world)
    by = "callee" if incomplete else "us"
    if outcome is Outcome.ANSWERED:
        await world.ledger.answered(attempt.id, {}, [])
    settlement = Settlement(
        outcome=outcome,
        cause=16,
        sip_status=None,
        ended_by=by,
        incomplete=incomplete,
        effects=effects,
    )
    await world.ledger.settle(attempt.id, settlement)
    return attempt


async def shown(world: World, call: Call) -> Call:
    return await world.queries.get(world.principal.organisation.id, call.id)


async def terminal(world: World, call: Call) -> list[str]:
    return [event for event in await world.events(call.id) if event in TERMINAL_EVENTS]


async def test_a_busy_line_is_called_again_later_and_later(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post(TO, retry=AGAIN)
    for delay in (300, 600):
        before = world.clock.now()
        await end(world, Outcome.BUSY)
        now = await shown(world, call)
        assert (now.status, now.outcome, now.reason) == ("queued", None, "again after busy")
        assert timedelta(seconds=delay) <= now.due_at - before <= timedelta(seconds=delay + 30)
        assert await world.claims.claim(OWNER) == []
        assert await terminal(world, call) == []
        await world.assert_sound()
    await end(world, Outcome.BUSY)

    ended = await shown(world, call)
    assert (ended.status, ended.outcome, ended.attempts) == ("busy", Outcome.BUSY, 3)
    assert await terminal(world, call) == ["call.no_answer"]
    types = await world.events(call.id)
    assert types.count("call.attempt_ended") == types.count("call.dialing") == 3
    attempts = await world.queries.attempts(world.principal.organisation.id, call.id)
    assert [(attempt.ordinal, attempt.outcome) for attempt in attempts] == [(n, Outcome.BUSY) for n in (1, 2, 3)]
    await world.assert_sound()


async def test_the_event_tells_when_the_next_attempt_is(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post(TO, retry=AGAIN)
    await end(world, Outcome.FAILED)
    await end(world, Outcome.FAILED)
    rows = await database.fetch("SELECT body FROM events WHERE type = 'call.attempt_ended' ORDER BY id")
    assert ["next_attempt_at" in row["body"] for row in rows] == [True, False]
    assert await terminal(world, call) == ["call.failed"]


async def test_each_outcome_has_its_own_count(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post(TO, retry=AGAIN)
    for outcome in (Outcome.BUSY, Outcome.FAILED, Outcome.BUSY, Outcome.FAILED):
        assert (await shown(world, call)).outcome is None
        await end(world, outcome)
    assert (await shown(world, call)).outcome is Outcome.FAILED
    await world.assert_sound()


async def test_there_are_no_more_attempts_than_were_wanted_in_all(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post(TO, retry=RetryPolicy(retries=AGAIN.retries, most=2))
    await end(world, Outcome.BUSY)
    await end(world, Outcome.FAILED)
    assert (await shown(world, call)).outcome is Outcome.FAILED
    await world.assert_sound()


async def test_an_answer_ends_it(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post(TO, retry=AGAIN)
    await end(world, Outcome.BUSY)
    await end(world, Outcome.ANSWERED)
    assert (await shown(world, call)).outcome is Outcome.ANSWERED
    assert await terminal(world, call) == ["call.completed"]


async def test_who_hung_up_early_is_called_again(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post(TO, retry=COMPLETED)
    await end(world, Outcome.ANSWERED, incomplete=True)
    again = await shown(world, call)
    assert (again.status, again.answered_at, again.reason) == ("queued", None, "again after the person hung up early")
    await end(world, Outcome.ANSWERED, incomplete=True)
    assert (await shown(world, call)).outcome is Outcome.ANSWERED
    assert await terminal(world, call) == ["call.completed"]
    await world.assert_sound()


async def test_who_pressed_a_key_or_opted_out_is_not(database: Database) -> None:
    world = await make_world(database)
    key = commands.Note(kind="gather", step="s1", data={"digits": "1", "result": "matched"})
    (pressed,) = await world.post(TO, retry=COMPLETED)
    await end(world, Outcome.ANSWERED, incomplete=True, effects=[key])
    assert (await shown(world, pressed)).outcome is Outcome.ANSWERED

    (left,) = await world.post("+12125550102", retry=COMPLETED)
    wish = commands.OptOut(scope="organisation", evidence="key 9")
    await end(world, Outcome.ANSWERED, incomplete=True, effects=[wish])
    assert (await shown(world, left)).outcome is Outcome.ANSWERED
    await world.assert_sound()


async def test_a_retry_obeys_an_opt_out(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post(TO, retry=AGAIN)
    await end(world, Outcome.BUSY)
    async with database.transaction() as connection:
        await opt_out(
            connection,
            organisation_id=world.principal.organisation.id,
            e164=TO,
            scope="organisation",
            scope_key="",
            evidence="letter",
            source="operator",
        )
    await database.execute("UPDATE calls SET due_at = now()")
    (attempt,) = await world.claims.claim(OWNER)
    assert await world.dialing.begin(attempt) is None
    ended = await shown(world, call)
    assert (ended.outcome, ended.attempts) == (Outcome.SKIPPED, 2)
    assert await terminal(world, call) == ["call.cancelled"]
    await world.assert_sound()


async def test_a_call_that_waits_for_its_next_attempt_can_be_cancelled(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post(TO, retry=AGAIN)
    await end(world, Outcome.BUSY)
    await world.calls.cancel(world.principal, call.id)
    assert (await shown(world, call)).outcome is Outcome.CANCELLED
    assert await terminal(world, call) == ["call.cancelled"]


async def test_no_attempt_is_planned_after_the_end(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post(TO, retry=AGAIN, not_after=world.clock.now() + timedelta(seconds=200))
    await end(world, Outcome.BUSY)
    assert (await shown(world, call)).outcome is Outcome.BUSY
    await world.assert_sound()


@pytest.mark.parametrize("dialled", [False, True])
async def test_a_call_that_waits_past_its_end_expires_once(database: Database, dialled: bool) -> None:
    world = await make_world(database)
    expiry = CallExpiry(database, world.clock)
    last = world.clock.now() + timedelta(seconds=400)
    (call,) = await world.post(TO, retry=AGAIN, not_after=last, due_at=None if dialled else last)
    (other,) = await world.post("+12125550102", due_at=last)
    if dialled:
        attempt = (await world.claims.claim(OWNER))[0]
        assert await world.dialing.begin(attempt) is not None
        busy = Settlement(outcome=Outcome.BUSY, cause=17, sip_status=486, ended_by="callee")
        await world.ledger.settle(attempt.id, busy)
    assert await expiry.end_late() == 0

    world.clock.set_to(last + timedelta(seconds=1))
    assert await expiry.end_late() == 1
    assert await expiry.end_late() == 0
    ended = await shown(world, call)
    assert (ended.status, ended.outcome) == ("cancelled", Outcome.EXPIRED)
    assert ended.reason is not None
    assert ended.reason.endswith("dialled again" if dialled else "dialled")
    assert await terminal(world, call) == ["call.cancelled"]
    assert (await shown(world, other)).outcome is None
    await world.assert_sound()


async def test_what_is_late_at_the_last_look_expires_too(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post(TO, retry=AGAIN, not_after=world.clock.now() + timedelta(seconds=5))
    (attempt,) = await world.claims.claim(OWNER)
    world.clock.set_to(world.clock.now() + timedelta(seconds=6))
    assert await world.dialing.begin(attempt) is None
    assert (await shown(world, call)).outcome is Outcome.EXPIRED
    assert await terminal(world, call) == ["call.cancelled"]
    await world.assert_sound()


async def test_without_a_policy_a_call_is_made_once(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post(TO)
    await end(world, Outcome.BUSY)
    assert (await shown(world, call)).outcome is Outcome.BUSY
