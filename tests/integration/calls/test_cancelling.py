"""Many calls are cancelled together: those that wait, those in the air, and none that ended or is another's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callwright.accounts.models import Principal
from callwright.errors import Conflict, NotFound
from callwright.store.database import Database
from support.calls import World, make_world, numbers

pytestmark = pytest.mark.postgres


async def cancel_all(world: World, principal: Principal, ids: list[str], *, strict: bool = False) -> int:
    """Cancel calls in one transaction, as a request does."""
    async with world.database.transaction() as connection:
        done = await world.calls.cancel_many(principal, ids, connection=connection, strict=strict)
    world.calls.hang_up(done.attempt_ids)
    return done.count


async def test_what_has_not_ended_is_cancelled_together(database: Database) -> None:
    world = await make_world(database)
    calls = await world.post(*numbers(5))
    await world.calls.cancel(world.principal, calls[0].id)
    ids = [call.id for call in calls]
    assert await cancel_all(world, replace(world.principal, fence="usr_1"), ids) == 0
    assert await cancel_all(world, replace(world.principal, sandbox=True), ids) == 0
    assert await cancel_all(world, world.principal, [*ids, ids[1], "cal_unknown"]) == 4
    assert await cancel_all(world, world.principal, ids) == 0
    for call_id in ids:
        shown = await world.queries.get(world.principal.organisation.id, call_id)
        assert (shown.status, shown.reason) == ("cancelled", "cancelled before it was dialled")
        assert await world.events(call_id) == ["call.queued", "call.cancelled"]
    await world.assert_sound()


async def test_a_call_in_the_air_is_asked_to_end(database: Database) -> None:
    world = await make_world(database)
    waiting, dialled = await world.post(*numbers(2))
    await database.execute(
        "INSERT INTO attempts (id, organisation_id, call_id, ordinal, to_number, from_number, state, node, epoch,"
        " lease_until) SELECT 'att_1', organisation_id, id, 1, to_number, from_number, 'ringing', 'n', 1,"
        " now() + interval '1 minute' FROM calls WHERE id = $1",
        dialled.id,
    )
    await database.execute("UPDATE calls SET status = 'ringing', attempts = 1 WHERE id = $1", dialled.id)
    assert await cancel_all(world, world.principal, [waiting.id, dialled.id]) == 2
    assert world.cancelled == ["att_1"]
    assert await world.events(dialled.id) == ["call.queued", "call.cancel_requested"]


async def test_all_or_none(database: Database) -> None:
    world = await make_world(database)
    waiting, other, over = (call.id for call in await world.post(*numbers(3)))
    await world.calls.cancel(world.principal, over)
    with pytest.raises(NotFound, match="cal_unknown"):
        await cancel_all(world, world.principal, [waiting, "cal_unknown"], strict=True)
    with pytest.raises(Conflict, match="ended already"):
        await cancel_all(world, world.principal, [waiting, over], strict=True)
    assert await world.events(waiting) == ["call.queued"]
    assert await cancel_all(world, world.principal, [waiting, other], strict=True) == 2
    await world.assert_sound()
