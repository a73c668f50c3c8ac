"""With which level a call is signed: A for numbers whose right to be shown was proved, never for others."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.calls.claims import CallClaims
from callwright.calls.dialing import CallDialing
from callwright.calls.transfers import CallTransfers, TransferPermission
from callwright.errors import InvalidRequest, NotFound
from callwright.flows.commands import Transfer
from callwright.numbers.service import NumberService
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from support.calls import OWNER, World, make_world

#: What the calls of ``World.post`` show.
SHOWN = "+12125550100"


async def shown(world: World, *, verified_by: str | None, attestation: str | None = None) -> None:
    """Let the organisation have the number that its calls show."""
    numbers = NumberService(world.database, SecretBox(b"0" * 43 + b"="), world.clock)
    await numbers.add_number(world.principal.organisation.id, SHOWN, verified_by=verified_by)
    if attestation is not None:
        await numbers.set_attestation(world.principal.organisation.id, SHOWN, attestation)


async def options(world: World, **changed: Any) -> None:
    await world.database.execute("UPDATE trunks SET options = options || $1", changed)


async def claimed(world: World, *, signs: bool = True) -> tuple[str | None, str | None]:
    """Return with what a call is to be signed, and what its attempt says."""
    (call,) = await world.post("+12125550101")
    (attempt,) = await CallClaims(world.database, world.clock, signs=signs).claim(OWNER)
    assert attempt.permission is not None
    (view,) = await world.queries.attempts(call.organisation_id, call.id)
    return attempt.permission.attestation, view.attestation


@pytest.mark.parametrize(
    ("verified_by", "attestation", "level"),
    [
        ("operator", None, "A"),
        ("call", None, "A"),
        ("operator", "A", "A"),
        ("operator", "B", "B"),
        ("operator", "C", "C"),
        (None, None, "B"),
        (None, "A", "B"),
        (None, "C", "C"),
    ],
)
async def test_the_level_of_a_number(
    database: Database, verified_by: str | None, attestation: str | None, level: str
) -> None:
    world = await make_world(database)
    await shown(world, verified_by=verified_by, attestation=attestation)
    assert await claimed(world) == (level, level)
    await world.assert_sound()


async def test_of_a_number_that_is_not_the_organisations_nothing_is_claimed(database: Database) -> None:
    assert await claimed(await make_world(database)) == ("C", "C")


async def test_a_number_that_was_taken_away_is_no_longer_attested_in_full(database: Database) -> None:
    world = await make_world(database)
    await shown(world, verified_by="operator")
    await database.execute("UPDATE numbers SET enabled = false")
    assert await claimed(world) == ("B", "B")


async def test_without_a_key_nothing_is_signed(database: Database) -> None:
    world = await make_world(database)
    await shown(world, verified_by="operator")
    assert await claimed(world, signs=False) == (None, None)


@pytest.mark.parametrize("option", [{"sign_calls": False}, {"withhold_number": True}])
async def test_a_trunk_may_not_sign(database: Database, option: dict[str, bool]) -> None:
    world = await make_world(database)
    await shown(world, verified_by="operator")
    await options(world, **option)
    assert await claimed(world) == (None, None)


async def test_numbers_in_other_forms_are_not_signed(database: Database) -> None:
    world = await make_world(database)
    await shown(world, verified_by="operator")
    await database.execute("UPDATE trunks SET number_format = 'national', region = 'US'")
    assert await claimed(world) == (None, None)


async def test_what_is_decided_later_is_stored_too(database: Database) -> None:
    world = await make_world(database)
    await shown(world, verified_by="operator")
    (call,) = await world.post("+12125550101")
    (attempt,) = await world.claims.claim(OWNER)
    (view,) = await world.queries.attempts(call.organisation_id, call.id)
    assert view.attestation is None
    dialing = CallDialing(database, world.clock, signs=True)
    for owner in (None, OWNER):
        permission = await dialing.begin(attempt, owner)
        assert permission is not None
        assert permission.attestation == "A"
        (view,) = await world.queries.attempts(call.organisation_id, call.id)
        assert view.attestation == "A"


@pytest.mark.parametrize(("caller_id", "level"), [("own", "A"), ("callee", "C")])
async def test_second_legs_are_signed_by_the_number_that_they_show(
    database: Database, caller_id: str, level: str
) -> None:
    world = await make_world(database)
    await shown(world, verified_by="operator")
    await options(world, pass_caller_id=True)
    await world.post("+12125550101")
    (attempt,) = await CallClaims(database, world.clock, signs=True).claim(OWNER)
    for signs in (True, False):
        begun = await CallTransfers(database, signs=signs).begin(
            attempt, f"att_t{signs:d}_x", Transfer(to="+12125550177", caller_id=caller_id)
        )
        assert isinstance(begun, TransferPermission)
        assert begun.permission.attestation == (level if signs else None)


async def test_only_levels_of_the_standard_for_numbers_that_are_there(database: Database) -> None:
    world = await make_world(database)
    organisation_id = world.principal.organisation.id
    numbers = NumberService(database, SecretBox(b"0" * 43 + b"="), world.clock)
    with pytest.raises(NotFound):
        await numbers.set_attestation(organisation_id, SHOWN, "B")
    for verified_by in (None, "operator"):
        await numbers.add_number(organisation_id, SHOWN, verified_by=verified_by)
        for level in ("A", "B", "C", None):
            changed = await numbers.set_attestation(organisation_id, SHOWN, level)
            assert changed.attestation == level
            decided = await database.fetchval("SELECT attestation_of($1, $2)", organisation_id, SHOWN)
            assert changed.attested == decided
    with pytest.raises(InvalidRequest, match="attestation"):
        await numbers.set_attestation(organisation_id, SHOWN, "D")
    log = await database.fetch("SELECT before, after FROM audit_log WHERE action = 'number.attested' ORDER BY id")
    assert len(log) == 8
    assert (log[1]["before"], log[1]["after"]) == ({"attestation": "A"}, {"attestation": "B"})
