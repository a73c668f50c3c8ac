"""Campaigns that have all they want, abandoned calls, and people who may not be called."""

from __future__ import annotations

import pytest

from callwright.calls.models import Attempt, Settlement
from callwright.campaigns.abandonment import AbandonmentKeeper, abandonment_of
from callwright.campaigns.completing import CompletionKeeper
from callwright.campaigns.goals import GoalKeeper
from callwright.campaigns.models import GoalWanted
from callwright.numbers.suppressions import opt_out
from callwright.rules.abandonment import Abandonment
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.calls import World, make_world, numbers
from support.goals import answered, claim, end, start_campaign


async def test_it_is_complete_when_nobody_speaks_any_more(database: Database) -> None:
    world = await make_world(database)
    keeper = GoalKeeper(database, world.clock)
    retry = {"busy": {"count": 3, "delay_seconds": 3600, "backoff": 1}}
    campaign = await start_campaign(world, numbers(5), goal=GoalWanted(accepts=2), template={"retry": retry})
    first, second = await claim(world)
    await answered(world, first)
    await answered(world, second)
    await world.ledger.accept(first.id)
    await end(world, second, Outcome.BUSY)
    (third,) = await claim(world)
    await answered(world, third)
    await world.ledger.accept(third.id)
    await end(world, first)
    await keeper.look()
    assert await database.fetchval("SELECT state FROM campaigns WHERE id = $1", campaign.id) == "running"
    await end(world, third)
    await keeper.look()
    row = await database.fetchrow("SELECT state, state_reason FROM campaigns WHERE id = $1", campaign.id)
    assert row is not None
    assert tuple(row) == ("completed", "goal reached: 2 accepted; nobody else is needed")
    assert (await world.events(campaign.id))[-1] == "campaign.completed"
    # who was to be called again is not
    await CompletionKeeper(database, world.clock).look()
    waiting = await world.queries.get(campaign.organisation_id, second.call_id)
    assert waiting.outcome is Outcome.EXPIRED
    assert waiting.reason == "its campaign is over: goal reached: 2 accepted; nobody else is needed"
    await world.assert_sound()


async def _settle(world: World, attempt: Attempt, *, waited: float | None, outcome: Outcome) -> None:
    await answered(world, attempt)
    await world.ledger.settle(
        attempt.id,
        Settlement(outcome=outcome, cause=16, sip_status=None, ended_by="callee", waited_seconds=waited),
    )


async def test_who_waits_too_long_was_abandoned(database: Database) -> None:
    world = await make_world(database)
    campaign = await start_campaign(world, numbers(6))
    attempts = await claim(world)
    for attempt, (waited, outcome) in zip(
        attempts,
        [
            (0.3, Outcome.HUMAN),
            (2.0, Outcome.ANSWERED),
            (2.5, Outcome.HUMAN),
            (30.0, Outcome.ANSWERED),
            (30.0, Outcome.MACHINE),
            # another process knows
            (None, Outcome.HUMAN),
        ],
        strict=True,
    ):
        await _settle(world, attempt, waited=waited, outcome=outcome)
    assert await abandonment_of(database, campaign.id, world.clock) == Abandonment(answered=5, abandoned=2)


async def test_who_was_to_be_connected_and_was_not_was_abandoned(database: Database) -> None:
    world = await make_world(database)
    campaign = await start_campaign(world, numbers(3))
    attempts = await claim(world)
    for index, attempt in enumerate(attempts):
        connected = "now()" if index == 0 else "NULL"
        await database.execute(
            "INSERT INTO transfers (id, organisation_id, call_id, attempt_id, destination, state, connected_at)"
            f" VALUES ($1, $2, $3, $4, '+12125550100', 'ended', {connected})",
            *(f"trf_{index}", attempt.organisation_id, attempt.call_id, attempt.id),
        )
    # this one asked for it
    await database.execute("UPDATE calls SET dtmf_response = '0' WHERE id = $1", attempts[2].call_id)
    for attempt in attempts:
        await _settle(world, attempt, waited=0.2, outcome=Outcome.HUMAN)
    assert await abandonment_of(database, campaign.id, world.clock) == Abandonment(answered=3, abandoned=1)


@pytest.mark.parametrize(("limit", "state"), [(0.05, "paused"), (0.2, "running"), (None, "running")])
async def test_too_many_abandoned_calls_pause(database: Database, limit: float | None, state: str) -> None:
    world = await make_world(database)
    campaign = await start_campaign(world, numbers(5), abandonment_limit=limit)
    for kind, n in (("person", 60), ("abandoned", 6)):
        await database.execute(
            "INSERT INTO campaign_deltas (campaign_id, kind, key, n) VALUES ($1, $2, to_char(now(), 'YYYY-MM-DD'), $3)",
            *(campaign.id, kind, n),
        )
    await AbandonmentKeeper(database, world.clock).look()
    row = await database.fetchrow("SELECT state, state_reason FROM campaigns WHERE id = $1", campaign.id)
    assert row is not None
    assert row["state"] == state
    if state == "paused":
        assert row["state_reason"].startswith("6 of 60 calls that people answered within 30 days were abandoned")


async def test_whoever_opted_out_is_passed_over_at_the_claim(database: Database) -> None:
    world = await make_world(database)
    campaign = await start_campaign(world, numbers(3), goal=GoalWanted(accepts=3))
    async with database.transaction() as connection:
        await opt_out(
            connection,
            organisation_id=campaign.organisation_id,
            e164=numbers(3)[1],
            scope="campaign",
            scope_key=campaign.id,
            evidence="key 9",
            source="key",
        )
    dialled = [a.to_number for a in await claim(world) if a.permission or await world.dialing.begin(a) is not None]
    assert sorted(dialled) == [numbers(3)[0], numbers(3)[2]]
    row = await database.fetchrow(
        "SELECT outcome, reason FROM recipients WHERE campaign_id = $1 AND state = 'done'", campaign.id
    )
    assert row is not None
    assert row["outcome"] == "skipped"
    # who may not be called keeps nobody else from the place
    assert await database.fetchval("SELECT undecided FROM goals") == 2
    await world.assert_sound()


async def test_the_cap_of_calls_to_a_person_counts_all_campaigns(database: Database) -> None:
    world = await make_world(database)
    number = numbers(1)[0]
    await database.execute(
        "INSERT INTO call_limits (organisation_id, allowed_countries, calls_per_person, per_person_hours,"
        " max_call_seconds) VALUES ($1, NULL, 1, 24, 3600)",
        world.principal.organisation.id,
    )
    await database.execute("UPDATE organisations SET calling_from = NULL, calling_until = NULL")
    await start_campaign(world, [number])
    (first,) = await claim(world)
    await answered(world, first)
    await end(world, first)
    second = await start_campaign(world, [number], purpose="transactional")
    tried = await claim(world)
    assert [await world.dialing.begin(attempt) for attempt in tried if attempt.permission is None] == [None]
    reason = await database.fetchval("SELECT reason FROM calls WHERE campaign_id = $1", second.id)
    assert "24 hours" in reason
