"""What texts of a metered organisation pay: by the part that left, once, whatever becomes of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from callwright.messages.models import Outgoing, Receipt, Sent, SentPart
from callwright.store.database import Database
from support.messages import MessageWorld, make_message_world
from support.money import meter

#: A part, of the test's price list.
PART = Decimal("0.0075")


async def metered(database: Database) -> MessageWorld:
    """Return a world that pays by the test's price list."""
    world = await make_message_world(database)
    await meter(database, world.principal.organisation.id, paid="1")
    return world


async def prices(world: MessageWorld) -> dict[str, Decimal | None]:
    """Return what each message was charged, by its number."""
    rows = await world.database.fetch("SELECT to_address, price FROM messages")
    return {row["to_address"][-1]: row["price"] for row in rows}


async def settle(world: MessageWorld, *results: tuple[Outgoing, Any]) -> None:
    """Write answers, given as verdict and further fields."""
    sent = [(message, Sent(message_id=message.id, **fields)) for message, fields in results]
    await world.ledger.settle(world.sender.id, sent)


async def test_each_pays_for_the_parts_that_left(database: Database) -> None:
    world = await metered(database)
    await world.post(*(f"+1212555000{n}" for n in range(1, 6)), text="x" * 300)
    one, two, three, four, five = sorted(await world.claim(), key=lambda message: message.to_address)
    both = [SentPart(provider_id=f"{n}", part=n) for n in (1, 2)]
    await settle(
        world,
        (one, {"verdict": "sent", "parts": both}),
        (two, {"verdict": "failed"}),
        (three, {"verdict": "unknown"}),
        (four, {"verdict": "failed", "parts": [SentPart(provider_id="3", part=1)]}),
        (five, {"verdict": "back"}),
    )
    assert await prices(world) == {"1": 2 * PART, "2": 0, "3": 2 * PART, "4": PART, "5": 0}
    await world.assert_sound()


async def test_a_second_attempt_holds_and_pays_anew(database: Database) -> None:
    world = await metered(database)
    await world.post("+12125550001", text="x" * 300)
    [first] = await world.claim()
    again = {"verdict": "again", "again_after": 0, "parts": [SentPart(provider_id="1", part=1)]}
    await settle(world, (first, again))
    assert await prices(world) == {"1": PART}
    [second] = await world.claim()
    await settle(world, (second, {"verdict": "sent", "parts": [SentPart(provider_id="2", part=2)], "units": 1}))
    assert await prices(world) == {"1": 2 * PART}
    await world.ledger.receipts(
        world.route.id, [Receipt(provider_id="1", state="delivered"), Receipt(provider_id="2", state="delivered")]
    )
    assert (await world.get(first.id)).status == "delivered"
    await world.assert_sound()


async def test_what_a_killed_sender_had_is_paid_once(database: Database) -> None:
    world = await metered(database)
    await world.post("+12125550001")
    [message] = await world.claim()
    await database.execute("UPDATE message_senders SET seen_until = now() - interval '1 second'")
    await world.ledger.give_up_lapsed()
    # it lives after all, and knows the answer
    await settle(world, (message, {"verdict": "sent", "parts": [SentPart(provider_id="1")]}))
    assert await prices(world) == {"1": PART}
    assert (await world.get(message.id)).status == "sent"
    await world.assert_sound()
