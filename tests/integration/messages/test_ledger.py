"""What is learnt of messages: answers, receipts in any order, what was never heard of again."""

from __future__ import annotations

from dataclasses import replace

from callwright.messages.bodies import EVENTS, event_body
from callwright.messages.models import LatePart, Outgoing, PartState, Receipt, Sent, SentPart
from callwright.store.database import Database
from support.messages import MessageWorld, make_message_world


async def one(world: MessageWorld, text: str = "Hello") -> Outgoing:
    """Return a claimed message."""
    await world.post("+12125550001", text=text)
    [message] = await world.claim()
    return message


def delivered(*provider_ids: str) -> list[Receipt]:
    """Return receipts of delivery."""
    return [Receipt(provider_id=each, state="delivered") for each in provider_ids]


async def test_sent_then_delivered(database: Database) -> None:
    world = await make_message_world(database)
    message = await one(world)
    await world.sent([message])
    await world.sent([message])
    await world.ledger.receipts(world.route.id, delivered(f"{message.id}-1"))
    await world.ledger.receipts(world.route.id, delivered(f"{message.id}-1"))
    assert (await world.get(message.id)).status == "delivered"
    assert await world.events(message.id) == ["sms.sent", "sms.delivered"]


async def test_a_receipt_before_the_answer_is_kept(database: Database) -> None:
    world = await make_message_world(database)
    message = await one(world)
    await world.ledger.receipts(world.route.id, delivered(f"{message.id}-1"))
    await world.sent([message])
    assert (await world.get(message.id)).status == "delivered"
    assert await world.events(message.id) == ["sms.sent", "sms.delivered"]
    assert await database.fetchval("SELECT count(*) FROM early_receipts") == 0


async def test_a_receipt_at_the_same_moment_is_found_by_the_sweep(database: Database) -> None:
    world = await make_message_world(database)
    message = await one(world)
    await world.sent([message])
    # what two transactions leave of which neither saw the other
    await database.execute(
        "INSERT INTO early_receipts (route_id, provider_id, body) VALUES ($1, $2, $3)",
        *(world.route.id, f"{message.id}-1", {"state": "undelivered", "error": "001"}),
    )
    await world.ledger.sweep()
    lost = await world.get(message.id)
    assert (lost.status, lost.provider_status) == ("undelivered", "001")


async def test_a_long_text_is_delivered_with_its_last_part_and_lost_with_the_first(database: Database) -> None:
    world = await make_message_world(database)
    ends: list[tuple[PartState, str]] = [
        ("delivered", "delivered"),
        ("expired", "expired"),
        ("rejected", "undelivered"),
    ]
    for last, status in ends:
        message = await one(world, "x" * 300)
        await world.sent([message])
        await world.ledger.receipts(world.route.id, delivered(f"{message.id}-1"))
        assert (await world.get(message.id)).status == "sent"
        await world.ledger.receipts(
            world.route.id,
            [Receipt(provider_id=f"{message.id}-2", state=last)],
        )
        assert (await world.get(message.id)).status == status


async def test_a_passing_receipt_changes_nothing(database: Database) -> None:
    world = await make_message_world(database)
    message = await one(world)
    await world.sent([message])
    await world.ledger.receipts(world.route.id, [Receipt(provider_id=f"{message.id}-1", state="enroute")])
    assert (await world.get(message.id)).status == "sent"
    await world.ledger.receipts(world.route.id, delivered(f"{message.id}-1"))
    assert (await world.get(message.id)).status == "delivered"


async def test_refused_for_now_is_tried_again_without_the_parts_that_arrived(database: Database) -> None:
    world = await make_message_world(database)
    message = await one(world, "x" * 300)
    again = Sent(
        message_id=message.id,
        verdict="again",
        parts=[SentPart(provider_id="a", part=1)],
        reason="the queue is full",
        provider_status="ESME_RMSGQFUL",
        again_after=0,
    )
    await world.ledger.settle(world.sender.id, [(message, again)])
    waiting = await world.get(message.id)
    assert (waiting.status, waiting.provider_status) == ("queued", "ESME_RMSGQFUL")
    [second] = await world.claim()
    assert (second.attempts, second.accepted) == (2, frozenset({1}))
    refused = Sent(message_id=message.id, verdict="failed", reason="no such number", provider_status="ESME_RINVDSTADR")
    await world.ledger.settle(world.sender.id, [(second, refused)])
    assert (await world.get(message.id)).status == "failed"
    assert await world.events(message.id) == ["sms.failed"]


async def test_what_never_left_is_queued_as_it_was(database: Database) -> None:
    world = await make_message_world(database)
    message = await one(world)
    await world.ledger.settle(world.sender.id, [(message, Sent(message_id=message.id, verdict="back"))])
    waiting = await world.get(message.id)
    assert (waiting.status, waiting.attempts) == ("queued", 0)


async def test_what_a_killed_sender_had_is_unknown_and_not_sent_again(database: Database) -> None:
    world = await make_message_world(database)
    message = await one(world)
    assert await world.ledger.give_up_lapsed() == 0
    await database.execute("UPDATE message_senders SET seen_until = now() - interval '1 second'")
    assert await world.ledger.give_up_lapsed() == 1
    lost = await world.get(message.id)
    assert lost.status == "unknown"
    assert "not known" in (lost.reason or "")
    await world.sender.renew()
    assert await world.claim() == []
    assert await world.events(message.id) == ["sms.failed"]


async def test_who_wants_it_is_sent_again_at_the_risk_of_a_second_copy(database: Database) -> None:
    world = await make_message_world(database)
    await world.post("+12125550001", if_unknown="again")
    [message] = await world.claim()
    await database.execute("UPDATE message_senders SET seen_until = now() - interval '1 second'")
    await world.ledger.give_up_lapsed()
    await world.sender.renew()
    [again] = await world.claim()
    assert (again.id, again.attempts) == (message.id, 2)


async def test_a_late_answer_tells_that_it_was_sent(database: Database) -> None:
    world = await make_message_world(database)
    message = await one(world)
    unknown = Sent(message_id=message.id, verdict="unknown", reason="no answer in time")
    await world.ledger.settle(world.sender.id, [(message, unknown)])
    await world.ledger.receipts(world.route.id, delivered("late"))
    await world.ledger.late([LatePart(message_id=message.id, part=1, provider_id="late")])
    assert (await world.get(message.id)).status == "delivered"
    assert await world.events(message.id) == ["sms.failed", "sms.sent", "sms.delivered"]


async def test_a_late_refusal_tells_that_it_failed(database: Database) -> None:
    world = await make_message_world(database)
    message = await one(world)
    unknown = Sent(message_id=message.id, verdict="unknown", reason="no answer in time")
    await world.ledger.settle(world.sender.id, [(message, unknown)])
    late = LatePart(message_id=message.id, part=1, provider_id=None, provider_status="ESME_RINVDSTADR")
    await world.ledger.late([late])
    failed = await world.get(message.id)
    assert (failed.status, failed.provider_status) == ("failed", "ESME_RINVDSTADR")


async def test_events_say_what_bodies_say(database: Database) -> None:
    world = await make_message_world(database)
    came: list[tuple[Sent, PartState | None]] = [
        (Sent(message_id="", verdict="sent", parts=[SentPart(provider_id="p1", part=1)], total=1), None),
        (Sent(message_id="", verdict="sent", parts=[SentPart(provider_id="p2", part=1)]), "delivered"),
        (Sent(message_id="", verdict="sent", parts=[SentPart(provider_id="p3", part=1)]), "undelivered"),
        (Sent(message_id="", verdict="sent", parts=[SentPart(provider_id="p4", part=1)]), "expired"),
        (Sent(message_id="", verdict="failed", reason="no such number", provider_status="ESME_RINVDSTADR"), None),
        (Sent(message_id="", verdict="unknown", reason="no answer"), None),
    ]
    for index, (sent, state) in enumerate(came):
        await world.post("+12125550001", text="Hello", metadata={"order": index, "empty": None} if index else {})
        [message] = await world.claim()
        await world.ledger.settle(world.sender.id, [(message, replace(sent, message_id=message.id))])
        if state is not None:
            error = None if state == "delivered" else "045"
            await world.ledger.receipts(
                world.route.id, [Receipt(provider_id=sent.parts[0].provider_id, state=state, error=error)]
            )
        is_now = await world.get(message.id)
        row = await database.fetchrow(
            "SELECT type, body, owner_id FROM events WHERE subject = $1 ORDER BY id DESC LIMIT 1", message.id
        )
        assert row is not None
        name = f"sms.{EVENTS[is_now.status]}"
        expected = event_body(name, is_now)
        assert (row["type"], row["owner_id"]) == (name, is_now.owner_id)
        assert row["body"] | {"timestamp": ""} == expected | {"timestamp": ""}
        assert len(row["body"]["timestamp"]) == len(expected["timestamp"])
