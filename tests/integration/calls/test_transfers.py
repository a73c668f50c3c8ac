"""Second legs: who may be called, over which line and with which number, and the calls that they take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import Fernet

from callwright.calls import routing
from callwright.calls.models import Attempt, Settlement
from callwright.calls.transfers import CallTransfers, TransferPermission, TransferRefused
from callwright.flows.commands import Transfer
from callwright.flows.events import TransferFailure
from callwright.numbers.extensions import Extensions
from callwright.numbers.service import NumberService
from callwright.numbers.trunks import NewTrunk
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from support.calls import OWNER, World, make_world

AGENT = "+13105550142"
CALLEE = "+12125550101"


async def _in_the_air(world: World) -> Attempt:
    """Return the attempt of a call that was claimed."""
    await world.post(CALLEE)
    (attempt,) = await world.claims.claim(OWNER)
    return attempt


async def _used(world: World) -> tuple[int, int]:
    """Return the calls that the organisation and its trunk hold."""
    rows = await world.database.fetch(
        "SELECT kind, sum(used)::integer AS used FROM limits WHERE organisation_id = $1 GROUP BY kind",
        world.principal.organisation.id,
    )
    used = {row["kind"]: row["used"] for row in rows}
    return used["organisation"], used["trunk"]


async def _begin(world: World, attempt: Attempt, **command: Any) -> TransferPermission | TransferRefused | None:
    return await CallTransfers(world.database).begin(attempt, "att_t1_x", Transfer(**{"to": AGENT, **command}))


async def test_a_transfer_takes_a_call_and_gives_it_back(database: Database) -> None:
    world = await make_world(database)
    attempt = await _in_the_air(world)
    transfers = CallTransfers(database)

    allowed = await _begin(world, attempt)

    assert isinstance(allowed, TransferPermission)
    assert (allowed.permission.trunk, allowed.permission.dial_string) == ("provider", AGENT)
    assert allowed.permission.caller_number == attempt.from_number
    assert await _used(world) == (2, 2)
    # asked again, as after a restart: nobody is called twice, and nothing more is taken
    assert await _begin(world, attempt) is None
    assert await _used(world) == (2, 2)
    await world.assert_sound()
    await world.recovery.recount_limits()
    assert await _used(world) == (2, 2)

    await transfers.connected(attempt, "att_t1_x")
    seconds = await transfers.ended(attempt, "att_t1_x", cause=16)
    assert seconds is not None
    assert await transfers.ended(attempt, "att_t1_x") is None
    assert await _used(world) == (1, 1)
    await world.assert_sound()


@pytest.mark.parametrize(("capacity", "channels"), [(1, 30), (50, 1)])
async def test_no_room_is_congestion(database: Database, capacity: int, channels: int) -> None:
    world = await make_world(database, capacity=capacity, channels=channels)
    attempt = await _in_the_air(world)

    refused = await _begin(world, attempt)

    assert isinstance(refused, TransferRefused)
    assert refused.reason is TransferFailure.CONGESTION
    assert await _used(world) == (1, 1)
    await world.assert_sound()


@pytest.mark.parametrize("state", ["open", "trying"])
async def test_nobody_is_transferred_over_a_trunk_that_fails(database: Database, state: str) -> None:
    world = await make_world(database)
    attempt = await _in_the_air(world)
    await database.execute(
        "INSERT INTO breakers (organisation_id, kind, key, state, counted_from) "
        "SELECT organisation_id, 'trunk', id, $1, now() FROM trunks WHERE kind = 'sip'",
        state,
    )

    refused = await _begin(world, attempt)

    assert isinstance(refused, TransferRefused)
    assert (refused.reason, "out of use" in refused.detail) == (TransferFailure.CONGESTION, True)
    assert await _used(world) == (1, 1)

    await database.execute("UPDATE breakers SET state = 'closed'")
    assert isinstance(await _begin(world, attempt), TransferPermission)
    await world.assert_sound()


@pytest.mark.parametrize(
    ("to", "detail"),
    [
        ("+1911", "emergency"),
        ("+19005550123", "premium"),
        ("+12", "no such number"),
        ("+442079460018", "numbers of this country"),
        ("Ext:1000", "no extension 1000"),
        ("sip:agent@example.com", "opened no trunk to addresses of example.com"),
    ],
)
async def test_who_is_never_called(database: Database, to: str, detail: str) -> None:
    world = await make_world(database)
    attempt = await _in_the_air(world)

    refused = await _begin(world, attempt, to=to)

    assert isinstance(refused, TransferRefused)
    assert refused.reason is TransferFailure.FAILED
    assert detail in refused.detail
    assert await _used(world) == (1, 1)
    assert await database.fetchval("SELECT count(*) FROM transfers") == 0


async def test_a_number_that_no_trunk_carries(database: Database) -> None:
    world = await make_world(database)
    attempt = await _in_the_air(world)
    await database.execute("UPDATE trunks SET prefixes = '{+44}'")
    refused = await _begin(world, attempt)
    assert isinstance(refused, TransferRefused)
    assert refused.detail == "no trunk carries this number"


async def _open(world: World, *carried: str, **fields: Any) -> None:
    await world.trunks.add(
        world.principal.organisation.id,
        NewTrunk(name="pbx", host="192.0.2.7", channels=1, prefixes=carried, **fields),
    )


async def test_a_sip_address_goes_over_the_trunk_that_was_opened_for_its_domain(database: Database) -> None:
    world = await make_world(database)
    attempt = await _in_the_air(world)
    await _open(world, "@pbx.example.com", "@pbx.example.com:5070")

    allowed = await _begin(world, attempt, to="sip:agent.smith@PBX.example.com")

    assert isinstance(allowed, TransferPermission)
    permission = allowed.permission
    # the host is the trunk's: nothing that was written says where the request goes
    assert (permission.trunk, permission.dial_string, permission.sip_user) == ("pbx", "agent.smith", True)
    assert permission.caller_number == attempt.from_number
    refused = await CallTransfers(database).begin(attempt, "att_t2_x", Transfer(to="sip:b@pbx.example.com"))
    assert isinstance(refused, TransferRefused)
    assert refused.reason is TransferFailure.CONGESTION
    await CallTransfers(database).ended(attempt, "att_t1_x")
    with_port = Transfer(to="sip:b@pbx.example.com:5070")
    assert isinstance(await CallTransfers(database).begin(attempt, "att_t3_x", with_port), TransferPermission)
    # no number goes there
    assert not any(routing.carries(["@pbx.example.com"], number) for number in (AGENT, "Ext:1000"))
    await world.assert_sound()


@pytest.mark.parametrize(
    ("to", "detail"),
    [
        ("sip:agent@pbx.example.com.evil.example", "opened no trunk to addresses of pbx.example.com.evil.example"),
        ("sip:agent@pbx.example.com:5061", "opened no trunk"),
        ("sips:agent@pbx.example.com", "opened no trunk over TLS"),
        ("sip:911@pbx.example.com", "emergency"),
        ("sip:+19005550123@pbx.example.com", "premium"),
        ("sip:19005550123@pbx.example.com", "premium"),
        ("sip:+442079460018@pbx.example.com", "numbers of this country"),
    ],
)
async def test_a_sip_address_opens_nothing_else(database: Database, to: str, detail: str) -> None:
    world = await make_world(database)
    attempt = await _in_the_air(world)
    await _open(world, "@pbx.example.com")
    refused = await _begin(world, attempt, to=to)
    assert isinstance(refused, TransferRefused)
    assert (refused.reason, detail in refused.detail) == (TransferFailure.FAILED, True), refused.detail
    assert await _used(world) == (1, 1)


async def test_a_sips_address_goes_over_tls(database: Database) -> None:
    world = await make_world(database)
    attempt = await _in_the_air(world)
    await _open(world, "@pbx.example.com", transport="tls")
    assert isinstance(await _begin(world, attempt, to="sips:1000@pbx.example.com"), TransferPermission)


async def test_a_sip_address_of_a_sandbox_call_is_a_handset_of_the_lab(database: Database) -> None:
    world = await make_world(database)
    attempt = replace(await _in_the_air(world), sandbox=True)
    await world.trunks.add(
        world.principal.organisation.id, NewTrunk(name="lab", kind="lab", host="127.0.0.1", channels=5)
    )
    allowed = await _begin(world, attempt, to="sip:agent@anywhere.example")
    assert isinstance(allowed, TransferPermission)
    assert (allowed.permission.trunk, allowed.permission.dial_string) == ("lab", "+15550100001")


async def test_an_extension_takes_no_trunk(database: Database) -> None:
    world = await make_world(database)
    attempt = await _in_the_air(world)
    organisation = world.principal.organisation
    made = await Extensions(database, SecretBox(Fernet.generate_key())).add(organisation.id, "1000")

    allowed = await _begin(world, attempt, to="Ext:1000", caller_id="callee")

    assert isinstance(allowed, TransferPermission)
    assert (allowed.permission.trunk, allowed.permission.registered) == (made.extension.username, True)
    assert allowed.permission.caller_number == CALLEE
    assert await _used(world) == (2, 1)


@pytest.mark.parametrize(
    ("caller_id", "passes", "shown"),
    [
        ("own", False, "+12125550100"),
        ("callee", False, "+12125550100"),
        ("callee", True, CALLEE),
        ("+12125550177", False, "+12125550177"),
        ("+12125550178", False, "+12125550100"),
    ],
)
async def test_which_number_is_shown(database: Database, caller_id: str, passes: bool, shown: str) -> None:
    world = await make_world(database)
    attempt = await _in_the_air(world)
    numbers = NumberService(database, SecretBox(Fernet.generate_key()), world.clock)
    await numbers.add_number(world.principal.organisation.id, "+12125550177", verified_by="operator")
    options = {"pass_caller_id": passes}
    await database.execute("UPDATE trunks SET options = options || $1", options)

    allowed = await _begin(world, attempt, caller_id=caller_id)

    assert isinstance(allowed, TransferPermission)
    assert allowed.permission.caller_number == shown


async def test_a_sandbox_call_reaches_the_lab_only(database: Database) -> None:
    world = await make_world(database)
    attempt = replace(await _in_the_air(world), sandbox=True)
    refused = await _begin(world, attempt)
    assert isinstance(refused, TransferRefused)
    await world.trunks.add(
        world.principal.organisation.id, NewTrunk(name="lab", kind="lab", host="127.0.0.1", channels=5)
    )
    allowed = await _begin(world, attempt)
    assert isinstance(allowed, TransferPermission)
    assert allowed.permission.trunk == "lab"


async def test_what_a_crash_left_is_freed_with_the_call(database: Database) -> None:
    world = await make_world(database)
    attempt = await _in_the_air(world)
    await _begin(world, attempt)
    await world.dialing.begin(attempt)
    await world.ledger.settle(
        attempt.id, Settlement(outcome=Outcome.ANSWERED, cause=16, sip_status=None, ended_by="callee")
    )
    assert await _used(world) == (1, 1)
    await world.recovery.recount_limits()
    assert await _used(world) == (0, 0)
    await world.assert_sound()


async def test_the_call_s_end_ends_its_transfers(database: Database) -> None:
    world = await make_world(database)
    attempt = await _in_the_air(world)
    await _begin(world, attempt)
    await CallTransfers(database).ended_with(attempt)
    assert await _used(world) == (1, 1)
