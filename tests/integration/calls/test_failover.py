"""What a trunk cannot carry goes over the next one at once, each trunk once, and never when anything rang."""

from __future__ import annotations

from datetime import timedelta

import pytest

from callwright.calls.models import Attempt, Settlement
from callwright.numbers.trunks import NewTrunk
from callwright.rules.outcomes import Outcome
from callwright.rules.retries import Retry, RetryPolicy
from callwright.store.database import Database
from support.calls import OWNER, World, make_world

TO = "+12125550101"


async def _world(database: Database, *more: NewTrunk) -> World:
    world = await make_world(database)
    for trunk in more:
        await world.trunks.add(world.principal.organisation.id, trunk)
    return world


def _trunk(name: str, priority: int, *, prefixes: tuple[str, ...] = ()) -> NewTrunk:
    return NewTrunk(name=name, host="127.0.0.1", priority=priority, calls_per_second=1000, prefixes=prefixes)


async def _refuse(world: World, *, status: int = 503, fault: bool = True, ended_by: str = "callee") -> Attempt:
    """Claim the one call that is due and let its trunk refuse it."""
    (attempt,) = await world.claims.claim(OWNER)
    assert await world.dialing.begin(attempt) is not None
    outcome = Outcome.CONGESTION if status == 503 else Outcome.BUSY
    end = Settlement(outcome=outcome, cause=34, sip_status=status, ended_by=ended_by, trunk_fault=fault)
    await world.ledger.settle(attempt.id, end)
    return attempt


async def _trunks_of(world: World, call_id: str) -> list[str]:
    rows = await world.database.fetch(
        "SELECT t.name FROM attempts a JOIN trunks t ON t.id = a.trunk_id WHERE call_id = $1 ORDER BY a.ordinal",
        call_id,
    )
    return [row["name"] for row in rows]


async def test_the_next_trunk_carries_it_at_once(database: Database) -> None:
    world = await _world(database, _trunk("second", 1), _trunk("third", 2))
    (call,) = await world.post(TO)
    await _refuse(world)
    waiting = await world.queries.get(call.organisation_id, call.id)
    assert waiting.status == "queued"
    assert waiting.reason == "again over another trunk: provider answered 503"
    await _refuse(world)
    (third,) = await world.claims.claim(OWNER)
    assert await world.dialing.begin(third) is not None
    await world.ledger.settle(third.id, Settlement(outcome=Outcome.BUSY, cause=17, sip_status=486, ended_by="callee"))
    assert await _trunks_of(world, call.id) == ["provider", "second", "third"]
    assert (await world.queries.get(call.organisation_id, call.id)).outcome is Outcome.BUSY
    assert await world.claims.claim(OWNER) == []
    await world.assert_sound()


async def test_each_trunk_is_tried_once(database: Database) -> None:
    world = await _world(database, _trunk("second", 1))
    (call,) = await world.post(TO)
    await _refuse(world)
    await _refuse(world)
    assert await _trunks_of(world, call.id) == ["provider", "second"]
    ended = await world.queries.get(call.organisation_id, call.id)
    assert ended.outcome is Outcome.CONGESTION
    assert [attempt.outcome for attempt in await world.queries.attempts(call.organisation_id, call.id)] == [
        Outcome.CONGESTION
    ] * 2
    await world.assert_sound()


@pytest.mark.parametrize(
    ("other", "status", "fault", "ended_by"),
    [
        pytest.param(_trunk("second", 1), 486, False, "callee", id="the callee is busy"),
        pytest.param(_trunk("second", 1), 480, True, "ring_timeout", id="our own time limit: it may have rung"),
        pytest.param(_trunk("second", 1, prefixes=("+44",)), 503, True, "callee", id="no other trunk carries it"),
    ],
)
async def test_no_other_trunk_is_tried(
    database: Database, other: NewTrunk, status: int, fault: bool, ended_by: str
) -> None:
    world = await _world(database, other)
    (call,) = await world.post(TO)
    await _refuse(world, status=status, fault=fault, ended_by=ended_by)
    assert (await world.queries.get(call.organisation_id, call.id)).outcome is not None
    assert await world.claims.claim(OWNER) == []
    await world.assert_sound()


async def test_a_retry_policy_does_not_count_what_failed_over(database: Database) -> None:
    world = await _world(database, _trunk("second", 1))
    policy = RetryPolicy(retries={Outcome.CONGESTION: Retry(count=1, delay_seconds=0)})
    (call,) = await world.post(TO, retry=policy)
    for _ in range(4):
        await _refuse(world)
    # over both trunks, and again over both
    assert sorted(await _trunks_of(world, call.id)) == ["provider", "provider", "second", "second"]
    assert (await world.queries.get(call.organisation_id, call.id)).outcome is Outcome.CONGESTION
    await world.assert_sound()


async def test_nothing_is_made_again_after_its_end(database: Database) -> None:
    world = await _world(database, _trunk("second", 1))
    (call,) = await world.post(TO, not_after=world.clock.now() + timedelta(minutes=1))
    (attempt,) = await world.claims.claim(OWNER)
    assert await world.dialing.begin(attempt) is not None
    world.clock.shift = timedelta(minutes=2)
    await world.ledger.settle(
        attempt.id,
        Settlement(outcome=Outcome.CONGESTION, cause=34, sip_status=503, ended_by="callee", trunk_fault=True),
    )
    assert (await world.queries.get(call.organisation_id, call.id)).outcome is Outcome.CONGESTION


async def test_a_trunk_that_cannot_be_reached_at_all_is_passed_over(database: Database) -> None:
    world = await _world(database, _trunk("second", 1))
    (call,) = await world.post(TO)
    (attempt,) = await world.claims.claim(OWNER)
    assert await world.dialing.begin(attempt) is not None
    end = Settlement(outcome=Outcome.FAILED, cause=0, sip_status=None, ended_by="engine", trunk_fault=True)
    await world.ledger.settle(attempt.id, end)
    waiting = await world.queries.get(call.organisation_id, call.id)
    assert waiting.reason == "again over another trunk: provider cannot be reached"
    (second,) = await world.claims.claim(OWNER)
    assert second.ordinal == 2
    await world.assert_sound()
