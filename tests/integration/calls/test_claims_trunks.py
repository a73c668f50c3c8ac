"""Several trunks: prefix, priority and weight; a full or disabled one gives its calls to the next."""

from __future__ import annotations

from collections import Counter
from typing import Any

from callwright.calls.models import Settlement
from callwright.numbers.trunks import NewTrunk
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.calls import OWNER, World, make_world, numbers


async def add(world: World, name: str, **fields: Any) -> None:
    organisation = world.principal.organisation
    await world.trunks.add(organisation.id, NewTrunk(name=name, host="127.0.0.1", calls_per_second=1000, **fields))


async def taken(world: World) -> Counter[str]:
    rows = await world.database.fetch(
        "SELECT t.name FROM attempts a JOIN trunks t ON t.id = a.trunk_id WHERE a.state <> 'ended'"
    )
    return Counter(row["name"] for row in rows)


async def test_a_full_trunk_gives_its_calls_to_the_next_priority(database: Database) -> None:
    world = await make_world(database, channels=3)
    await add(world, "second", channels=4, priority=1)
    await add(world, "third", channels=30, priority=2)
    await world.post(*numbers(10))
    attempts = await world.claims.claim(OWNER)
    assert await taken(world) == {"provider": 3, "second": 4, "third": 3}
    await world.assert_sound()
    await world.dialing.begin(attempts[0])
    await world.ledger.settle(
        attempts[0].id, Settlement(outcome=Outcome.BUSY, cause=17, sip_status=486, ended_by="callee")
    )
    await world.post(*numbers(1, start=5551000))
    await world.claims.claim(OWNER)
    # only the line that was given back is free on the first
    assert (await taken(world)).total() == 10
    await world.assert_sound()


async def test_a_disabled_trunk_takes_nothing(database: Database) -> None:
    world = await make_world(database)
    await add(world, "second", priority=1)
    await world.post(*numbers(1))
    await world.claims.claim(OWNER)
    assert not await world.trunks.remove(world.principal.organisation.id, "provider")
    await world.post(*numbers(2, start=5551000))
    await world.claims.claim(OWNER)
    assert await taken(world) == {"provider": 1, "second": 2}
    await world.assert_sound()


async def test_prefixes_choose_and_one_that_is_full_holds_nobody_else_up(database: Database) -> None:
    world = await make_world(database, channels=30)
    await world.trunks.remove(world.principal.organisation.id, "provider")
    await add(world, "us", prefixes=("+1",), channels=2)
    await add(world, "uk", prefixes=("+44",), channels=5)
    await world.post(*numbers(6))
    await world.post("+442079460001", "+442079460002")
    while await world.claims.claim(OWNER):
        pass
    assert await taken(world) == {"us": 2, "uk": 2}
    await world.assert_sound()


async def test_a_number_that_no_trunk_carries_waits(database: Database) -> None:
    world = await make_world(database)
    await world.trunks.remove(world.principal.organisation.id, "provider")
    await add(world, "uk", prefixes=("+44",))
    await world.post(*numbers(1))
    assert await world.claims.claim(OWNER) == []
    await world.assert_sound()


async def test_two_trunks_of_one_priority_both_take_calls(database: Database) -> None:
    world = await make_world(database, capacity=60)
    await add(world, "other", channels=30)
    await world.post(*numbers(50))
    await world.claims.claim(OWNER)
    counts = await taken(world)
    assert counts.total() == 50
    assert counts["provider"] <= 30
    assert counts["other"] <= 30
    await world.assert_sound()


async def test_a_number_is_written_as_its_trunk_wants_it(database: Database) -> None:
    world = await make_world(database)
    await world.open_countries()
    await world.trunks.remove(world.principal.organisation.id, "provider")
    await add(world, "berlin", number_format="national", region="DE")
    await world.post("+4930901820")
    (attempt,) = await world.claims.claim(OWNER)
    permission = await world.dialing.begin(attempt)
    assert permission is not None
    assert (permission.dial_string, permission.caller_number) == ("030901820", "0012125550100")


async def test_what_is_no_number_is_never_dialled(database: Database) -> None:
    world = await make_world(database)
    await world.post("+12125550101")
    (attempt,) = await world.claims.claim(OWNER)
    await database.execute("UPDATE calls SET to_number = '1@evil.example'")
    assert await world.dialing.begin(attempt) is None
    row = await database.fetchrow("SELECT outcome FROM calls")
    assert row is not None
    assert row["outcome"] == "invalid_number"
