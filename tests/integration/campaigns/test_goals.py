"""Goals hold exactly: people in the air and people who accepted are never more than a campaign wants."""

from __future__ import annotations

import asyncio
import random

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright.calls.claims import Owner
from callwright.calls.models import Attempt
from callwright.campaigns.models import Campaign, GoalWanted
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.calls import OWNER, World, make_world, numbers
from support.goals import answered, claim, claims_of, end, goal_of, start_campaign


async def test_no_more_people_are_in_the_air_than_are_wanted(database: Database) -> None:
    world = await make_world(database)
    campaign = await start_campaign(world, numbers(10), goal=GoalWanted(accepts=3))
    first = await claim(world)
    assert len(first) == 3
    assert await claim(world) == []

    await answered(world, first[0])
    assert await world.ledger.accept(first[0].id) == "taken"
    assert await world.ledger.accept(first[0].id) == "taken"
    await end(world, first[0])
    # one has a place and two may still accept: nobody else is needed
    assert await claim(world) == []

    await end(world, first[1], Outcome.BUSY)
    second = await claim(world)
    assert len(second) == 1
    row = await goal_of(world, campaign)
    assert (row["accepted"], row["undecided"], row["declined"]) == (1, 2, 1)
    await world.assert_sound()


async def test_when_it_is_reached_nobody_else_is_called(database: Database) -> None:
    world = await make_world(database)
    campaign = await start_campaign(world, numbers(5), goal=GoalWanted(accepts=2))
    for attempt in await claim(world):
        await answered(world, attempt)
        assert await world.ledger.accept(attempt.id) == "taken"
        await end(world, attempt)
    assert await claim(world) == []
    row = await goal_of(world, campaign)
    assert (row["accepted"], row["undecided"]) == (2, 0)
    assert await world.database.fetchval("SELECT count(*) FROM recipients WHERE state = 'waiting'") == 3
    await world.assert_sound()


async def test_a_retry_gives_its_share_back_and_takes_another(database: Database) -> None:
    world = await make_world(database)
    retry = {"busy": {"count": 1, "delay_seconds": 0, "backoff": 1}}
    campaign = await start_campaign(world, numbers(1), goal=GoalWanted(accepts=1), template={"retry": retry})
    (first,) = await claim(world)
    await answered(world, first)
    await end(world, first, Outcome.BUSY)
    row = await goal_of(world, campaign)
    assert (row["undecided"], row["declined"]) == (0, 0)
    (second,) = await claim(world)
    assert second.call_id == first.call_id
    assert (await goal_of(world, campaign))["undecided"] == 1
    await end(world, second, Outcome.BUSY)
    row = await goal_of(world, campaign)
    assert (row["undecided"], row["declined"]) == (0, 1)
    await world.assert_sound()


async def test_what_is_put_back_holds_nothing(database: Database) -> None:
    world = await make_world(database)
    campaign = await start_campaign(world, numbers(2), goal=GoalWanted(accepts=1))
    (attempt,) = await claim(world)
    await world.dialing.put_back(attempt.id, reason="the engine is away", undialled=True)
    assert (await goal_of(world, campaign))["undecided"] == 0
    await world.assert_sound()


async def test_who_comes_too_late_stands_by_and_then_is_told(database: Database) -> None:
    world = await make_world(database)
    goal = GoalWanted(accepts=1, pace="expected", stand_by=1)
    campaign = await start_campaign(world, numbers(3), goal=goal)
    # what is not known yet is awaited; somebody raised the tempo by hand here
    await world.database.execute("UPDATE goals SET declined = 40 WHERE campaign_id = $1", campaign.id)
    attempts = await claim(world)
    assert len(attempts) == 3
    for attempt in attempts:
        await answered(world, attempt)
    assert [await world.ledger.accept(attempt.id) for attempt in attempts] == ["taken", "stand_by", "filled"]
    for attempt in attempts:
        await end(world, attempt)
    row = await goal_of(world, campaign)
    assert (row["accepted"], row["standing_by"], row["undecided"]) == (1, 1, 0)
    await world.assert_sound()


async def test_a_call_without_a_goal_always_gets_a_place(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post("+12125550101")
    (attempt,) = await claim(world)
    await answered(world, attempt)
    assert await world.ledger.accept(attempt.id) == "taken"
    assert "call.accepted" in await world.events(call.id)


async def test_the_reaper_counts_anew(database: Database) -> None:
    world = await make_world(database)
    campaign = await start_campaign(world, numbers(5), goal=GoalWanted(accepts=3))
    await claim(world)
    await database.execute("UPDATE goals SET undecided = 0")
    await world.recovery.recount_limits()
    assert (await goal_of(world, campaign))["undecided"] == 3
    await world.assert_sound()


async def test_the_database_itself_refuses_more(database: Database) -> None:
    world = await make_world(database)
    await start_campaign(world, numbers(5), goal=GoalWanted(accepts=3))
    await claim(world)
    with pytest.raises(asyncpg.CheckViolationError):
        await database.execute("UPDATE goals SET undecided = undecided + 1")


async def test_a_hunt_calls_one_after_another_in_order(database: Database) -> None:
    world = await make_world(database)
    # two zones, so two lanes
    listed = ["+12125550101", "+13105550102", "+12125550103", "+13105550104"]
    await start_campaign(world, listed, goal=GoalWanted(accepts=1), hunt=True)
    called = []
    for outcome in (Outcome.BUSY, Outcome.NO_ANSWER):
        (attempt,) = await claim(world)
        assert await claim(world) == []
        called.append(attempt.to_number)
        await end(world, attempt, outcome)
    (third,) = await claim(world)
    await answered(world, third)
    assert await world.ledger.accept(third.id) == "taken"
    assert await claim(world) == []
    await end(world, third)
    assert await claim(world) == []
    assert [*called, third.to_number] == listed[:3]
    await world.assert_sound()


async def test_a_hunt_goes_round_again(database: Database) -> None:
    world = await make_world(database)
    retry = {"no_answer": {"count": 1, "delay_seconds": 0, "backoff": 1}}
    listed = ["+12125550101", "+13105550102"]
    await start_campaign(world, listed, goal=GoalWanted(accepts=1), hunt=True, template={"retry": retry})
    called = []
    while attempts := await claim(world):
        called += [attempt.to_number for attempt in attempts]
        await end(world, attempts[0], Outcome.NO_ANSWER)
    assert called == listed * 2
    await world.assert_sound()


class _Crowd:
    """Dialers and people at once: everybody claims, answers, accepts and hangs up when they like."""

    def __init__(self, world: World, campaign: Campaign, seed: int, share: float) -> None:
        self.world = world
        self.campaign = campaign
        self.random = random.Random(seed)
        self.share = share
        self.most = 0
        self.accepted: list[str] = []

    async def dialer(self) -> None:
        claims = claims_of(self.world)
        idle = 0
        while idle < 3:
            try:
                attempts = await claims.claim(OWNER)
            except asyncpg.TransactionRollbackError:
                continue
            idle = 0 if attempts else idle + 1
            await asyncio.gather(*(self.person(attempt) for attempt in attempts))

    async def person(self, attempt: Attempt) -> None:
        chance = self.random.random()
        if chance < 0.1:
            await self.world.dialing.put_back(attempt.id, reason="away", undialled=True)
            await self.world.database.execute("UPDATE calls SET due_at = now() WHERE id = $1", attempt.call_id)
            return
        await answered(self.world, attempt)
        if chance < 0.1 + self.share and await self.world.ledger.accept(attempt.id) == "taken":
            self.accepted.append(attempt.call_id)
        await end(self.world, attempt, Outcome.ANSWERED if chance < 0.8 else Outcome.BUSY)

    async def watcher(self) -> None:
        while True:
            row = await self.world.database.fetchrow(
                "SELECT accepted + undecided AS n, (SELECT count(*) FROM attempts WHERE undecided AND state <> 'ended')"
                " + (SELECT count(*) FROM accepts e WHERE e.campaign_id = g.campaign_id) AS really"
                " FROM goals g WHERE campaign_id = $1",
                self.campaign.id,
            )
            assert row is not None
            self.most = max(self.most, row["n"], row["really"])
            await asyncio.sleep(0.005)


@given(wanted=st.integers(1, 12), people=st.integers(1, 30), share=st.floats(0.1, 0.9), seed=st.integers(0, 10**6))
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_eight_dialers_reach_it_exactly(database_url: str, wanted: int, people: int, share: float, seed: int) -> None:
    asyncio.run(_meet(database_url, GoalWanted(accepts=wanted), max(people, wanted), share, seed))


async def _meet(database_url: str, goal: GoalWanted, people: int, share: float, seed: int) -> None:
    database = await Database.open(database_url, max_size=12)
    try:
        await database.execute("UPDATE campaigns SET state = 'cancelled'")
        # the name of a trunk is the appliance's: each example has its own
        await database.execute("UPDATE trunks SET name = 'old-' || number, enabled = false")
        world = await make_world(database, capacity=100, channels=100)
        campaign = await start_campaign(world, numbers(people), goal=goal)
        crowd = _Crowd(world, campaign, seed, share)
        watching = asyncio.create_task(crowd.watcher())
        await asyncio.gather(*(crowd.dialer() for _ in range(8)))
        watching.cancel()
        row = await goal_of(world, campaign)
        assert crowd.most <= goal.accepts
        assert row["accepted"] == len(crowd.accepted) <= goal.accepts
        assert row["undecided"] == 0
        waiting = await database.fetchval(
            "SELECT count(*) FROM recipients WHERE campaign_id = $1 AND state <> 'done'", campaign.id
        )
        # either it is reached, or everybody was asked
        assert row["accepted"] == goal.accepts or waiting == 0
        await world.assert_sound()
    finally:
        await database.close()


async def test_what_a_dialer_left_behind_gives_its_share_back(database: Database) -> None:
    world = await make_world(database)
    campaign = await start_campaign(world, numbers(5), goal=GoalWanted(accepts=2))
    claimed, dialled = await claim(world)
    if dialled.permission is None:
        assert await world.dialing.begin(dialled) is not None
    await database.execute(
        "UPDATE attempts SET state = 'claimed', dialing_at = NULL, lease_until = now() WHERE id = $1", claimed.id
    )
    await database.execute("UPDATE attempts SET lease_until = now() WHERE id = $1", dialled.id)
    orphans = await world.recovery.take_over(Owner(node="node2", epoch=1), held=frozenset())
    assert [orphan.attempt.id for orphan in orphans] == [dialled.id]
    # the one that was dialled may still accept: an accept of it counts, and so does its end
    assert (await goal_of(world, campaign))["undecided"] == 1
    await world.ledger.answered(dialled.id, {"phase": "prompting", "variables": {}}, [])
    assert await world.ledger.accept(dialled.id) == "taken"
    await end(world, dialled)
    row = await goal_of(world, campaign)
    assert (row["accepted"], row["undecided"]) == (1, 0)
    await world.assert_sound()
