"""Calling hours are those of the contact's own zone, where it is known."""

from __future__ import annotations

from datetime import UTC, datetime

from callwright.calls.claims import CallClaims
from callwright.rules.contactability import Verdict
from callwright.store.database import Database
from support.calls import OWNER, World, make_world, marketing

#: A number of New York, where it is eleven in the evening; in Honolulu it is five in the afternoon.
TO = "+12125550101"
LATE = datetime(2030, 1, 16, 4, tzinfo=UTC)


async def moved_to(world: World, zone: str | None) -> None:
    """Let ``TO`` be a contact who lives in another zone."""
    organisation_id = world.principal.organisation.id
    await world.database.execute(
        "INSERT INTO contacts (id, organisation_id, time_zone) VALUES ('con_1', $1, $2)", organisation_id, zone
    )
    await world.database.execute(
        "INSERT INTO contact_numbers (organisation_id, contact_id, e164, position) VALUES ($1, 'con_1', $2, 0)",
        organisation_id,
        TO,
    )


async def decided(world: World) -> dict[str, object]:
    await world.agree(TO)
    (call,) = await world.post(TO, principal=marketing(world.principal))
    world.clock.set_to(LATE)
    (attempt,) = await world.claims.claim(OWNER)
    await world.dialing.begin(attempt)
    (decision,) = await world.queries.decisions(world.principal.organisation.id, call.id)
    return dict(decision)


async def test_a_contact_who_moved_is_called_by_their_own_clock(database: Database) -> None:
    world = await make_world(database)
    await moved_to(world, "Pacific/Honolulu")
    decision = await decided(world)
    assert decision["verdict"] == Verdict.ALLOWED
    inputs = decision["inputs"]
    assert isinstance(inputs, dict)
    assert (inputs["zones"], inputs["zone_source"]) == (["Pacific/Honolulu"], "contact")


async def test_without_a_zone_the_number_decides(database: Database) -> None:
    world = await make_world(database)
    await moved_to(world, None)
    decision = await decided(world)
    assert (decision["verdict"], decision["rule"]) == (Verdict.DEFERRED, "calling_hours")
    inputs = decision["inputs"]
    assert isinstance(inputs, dict)
    assert (inputs["zones"], inputs["zone_source"]) == (["America/New_York"], "number")


async def test_the_claim_decides_the_same(database: Database) -> None:
    world = await make_world(database)
    await moved_to(world, "Pacific/Honolulu")
    await world.agree(TO)
    await world.post(TO, principal=marketing(world.principal))
    world.clock.set_to(LATE)
    (attempt,) = await CallClaims(database, world.clock).claim(OWNER)
    assert attempt.permission is not None
