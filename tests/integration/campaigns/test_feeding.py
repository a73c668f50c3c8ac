"""Recipients of running campaigns become calls in the claim, each once, inside every limit, in fair shares."""

from __future__ import annotations

from collections import Counter

from callwright.store.database import Database
from support.calls import OWNER, make_world, numbers
from support.feeding import BUSY, feeding_claims, make_campaign, settle_all, states


async def test_waiting_recipients_become_calls_that_are_dialled(database: Database) -> None:
    world = await make_world(database)
    campaign_id = await make_campaign(world, *numbers(3), template={"variables": {"a": "1"}, "retry": None})
    claims = feeding_claims(world)

    attempts = await claims.claim(OWNER)

    assert [attempt.to_number for attempt in attempts] == list(numbers(3))
    # the others wait for their turn on the trunk
    assert attempts[0].permission is not None
    assert attempts[0].variables == {"a": "1"}
    assert await states(world, campaign_id) == {"active": 3}
    assert await world.events(attempts[0].call_id) == ["call.queued", "call.dialing"]
    assert await world.events(attempts[1].call_id) == ["call.queued"]
    assert await claims.claim(OWNER) == []

    await settle_all(world, attempts)
    assert await states(world, campaign_id) == {"done": 3}
    assert await claims.claim(OWNER) == []
    await world.assert_sound()


async def test_only_a_running_campaign_is_fed_from(database: Database) -> None:
    world = await make_world(database)
    for state in ("draft", "scheduled", "paused", "completed", "cancelled"):
        await make_campaign(world, "+12125550101", state=state)
    await make_campaign(world, "+12125550101", held=True)
    assert await feeding_claims(world).claim(OWNER) == []


async def test_a_campaign_never_has_more_calls_in_the_air_than_it_may(database: Database) -> None:
    world = await make_world(database)
    campaign_id = await make_campaign(world, *numbers(5), max_concurrent=2)
    claims = feeding_claims(world)
    first = await claims.claim(OWNER)
    assert len(first) == 2
    assert claims.bounded
    assert await claims.claim(OWNER) == []
    await world.ledger.settle(first[0].id, BUSY)
    (third,) = await claims.claim(OWNER)
    assert third.to_number == numbers(5)[2]
    assert await states(world, campaign_id) == {"done": 1, "active": 2, "waiting": 2}
    await world.assert_sound()


async def test_campaigns_and_single_calls_share_by_weight(database: Database) -> None:
    world = await make_world(database, capacity=200, channels=40)
    heavy = await make_campaign(world, *numbers(100, start=5551000), weight=2.0)
    light = await make_campaign(world, *numbers(100, start=5552000))
    await world.post(*numbers(100, start=5553000))
    attempts = await feeding_claims(world).claim(OWNER)
    assert Counter(attempt.campaign_id for attempt in attempts) == {heavy: 20, light: 10, None: 10}
    await world.assert_sound()


async def test_what_one_campaign_cannot_use_goes_to_the_others(database: Database) -> None:
    world = await make_world(database, channels=20)
    few = await make_campaign(world, *numbers(3, start=5551000))
    many = await make_campaign(world, *numbers(100, start=5552000))
    attempts = await feeding_claims(world).claim(OWNER)
    assert Counter(attempt.campaign_id for attempt in attempts) == {few: 3, many: 17}


async def test_higher_priorities_go_first(database: Database) -> None:
    world = await make_world(database, channels=10)
    await make_campaign(world, *numbers(100, start=5551000), priority=4)
    await world.post(*numbers(6, start=5552000), priority=5)
    urgent = await make_campaign(world, *numbers(3, start=5553000), priority=9)
    attempts = await feeding_claims(world).claim(OWNER)
    assert [attempt.campaign_id for attempt in attempts[:3]] == [urgent] * 3
    assert [attempt.campaign_id for attempt in attempts[3:9]] == [None] * 6
    assert len(attempts) == 10
