"""Messages whose routes were disabled after they were accepted: they say why they wait, and go when one is back."""

from __future__ import annotations

from dataclasses import replace

from callwright.messages.routes import NewRoute
from callwright.messages.waiting import REASON, tell_routeless
from callwright.store.database import Database
from support.messages import make_message_world


async def test_without_a_route_it_says_so_and_goes_when_one_is_back(database: Database) -> None:
    world = await make_message_world(database)
    organisation_id = world.principal.organisation.id
    [waiting] = await world.post("+12125550001")
    assert await tell_routeless(database) == 0
    await world.routes.enable(organisation_id, world.route.id, enabled=False)
    assert await world.claim() == []
    assert await tell_routeless(database) == 1
    assert await tell_routeless(database) == 0
    shown = await world.get(waiting.id)
    assert (shown.status, shown.reason) == ("queued", REASON)
    await world.routes.enable(organisation_id, world.route.id, enabled=True)
    assert [message.id for message in await world.claim()] == [waiting.id]
    assert (await world.get(waiting.id)).reason is None


async def test_only_those_that_no_route_carries_say_so(database: Database) -> None:
    world = await make_message_world(database)
    organisation_id = world.principal.organisation.id
    await world.routes.enable(organisation_id, world.route.id, enabled=False)
    await world.routes.add(organisation_id, NewRoute(channel="sms", kind="smpp", name="london", prefixes=["+44"]))
    carried, left = await world.post("+442079460000", "+12125550001")
    [sandboxed] = await world.post("+442079460000", principal=replace(world.principal, sandbox=True))
    assert await tell_routeless(database) == 2
    assert (await world.get(carried.id)).reason is None
    assert {(await world.get(each.id)).reason for each in (left, sandboxed)} == {REASON}


async def test_the_sweep_of_a_sender_tells_them(database: Database) -> None:
    world = await make_message_world(database)
    [waiting] = await world.post("+12125550001")
    await world.routes.enable(world.principal.organisation.id, world.route.id, enabled=False)
    for _ in range(3):
        await world.ledger.sweep()
    assert (await world.get(waiting.id)).reason == REASON
