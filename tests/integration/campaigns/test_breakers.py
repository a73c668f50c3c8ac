"""Trunks and campaigns of which too much fails are stopped, tried again with one call, and let go on."""

from __future__ import annotations

import asyncio

import pytest

from callwright.calls.models import Attempt, Settlement
from callwright.campaigns.breakers import Breakers
from callwright.errors import InvalidRequest
from callwright.rules.breakers import State
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.calls import World, make_world, numbers
from support.goals import claim, start_campaign


async def _end(world: World, attempts: list[Attempt], *, status: int) -> None:
    outcome = {503: Outcome.CONGESTION, 404: Outcome.INVALID_NUMBER, 486: Outcome.BUSY}[status]
    for attempt in attempts:
        if attempt.permission is None:
            assert await world.dialing.begin(attempt) is not None
        end = Settlement(outcome=outcome, cause=0, sip_status=status, ended_by="callee", trunk_fault=status == 503)
        await world.ledger.settle(attempt.id, end)


async def _trunk(world: World) -> str:
    found: str = await world.database.fetchval("SELECT id FROM trunks")
    return found


async def _state(world: World) -> str | None:
    return await world.database.fetchval("SELECT state FROM breakers")


async def _wait_over(world: World) -> None:
    await world.database.execute("UPDATE breakers SET open_until = now() - interval '1 second'")


async def test_a_trunk_that_fails_is_left_alone_and_tried_with_one_call(database: Database) -> None:
    world = await make_world(database)
    breakers = Breakers(database, world.clock)
    await world.post(*numbers(30))
    first = (await claim(world))[:10]
    await _end(world, first[:4], status=486)
    await _end(world, first[4:8], status=503)
    assert await breakers.look() == 0
    await _end(world, first[8:], status=503)
    assert await breakers.look() == 1
    assert await breakers.look() == 0
    await world.post(*numbers(5, start=5560000))
    assert await claim(world) == []
    told = await database.fetchrow("SELECT type, body FROM events WHERE subject = $1", await _trunk(world))
    assert told is not None
    assert told["type"] == "trunk.suspended"
    assert told["body"]["reason"] == "6 of the last 10 calls failed, within 60 seconds"

    await _wait_over(world)
    await breakers.look()
    # whoever asks, one call is let through
    batches = await asyncio.gather(*(claim(world) for _ in range(4)))
    (tried,) = [attempt for batch in batches for attempt in batch]
    assert await claim(world) == []
    await _end(world, [tried], status=503)
    assert await claim(world) == []
    await breakers.look()
    assert await _state(world) == "open"

    await _wait_over(world)
    await breakers.look()
    (tried,) = await claim(world)
    await _end(world, [tried], status=486)
    await breakers.look()
    assert await _state(world) == "closed"
    assert len(await claim(world)) > 1
    events = [
        row["type"] for row in await database.fetch("SELECT type FROM events WHERE type LIKE 'trunk.%' ORDER BY id")
    ]
    assert events == ["trunk.suspended", "trunk.suspended", "trunk.resumed"]
    await world.assert_sound()


async def test_a_call_that_rings_has_found_its_way(database: Database) -> None:
    world = await make_world(database)
    breakers = Breakers(database, world.clock)
    await world.post(*numbers(30))
    await _end(world, await claim(world), status=503)
    await breakers.look()
    await _wait_over(world)
    await breakers.look()
    await world.post("+12125550999")
    (tried,) = await claim(world)
    if tried.permission is None:
        await world.dialing.begin(tried)
    await breakers.look()
    assert await _state(world) == "trying"
    await world.ledger.ringing(tried.id)
    await breakers.look()
    assert await _state(world) == "closed"


async def test_an_operator_lets_it_go_on(database: Database) -> None:
    world = await make_world(database)
    breakers = Breakers(database, world.clock)
    await world.post(*numbers(30))
    await _end(world, await claim(world), status=503)
    await breakers.look()
    await breakers.reset(world.principal.organisation.id, "trunk", await _trunk(world))
    assert await breakers.look() == 0
    await world.post("+12125550999")
    assert len(await claim(world)) == 1


async def test_several_who_look_move_it_once(database: Database) -> None:
    world = await make_world(database)
    await world.post(*numbers(20))
    await _end(world, await claim(world), status=503)
    moved = await asyncio.gather(*(Breakers(database, world.clock).look() for _ in range(5)))
    assert sum(moved) == 1
    assert await database.fetchval("SELECT count(*) FROM events WHERE type = 'trunk.suspended'") == 1


async def test_its_terms_are_the_operators(database: Database) -> None:
    world = await make_world(database)
    breakers = Breakers(database, world.clock)
    organisation_id, trunk_id = world.principal.organisation.id, await _trunk(world)
    with pytest.raises(InvalidRequest) as refused:
        await breakers.change(organisation_id, "trunk", trunk_id, {"share": 2, "least_calls": 0, "speed": 1})
    assert [error.field for error in refused.value.errors] == ["breaker.share", "breaker.least_calls", "breaker.speed"]
    await breakers.change(organisation_id, "trunk", trunk_id, {"least_calls": 2})
    await breakers.change(organisation_id, "trunk", trunk_id, {"pause_seconds": 5})
    await world.post(*numbers(2))
    await _end(world, await claim(world), status=503)
    assert await breakers.look() == 1
    found = (await breakers.of(organisation_id, "trunk", [trunk_id]))[trunk_id]
    assert (found.terms.least_calls, found.terms.pause_seconds, found.terms.share) == (2, 5, 0.5)
    assert found.standing.state is State.OPEN
    await breakers.change(organisation_id, "trunk", trunk_id, {"enabled": False})
    await breakers.look()
    assert await _state(world) == "closed"


async def test_a_campaign_of_wrong_numbers_is_paused_and_tried_with_one_call(database: Database) -> None:
    world = await make_world(database)
    breakers = Breakers(database, world.clock)
    campaign = await start_campaign(world, numbers(60))
    while (ended := await database.fetchval("SELECT count(*) FROM attempts WHERE state = 'ended'")) < 20:
        await _end(world, (await claim(world))[: 20 - ended], status=404)
    await breakers.look()
    row = await database.fetchrow("SELECT state, state_reason FROM campaigns WHERE id = $1", campaign.id)
    assert row is not None
    assert row["state"] == "paused"
    assert row["state_reason"].startswith("too much failed: 20 of the last 20 calls failed, within 120 seconds; tried")
    assert "campaign.paused" in await world.events(campaign.id)


async def test_a_campaign_comes_back_with_one_call(database: Database) -> None:
    world = await make_world(database, channels=20)
    breakers = Breakers(database, world.clock)
    campaign = await start_campaign(world, numbers(60))
    await _end(world, await claim(world), status=404)
    await breakers.look()
    assert await claim(world) == []
    await _wait_over(world)
    await breakers.look()
    assert await database.fetchval("SELECT state FROM campaigns WHERE id = $1", campaign.id) == "running"
    (tried,) = await claim(world)
    assert await claim(world) == []
    await _end(world, [tried], status=486)
    assert await claim(world) == []
    await breakers.look()
    assert len(await claim(world)) == 20
    assert (await world.events(campaign.id))[-2:] == ["campaign.paused", "campaign.resumed"]
    await world.assert_sound()


async def test_what_somebody_paused_by_hand_stays_paused(database: Database) -> None:
    world = await make_world(database, channels=20)
    breakers = Breakers(database, world.clock)
    campaign = await start_campaign(world, numbers(60))
    await _end(world, await claim(world), status=404)
    await breakers.look()
    await database.execute("UPDATE campaigns SET state_reason = 'lunch' WHERE id = $1", campaign.id)
    await _wait_over(world)
    await breakers.look()
    await breakers.look()
    assert await database.fetchval("SELECT state FROM campaigns WHERE id = $1", campaign.id) == "paused"
    assert await _state(world) == "closed"
