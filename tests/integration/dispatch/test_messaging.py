"""The sender: what is posted is sent and answered for, and nothing is sent twice when things break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from callwright.channels.sms.lab import LabTexts
from callwright.clock import SystemClock
from callwright.dispatch.bell import Bell
from callwright.dispatch.messaging import MessageSender
from callwright.messages.inbox import RouteInbox
from callwright.messages.models import Route, Sent
from callwright.messages.routes import NewRoute
from callwright.store.database import Database
from support.messages import MessageWorld, ScriptedChannel, make_message_world


@asynccontextmanager
async def sending(
    world: MessageWorld, channel: ScriptedChannel, texts: list[object] | None = None
) -> AsyncIterator[MessageSender]:
    """Run a sender over the world's routes; it is drained at the end."""

    async def read(route: Route, parts: object) -> None:
        if texts is not None:
            texts.append(parts)

    sender = MessageSender(
        world.database,
        clock=SystemClock(),
        bell=Bell("postgresql://nobody.invalid/"),
        routes=world.routes,
        ledger=world.ledger,
        inbox=RouteInbox(world.ledger, read=read),
        openers={
            "smpp": lambda route, inbox: channel,
            "sms/lab": lambda route, inbox: LabTexts(route, inbox, SystemClock()),
        },
        node="node1",
    )
    running = asyncio.create_task(sender.run())
    try:
        yield sender
    finally:
        await sender.drain(5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def reaches(world: MessageWorld, message_id: str, status: str) -> None:
    """Wait for a message's status."""
    async with asyncio.timeout(20):
        while (await world.get(message_id)).status != status:
            await asyncio.sleep(0.02)


async def test_messages_are_sent_and_written_down(database: Database) -> None:
    world = await make_message_world(database)
    posted = await world.post(*(f"+1212555{n:04}" for n in range(250)))
    channel = ScriptedChannel(room=40)
    async with sending(world, channel):
        for message in posted:
            await reaches(world, message.id, "sent")
    assert sorted(message.id for message in channel.sent) == sorted(message.id for message in posted)
    await world.assert_sound()
    assert await database.fetchval("SELECT count(*) FROM message_senders WHERE node = 'node1'") == 1


async def test_what_fails_in_the_channel_is_unknown_and_not_sent_again(database: Database) -> None:
    world = await make_message_world(database)
    [posted] = await world.post("+12125550001")

    class Broken(ScriptedChannel):
        async def send(self, message: object) -> Sent:
            self.sent.append(message)
            raise OSError("the wire broke")

    channel = Broken()
    async with sending(world, channel):
        await reaches(world, posted.id, "unknown")
    assert len(channel.sent) == 1


async def test_a_route_that_is_not_ready_gets_nothing(database: Database) -> None:
    world = await make_message_world(database)
    [posted] = await world.post("+12125550001")
    channel = ScriptedChannel(is_ready=False)
    async with sending(world, channel):
        await world.post("+12125550002")
        assert (await world.get(posted.id)).status == "queued"
        channel.is_ready = True
        await reaches(world, posted.id, "sent")


async def test_the_labs_telephones_do_what_their_digits_say(database: Database) -> None:
    world = await make_message_world(database)
    await world.routes.add(
        world.principal.organisation.id, NewRoute(channel="sms", kind="lab", name="lab", per_second=1000)
    )
    sandbox = replace(world.principal, sandbox=True)
    wanted = {
        "+12125550001": "delivered",
        "+12125550051": "delivered",
        "+12125550083": "failed",
        "+12125550084": "undelivered",
        "+12125550085": "delivered",
        "+12125550087": "expired",
        "+12125550088": "unknown",
    }
    texts: list[object] = []
    async with sending(world, ScriptedChannel(), texts):
        for message in await world.post(*wanted, principal=sandbox):
            await reaches(world, message.id, wanted[message.to_address])
        await until(lambda: bool(texts))
    [[reply]] = texts
    assert (reply.sender, reply.text) == ("+12125550051", "YES")
    await world.assert_sound()
