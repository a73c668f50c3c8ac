"""Many calls are cancelled together: those that wait, those in the air, and none that ended or is another's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callwright.calls import service
from callwright.store.database import Database
from support.calls import make_world, numbers

pytestmark = pytest.mark.postgres


async def test_what_has_not_ended_is_cancelled_in_parts(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_CANCELLED_AT_ONCE", 2)
    world = await make_world(database)
    calls = await world.post(*numbers(5))
    await world.calls.cancel(world.principal, calls[0].id)
    ids = [call.id for call in calls]
    assert await world.calls.cancel_all(replace(world.principal, fence="usr_1"), ids) == 0
    assert await world.calls.cancel_all(replace(world.principal, sandbox=True), ids) == 0
    assert await world.calls.cancel_all(world.principal, [*ids, ids[1], "cal_unknown"]) == 4
    assert await world.calls.cancel_all(world.principal, ids) == 0
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
    assert await world.calls.cancel_all(world.principal, [waiting.id, dialled.id]) == 2
    assert world.cancelled == ["att_1"]
    assert await world.events(dialled.id) == ["call.queued", "call.cancel_requested"]
