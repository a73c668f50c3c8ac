"""Claims of messages: who goes now, over which route, and who waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callwright.messages.claims import MessageClaims
from callwright.messages.routes import NewRoute
from callwright.messages.senders import SenderLease
from callwright.numbers.suppressions import opt_out
from callwright.store.database import Database
from support.messages import make_message_world
from support.money import meter


async def test_what_is_due_is_claimed_once_with_its_text(database: Database) -> None:
    world = await make_message_world(database)
    posted = await world.post("+12125550001", "+12125550002", text="Good morning")
    claimed = await world.claim()
    assert {message.id for message in claimed} == {message.id for message in posted}
    assert {(message.text, message.parts, message.attempts) for message in claimed} == {("Good morning", 1, 1)}
    assert claimed[0].content == {"text": "Good morning"}
    assert await world.claim() == []
    assert (await world.get(posted[0].id)).status == "sending"
    assert [d["verdict"] for d in await world.queries.decisions(claimed[0].organisation_id, posted[0].id)] == [
        "allowed"
    ]


async def test_no_more_is_claimed_than_the_window_leaves(database: Database) -> None:
    world = await make_message_world(database)
    await world.post(*(f"+1212555{n:04}" for n in range(20)))
    assert len(await world.claim(window=3)) == 3
    assert world.claims.bounded


async def test_the_rate_of_a_route_is_claimed_a_second_ahead(database: Database) -> None:
    world = await make_message_world(database, per_second=5.0)
    await world.post(*(f"+1212555{n:04}" for n in range(20)))
    claimed = await world.claim()
    assert len(claimed) == 5
    assert claimed[-1].not_before - claimed[0].not_before == timedelta(seconds=0.8)
    assert world.claims.bounded


async def test_a_long_text_takes_the_rate_of_its_parts(database: Database) -> None:
    world = await make_message_world(database, per_second=0.02)
    await world.post("+12125550001", "+12125550002", "+12125550003", text="x" * 300)
    first, *others = await world.claim()
    assert first.parts == 2
    assert others == []


async def test_an_opt_out_of_texts_skips(database: Database) -> None:
    world = await make_message_world(database)
    [message] = await world.post("+12125550001")
    async with database.transaction() as connection:
        await opt_out(
            connection,
            organisation_id=world.principal.organisation.id,
            e164="+12125550001",
            scope="channel",
            scope_key="sms",
            evidence="STOP",
            source="sms",
        )
    assert await world.claim() == []
    skipped = await world.get(message.id)
    assert skipped.status == "skipped"
    assert "opted out" in (skipped.reason or "")
    assert await world.events(message.id) == ["sms.failed"]


async def test_marketing_waits_for_the_morning_and_needs_consent(database: Database) -> None:
    world = await make_message_world(database)
    world.clock.set_to(datetime(2026, 7, 7, 3, 0, tzinfo=UTC))
    [refused] = await world.post("+12125550001", purpose="marketing")
    [waiting] = await world.post("+12125550002", purpose="transactional")
    [urgent] = await world.post("+12125550003", purpose="emergency")
    assert [message.id for message in await world.claim()] == [urgent.id]
    assert "consent" in ((await world.get(refused.id)).reason or "")
    deferred = await world.get(waiting.id)
    assert deferred.status == "queued"
    assert deferred.due_at == datetime(2026, 7, 7, 13, 0, tzinfo=UTC)


async def test_numbers_of_other_countries_are_not_written_to_unless_allowed(database: Database) -> None:
    world = await make_message_world(database)
    [message] = await world.post("+442071838750")
    assert await world.claim() == []
    assert "not allowed" in ((await world.get(message.id)).reason or "")


async def test_the_best_route_carries_and_the_lab_only_sandboxes(database: Database) -> None:
    world = await make_message_world(database)
    organisation_id = world.principal.organisation.id
    york = await world.routes.add(
        organisation_id, NewRoute(channel="sms", kind="smpp", name="york", prefixes=["+1212"], priority=0)
    )
    lab = await world.routes.add(organisation_id, NewRoute(channel="sms", kind="lab", name="lab"))
    await world.database.execute("UPDATE routes SET priority = 5 WHERE id = $1", world.route.id)
    await world.post("+12125550001", "+13105550001")
    await world.post("+12125550002", principal=replace(world.principal, sandbox=True))
    by_number = {message.to_address: message.route_id for message in await world.claim()}
    assert by_number == {"+12125550001": york.id, "+13105550001": world.route.id, "+12125550002": lab.id}


async def test_priority_goes_first_and_what_is_too_late_never(database: Database) -> None:
    world = await make_message_world(database)
    await world.post("+12125550001", priority=1)
    [high] = await world.post("+12125550002", priority=9)
    [late] = await world.post("+12125550003", not_after=datetime.now(UTC) - timedelta(minutes=1))
    assert [message.id for message in await world.claim(window=1)] == [high.id]
    await world.claim()
    assert (await world.get(late.id)).status == "expired"


async def test_a_message_that_cannot_be_paid_waits_and_one_that_can_is_held_by_the_part(database: Database) -> None:
    world = await make_message_world(database)
    organisation_id = world.principal.organisation.id
    await meter(database, organisation_id, paid="0.02")
    await world.post("+12125550001", "+12125550002", text="x" * 300)
    [first] = await world.claim()
    assert await database.fetchval("SELECT held FROM charges WHERE subject = $1", first.id) * 10000 == 150
    await world.sent([first])
    message = await world.get(first.id)
    assert (str(message.price), message.currency) == ("0.015000", "EUR")
    waiting = await database.fetchval("SELECT reason FROM messages WHERE id <> $1", first.id)
    assert waiting == "budget exhausted: the balance does not cover the message"
    await world.assert_sound()


async def test_a_route_belongs_to_one_sender(database: Database) -> None:
    world = await make_message_world(database)
    await world.post(*(f"+1212555{n:04}" for n in range(50)))
    assert len(await world.claim(window=30)) == 30
    other = SenderLease(database, node="node2")
    await other.renew()
    assert await world.routes.own(other.id, ["sms"]) == []
    assert await MessageClaims(database, world.clock).claim(other.id, {world.route.id: 30}) == []
    await world.sender.leave()
    assert [route.id for route in await world.routes.own(other.id, ["sms"])] == [world.route.id]
