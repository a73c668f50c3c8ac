"""Calls to extensions: no trunk, no calling hours, one call of the organisation, never an extension of others."""

from __future__ import annotations

from cryptography.fernet import Fernet

from callwright.calls.claims import CallClaims
from callwright.calls.models import Settlement
from callwright.numbers.extensions import Extensions
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from support.calls import OWNER, make_world, marketing, numbers


async def test_an_extension_is_dialled_without_a_trunk(database: Database) -> None:
    world = await make_world(database)
    made = await Extensions(database, SecretBox(Fernet.generate_key())).add(world.principal.organisation.id, "1000")
    await database.execute("UPDATE trunks SET enabled = false")
    await database.execute("UPDATE organisations SET calling_from = '00:00', calling_until = '00:01'")
    await world.post("Ext:1000", principal=marketing(world.principal))

    # with a clock the claim decides
    (attempt,) = await CallClaims(database, world.clock).claim(OWNER)
    permission = attempt.permission

    assert permission is not None
    assert permission.registered
    assert (permission.trunk, permission.dial_string) == (made.extension.username, "1000")
    used = "SELECT coalesce(sum(used), 0) FROM limits WHERE kind = $1"
    assert await database.fetchval(used, "organisation") == 1
    assert await database.fetchval(used, "trunk") == 0
    await world.ledger.settle(
        attempt.id, Settlement(outcome=Outcome.ANSWERED, cause=16, sip_status=None, ended_by="callee")
    )
    assert await database.fetchval(used, "organisation") == 0
    await world.assert_sound()


async def test_extensions_and_numbers_share_the_organisation_s_calls(database: Database) -> None:
    world = await make_world(database, capacity=3)
    service = Extensions(database, SecretBox(Fernet.generate_key()))
    for extension in ("1000", "1001"):
        await service.add(world.principal.organisation.id, extension)
    await world.post("Ext:1000", "Ext:1001", *numbers(5))

    attempts = await world.claims.claim(OWNER)

    assert len(attempts) == 3
    assert await database.fetchval("SELECT used FROM limits WHERE kind = 'organisation' AND key = $1",
                                   world.principal.organisation.id) == 3  # fmt: skip
    assert await world.claims.claim(OWNER) == []
    await world.assert_sound()


async def test_an_extension_that_is_gone_is_skipped(database: Database) -> None:
    world = await make_world(database)
    service = Extensions(database, SecretBox(Fernet.generate_key()))
    stranger = await world.accounts.create_organisation("Stranger")
    await service.add(stranger.id, "1000")
    (call,) = await world.post("Ext:1000")

    (attempt,) = await world.claims.claim(OWNER)
    assert await world.dialing.begin(attempt) is None

    ended = await world.queries.get(world.principal.organisation.id, call.id, sandbox=False)
    assert ended.outcome is Outcome.INVALID_NUMBER
    assert ended.reason == "the organisation has no such extension any more"
    await world.assert_sound()
