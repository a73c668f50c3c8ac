"""A route over SMPP from the queue to the receipt, against npm's ``smpp``: nothing lost, nothing sent twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from callwright.channels.sms.port import Accepted, NotSent, Outcome, Refused, Unknown
from callwright.channels.sms.smpp import SmppChannel, result_of
from callwright.channels.sms.smpp_options import option_errors
from callwright.clock import SystemClock
from callwright.dispatch.bell import Bell
from callwright.dispatch.messaging import MessageSender
from callwright.messages.inbox import RouteInbox
from callwright.messages.models import Route
from callwright.store.database import Database
from support.messages import MessageWorld, make_message_world
from support.smpp_server import MessageCentre, message_centre


@asynccontextmanager
async def carried(
    database: Database, manner: dict[str, Any], **options: Any
) -> AsyncIterator[tuple[MessageWorld, MessageCentre, list[Any]]]:
    """Run a sender with one SMPP route to a message centre that behaves as ``manner`` says."""
    inbound: list[Any] = []

    async def read(route: Route, parts: Any) -> None:
        inbound.extend(parts)

    async with message_centre() as centre:
        centre.behave(**manner)
        world = await make_message_world(
            database,
            options={"host": "127.0.0.1", "port": centre.port, "system_id": "clinic", **options},
            secrets={"password": "secret"},
        )
        sender = MessageSender(
            database,
            clock=SystemClock(),
            bell=Bell("postgresql://nobody.invalid/"),
            routes=world.routes,
            ledger=world.ledger,
            inbox=RouteInbox(world.ledger, read=read),
            openers={"smpp": lambda route, inbox: SmppChannel(route, inbox, SystemClock())},
            node="node1",
        )
        running = asyncio.create_task(sender.run())
        try:
            yield world, centre, inbound
        finally:
            await sender.drain(10)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def statuses(world: MessageWorld, *final: str) -> Counter[str]:
    """Return how many messages have each status, when all of them are one of ``final``."""
    async with asyncio.timeout(60):
        while True:
            rows = await world.database.fetch("SELECT status, count(*) AS n FROM messages GROUP BY status")
            counts = Counter({row["status"]: row["n"] for row in rows})
            if set(counts) <= set(final):
                return counts
            await asyncio.sleep(0.05)


def people(count: int) -> list[str]:
    """Return numbers of New York."""
    return [f"+1212555{n:04}" for n in range(count)]


async def test_texts_arrive_and_their_receipts_come_back(database: Database) -> None:
    async with carried(database, {"receipt": True}) as (world, centre, _):
        [short] = await world.post("+12125550001", text="Grüße €5")
        [long] = await world.post("+12125550002", text="x" * 200)
        assert await statuses(world, "delivered") == {"delivered": 2}
        submits = centre.of("submit")
        assert sorted(each["to"] for each in submits) == ["12125550001", "12125550002", "12125550002"]
        assert {(each["from"], each["system_id"], each["registered"]) for each in submits} == {
            ("12125550100", "clinic", 1)
        }
        assert [part["state"] for part in await world.queries.parts(short.organisation_id, long.id)] == [
            "delivered",
            "delivered",
        ]
        assert (await world.get(long.id)).parts == 2
        await world.assert_sound()


async def test_a_centre_that_dies_in_the_middle_of_a_window_gets_nothing_twice(database: Database) -> None:
    async with carried(database, {"receipt": True, "dieAt": 70}, window=20) as (world, centre, _):
        await world.post(*people(200))
        # this centre tells of nothing again: receipts that it had not written when it died never come
        counts = await statuses(world, "delivered", "sent", "unknown")
        given = Counter(each["to"] for each in centre.of("submit"))
        # what it got and did not answer is unknown; everything else arrived, each exactly once
        assert set(given.values()) == {1}
        assert counts.total() == 200
        assert 1 <= counts["unknown"] <= 20
        await world.assert_sound()


async def test_a_centre_that_throttles_gets_everything_in_the_end(database: Database) -> None:
    async with carried(database, {"receipt": True, "throttleFirst": 30}) as (world, _, _):
        await world.post(*people(60))
        assert await statuses(world, "delivered") == {"delivered": 60}


async def test_receipts_before_the_answer_and_answers_twice_change_nothing(database: Database) -> None:
    manner = {"receipt": True, "receiptFirst": True, "twice": True}
    async with carried(database, manner) as (world, centre, _):
        await world.post(*people(50))
        assert await statuses(world, "delivered") == {"delivered": 50}
        assert len(centre.of("submit")) == 50
        events = await database.fetch("SELECT type, count(*) AS n FROM events WHERE type LIKE 'sms.%' GROUP BY type")
        assert {row["type"]: row["n"] for row in events} == {"sms.sent": 50, "sms.delivered": 50}


async def test_what_the_centre_refuses_fails_with_its_word(database: Database) -> None:
    async with carried(database, {"refuse": 0x0B}) as (world, _, _):
        [message] = await world.post("+12125550001")
        await statuses(world, "failed")
        assert (await world.get(message.id)).provider_status == "ESME_RINVDSTADR"


async def test_a_route_that_cannot_bind_says_why_and_its_messages_wait(database: Database) -> None:
    async with carried(database, {"refuseBinds": 0x0E}) as (world, centre, _):
        [message] = await world.post("+12125550001")
        await centre.wait_for("bind")
        async with asyncio.timeout(20):
            while "ESME_RINVPASWD" not in str((await world.routes.get(message.organisation_id, "centre")).state):
                await asyncio.sleep(0.05)
        assert (await world.get(message.id)).status == "queued"


async def test_texts_of_people_reach_the_reader(database: Database) -> None:
    async with carried(database, {}) as (world, centre, inbound):
        await world.post("+12125550001")
        await statuses(world, "sent")
        centre.order("deliver", name="hello", pdu={"source_addr": "12125550001", "short_message": "Hello"})
        await centre.wait_for("delivered")
        assert [part.sender for part in inbound] == ["12125550001"]


OK, NOW, NEVER = Accepted(provider_id="a"), Refused(status=0x14, name="Q", permanent=False), NotSent(reason="away")
LOST, FOREVER = Unknown(reason="no answer"), Refused(status=0x0B, name="D", permanent=True)


@pytest.mark.parametrize(
    ("outcomes", "verdict", "parts"),
    [
        ([OK], "sent", [1]),
        ([OK, OK], "sent", [1, 2]),
        ([NOW], "again", []),
        ([OK, NOW], "again", [1]),
        ([OK, NEVER], "again", [1]),
        ([NEVER, NEVER], "back", []),
        ([FOREVER, NEVER], "failed", []),
        ([OK, FOREVER], "failed", [1]),
        ([OK, NOW, FOREVER], "failed", [1]),
        ([OK, LOST, FOREVER], "unknown", [1]),
    ],
)
def test_the_doubtful_part_counts_most(outcomes: list[Outcome], verdict: str, parts: list[int]) -> None:
    result = result_of("sms_1", outcomes, range(1, len(outcomes) + 1))
    assert (result.verdict, [part.part for part in result.parts]) == (verdict, parts)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"system_id": "x"}, "options.host"),
        ({"host": "a b", "system_id": "x"}, "options.host"),
        ({"host": "a", "system_id": "far too long for it"}, "options.system_id"),
        ({"host": "a", "system_id": "x", "window": 0}, "options.window"),
        ({"host": "a", "system_id": "x", "bind": "both"}, "options.bind"),
        ({"host": "a", "system_id": "x", "receipt_zone": "Mars"}, "options.receipt_zone"),
        ({"host": "a", "system_id": "x", "colour": 1}, "options.colour"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], field: str) -> None:
    assert [error.field for error in option_errors(options, None)] == [field]
