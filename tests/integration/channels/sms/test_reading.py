"""Long texts: put together from parts that come in any order, once, also when some never come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from callwright.channels.sms.port import InboundPart
from callwright.channels.sms.reading import TextReading
from callwright.messages.inbound import InboundTexts
from callwright.messages.models import Route
from callwright.messages.repeats import forget_texts
from callwright.store.database import Database
from support.messages import MessageWorld, make_message_world

OURS, THEIRS = "+12125550100", "+12125550123"
GSM, UCS2 = 0x00, 0x08


def parts_of(*texts: bytes, reference: int = 7, data_coding: int = GSM) -> list[InboundPart]:
    return [
        InboundPart(
            sender=THEIRS,
            recipient=OURS,
            data=text,
            data_coding=data_coding,
            header=6,
            reference=reference,
            total=len(texts),
            number=number,
        )
        for number, text in enumerate(texts, 1)
    ]


async def opened(database: Database) -> tuple[MessageWorld, TextReading, Route]:
    world = await make_message_world(database)
    (route,) = await world.routes.own(world.sender.id, ["sms"])
    return world, TextReading(database, InboundTexts(database, world.service)), route


async def kept(database: Database) -> list[tuple[str, int]]:
    rows = await database.fetch("SELECT text, parts FROM messages WHERE direction = 'inbound' ORDER BY number")
    return [(row["text"], row["parts"]) for row in rows]


async def bring(reading: TextReading, route: Route, parts: Sequence[InboundPart]) -> None:
    for part in parts:
        await reading.read(route, [part])


async def test_parts_in_any_order_are_one_text(database: Database) -> None:
    _, reading, route = await opened(database)
    first, second, third = parts_of(b"one ", b"two ", b"three")
    await bring(reading, route, [third, first])
    assert await kept(database) == []
    await bring(reading, route, [first, second])
    assert await kept(database) == [("one two three", 3)]
    # the centre did not hear our answers and brings them again
    await bring(reading, route, [second, third])
    assert await kept(database) == [("one two three", 3)]


async def test_a_character_may_be_cut_between_parts(database: Database) -> None:
    _, reading, route = await opened(database)
    octets = "a👋b".encode("utf-16-be")
    await bring(reading, route, parts_of(octets[:4], octets[4:], data_coding=UCS2))
    assert await kept(database) == [("a👋b", 2)]


async def test_a_reference_is_used_again(database: Database) -> None:
    _, reading, route = await opened(database)
    await bring(reading, route, parts_of(b"one ", b"two"))
    await bring(reading, route, parts_of(b"three ", b"four"))
    assert await kept(database) == [("one two", 2), ("three four", 2)]


async def test_what_does_not_come_is_left_out_after_a_while(database: Database) -> None:
    world, reading, route = await opened(database)
    first, _, third = parts_of(b"one ", b"two ", b"three")
    await bring(reading, route, [first, third])
    await reading.sweep(world.routes.opened)
    assert await kept(database) == []
    await database.execute("UPDATE inbound_parts SET received_at = received_at - interval '6 minutes'")
    await reading.sweep(world.routes.opened)
    await reading.sweep(world.routes.opened)
    assert await kept(database) == [("one three", 2)]
    await database.execute("UPDATE inbound_parts SET received_at = received_at - interval '1 hour'")
    await reading.sweep(world.routes.opened)
    assert await database.fetchval("SELECT count(*) FROM inbound_parts") == 0


async def test_a_text_of_one_part_is_read_at_once(database: Database) -> None:
    _, reading, route = await opened(database)
    (part,) = parts_of(b"Stop\x00")
    await bring(reading, route, [replace(part, header=0)])
    ((text, parts),) = await kept(database)
    assert (text, parts) == ("Stop@", 1)


def single(
    text: bytes = b"1", *, unit: str, mark: bytes = b"", doubt: tuple[datetime, datetime] | None = None
) -> InboundPart:
    return InboundPart(sender=THEIRS, recipient=OURS, data=text, data_coding=GSM, mark=mark, unit=unit, doubt=doubt)


def around(now: datetime) -> tuple[datetime, datetime]:
    """Return the doubt of a connection that was lost just now."""
    return now - timedelta(minutes=1), now + timedelta(seconds=5)


async def test_the_same_answer_twice_is_two_texts(database: Database) -> None:
    _, reading, route = await opened(database)
    long_ago = around(datetime.now(UTC) - timedelta(hours=1))
    await bring(reading, route, [single(unit="a/1", doubt=long_ago), single(unit="a/2", doubt=long_ago)])
    assert await kept(database) == [("1", 1), ("1", 1)]


async def test_a_unit_that_is_tried_again_beside_one_that_fails_is_stored_once(database: Database) -> None:
    _, reading, route = await opened(database)
    good = single(unit="a/1")
    await database.execute("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''full''; END'")
    await database.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.text = '2') EXECUTE FUNCTION refuse()"
    )
    with pytest.raises(asyncpg.PostgresError, match="full"):
        await reading.read(route, [good, single(b"2", unit="a/2")])
    await bring(reading, route, [good])
    assert await kept(database) == [("1", 1)]


async def test_a_text_that_comes_again_after_a_lost_connection_is_stored_once(database: Database) -> None:
    _, reading, route = await opened(database)
    await bring(reading, route, [single(unit="a/1")])
    lost = around(datetime.now(UTC))
    await bring(reading, route, [single(unit="a/2", doubt=lost), single(unit="b/1", doubt=lost)])
    assert await kept(database) == [("1", 1)]
    # others are their own, whatever was lost: another content, another name, another person
    await bring(reading, route, [single(b"2", unit="a/3", doubt=lost), single(unit="a/4", mark=b"\0\7", doubt=lost)])
    await bring(reading, route, [replace(single(unit="a/5", doubt=lost), sender="+12125550124")])
    assert await kept(database) == [("1", 1), ("2", 1), ("1", 1), ("1", 1)]


async def test_what_was_stored_long_before_the_connection_was_lost_is_a_text_of_its_own(database: Database) -> None:
    _, reading, route = await opened(database)
    await bring(reading, route, [single(unit="a/1")])
    await database.execute("UPDATE inbound_seen SET received_at = received_at - interval '2 minutes'")
    await bring(reading, route, [single(unit="a/2", doubt=around(datetime.now(UTC)))])
    assert await kept(database) == [("1", 1), ("1", 1)]
    await database.execute("UPDATE inbound_seen SET received_at = received_at - interval '1 hour'")
    await forget_texts(database)
    assert await database.fetchval("SELECT count(*) FROM inbound_seen") == 0
