"""A claim beside a call that ends at this very moment: neither waits for the other in a circle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from callwright.calls.ledger import release
from callwright.calls.queries import SQL
from callwright.rules.outcomes import Outcome
from callwright.store.database import Connection, Database
from support.calls import OWNER, World, make_world

NUMBER = "+12125550101"


@asynccontextmanager
async def _ending(world: World, attempt_id: str) -> AsyncIterator[Connection]:
    """A settlement that has ended the attempt and has not freed its counters yet, as in ``CallLedger.settle``."""
    async with world.database.transaction() as connection:
        row = await connection.fetchrow(
            *(SQL["end_attempt_of_call"], attempt_id, Outcome.BUSY, 17, 486, "callee", None, None, False, False, None)
        )
        assert row is not None
        yield connection
        await release(connection, row)
        await connection.execute(SQL["finish_call"], row["id"], "failed", Outcome.BUSY, None, None)


async def test_a_claim_does_not_wait_for_a_number_whose_call_is_ending(database: Database) -> None:
    world = await make_world(database)
    await world.post(NUMBER)
    (first,) = await world.claims.claim(OWNER)
    await world.post(NUMBER)

    async with _ending(world, first.id):
        # it holds the counters that the settlement needs next, so waiting for the settlement would be a circle
        async with asyncio.timeout(5):
            claimed = await world.claims.claim(OWNER)

    assert claimed == []
    reason = await database.fetchval("SELECT reason FROM calls WHERE status = 'queued' AND due_at > now()")
    assert reason == "another call to this number is in the air"
    await database.execute("UPDATE calls SET due_at = now() WHERE status = 'queued'")
    (second,) = await world.claims.claim(OWNER)
    assert second.to_number == NUMBER


async def test_an_organisation_whose_counter_is_held_is_looked_at_again_soon(database: Database) -> None:
    world = await make_world(database)
    await world.post("+12125550101")
    async with database.transaction() as settling:
        await settling.execute("UPDATE limits SET used = used WHERE kind = 'organisation'")
        assert await world.claims.claim(OWNER) == []
        assert world.claims.bounded
    assert len(await world.claims.claim(OWNER)) == 1
