"""Claiming: limits hold exactly, one number rings once, several dialers never take the same call."""

from __future__ import annotations

import asyncio
import itertools
import re

from callwright.calls.claims import LEASE, Owner
from callwright.calls.models import Settlement
from callwright.calls.queries import SQL
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.calls import OWNER, make_world, numbers


async def test_a_due_call_is_claimed_once(database: Database) -> None:
    world = await make_world(database)
    (call,) = await world.post("+12125550101")

    (attempt,) = await world.claims.claim(OWNER)

    assert (attempt.call_id, attempt.ordinal, attempt.to_number) == (call.id, 1, "+12125550101")
    assert await world.claims.claim(OWNER) == []
    await world.assert_sound()


async def test_an_organisation_never_exceeds_its_concurrent_calls(database: Database) -> None:
    world = await make_world(database, capacity=3)
    await world.post(*numbers(10))

    first = await world.claims.claim(OWNER)
    assert len(first) == 3
    assert await world.claims.claim(OWNER) == []

    await world.dialing.begin(first[0])
    await world.ledger.settle(
        first[0].id, Settlement(outcome=Outcome.BUSY, cause=17, sip_status=486, ended_by="callee")
    )
    assert len(await world.claims.claim(OWNER)) == 1
    await world.assert_sound()


async def test_a_trunk_never_exceeds_its_channels(database: Database) -> None:
    world = await make_world(database, channels=2)
    await world.post(*numbers(5))
    assert len(await world.claims.claim(OWNER)) == 2
    await world.assert_sound()


async def test_many_dialers_share_the_work_without_overlap(database: Database) -> None:
    world = await make_world(database, capacity=40)
    await world.post(*numbers(60))

    batches = await asyncio.gather(*(world.claims.claim(Owner(node=f"n{i}", epoch=1)) for i in range(6)))
    claimed = [attempt.call_id for batch in batches for attempt in batch]
    while batch := await world.claims.claim(OWNER):
        claimed += [attempt.call_id for attempt in batch]

    assert len(claimed) == len(set(claimed)) == 30  # the trunk has 30 channels
    await world.assert_sound()


async def test_one_number_never_rings_for_two_attempts(database: Database) -> None:
    world = await make_world(database)
    await world.post("+12125550101", "+12125550101")

    assert len(await world.claims.claim(OWNER)) == 1

    await world.assert_sound()
    waiting = await database.fetchval("SELECT count(*) FROM calls WHERE status = 'queued' AND due_at > now()")
    assert waiting == 1


async def test_the_rate_of_a_trunk_spreads_calls(database: Database) -> None:
    world = await make_world(database, rate=2)
    await world.post(*numbers(10))

    attempts = await world.claims.claim(OWNER)

    # two a second, claimed at most a second ahead
    assert 1 <= len(attempts) <= 3
    times = sorted(attempt.not_before for attempt in attempts)
    assert all((later - earlier).total_seconds() >= 0.499 for earlier, later in itertools.pairwise(times))


async def test_urgent_calls_go_first(database: Database) -> None:
    world = await make_world(database, capacity=1)
    await world.post("+12125550101", priority=1)
    await world.post("+12125550102", priority=9)
    (attempt,) = await world.claims.claim(OWNER)
    assert attempt.to_number == "+12125550102"


async def test_an_owner_that_was_replaced_renews_nothing(database: Database) -> None:
    world = await make_world(database)
    await world.post("+12125550101")
    (attempt,) = await world.claims.claim(OWNER)
    await database.execute("UPDATE attempts SET epoch = $1, lease_until = now()", OWNER.epoch + 1)
    await database.execute(SQL["renew_leases"], [attempt.id], LEASE, OWNER.epoch)
    assert await database.fetch("SELECT epoch FROM attempts WHERE lease_until <= now()") == [(OWNER.epoch + 1,)]
    await database.execute(SQL["renew_leases"], [attempt.id], LEASE, OWNER.epoch + 1)
    assert await database.fetch("SELECT epoch FROM attempts WHERE lease_until <= now()") == []


async def test_no_statement_of_a_call_reads_the_whole_table(database: Database) -> None:
    """Plans are kept; one that was made while there were few calls must be good for many."""
    async with database.transaction(planned_once=True) as connection:
        # as in a database that is new, whatever the tests before have left
        for table in ("calls", "attempts"):
            await connection.execute("SELECT pg_clear_relation_stats('public', $1)", table)
        for name, arguments in (
            ("take_calls", ([], "node1", 1, LEASE, [], [], [])),
            ("answered_and_told", ("att_1", {})),
            ("tell_and_release", ("org_1", "trk_1", "cal_1", [], [], [])),
        ):
            plan = [row[0] for row in await connection.fetch(f"EXPLAIN {SQL[name]}", *arguments)]
            assert not [line for line in plan if re.search("Seq Scan on (calls|attempts)", line)], name
