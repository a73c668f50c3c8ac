"""Texts that people send: kept once, matched to what they answer, and followed by what their words ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from callwright.ids import new_id
from callwright.messages.inbound import InboundText, InboundTexts
from callwright.messages.inbound_rules import Keyword, read_rules
from callwright.messages.models import Message, Route
from callwright.numbers.suppressions import Suppressions, opt_out
from callwright.store.database import Database
from support.messages import MessageWorld, make_message_world

OURS, THEIRS = "+12125550100", "+12125550123"
ANN = "+12125550177"


async def route_of(world: MessageWorld) -> Route:
    (route,) = await world.routes.own(world.sender.id, ["sms"])
    return route


async def make_sender(
    world: MessageWorld, address: str = OURS, organisation_id: str | None = None, **rules: Any
) -> None:
    await world.database.execute(
        "INSERT INTO senders (id, organisation_id, channel, address, verified_by, verified_at, inbound)"
        " VALUES ($1, $2, 'sms', $3, 'operator', now(), $4)",
        new_id("snd"),
        organisation_id or world.principal.organisation.id,
        address,
        read_rules(rules, region="US").model_dump(),
    )


async def write(world: MessageWorld, text: str, *, sender: str = THEIRS, **more: Any) -> Mapping[str, Any]:
    """Let a person write to us, and return what was kept."""
    texts = InboundTexts(world.database, world.service)
    fields: dict[str, Any] = {"sender": sender, "recipient": OURS, "text": text} | more
    await texts.read(await route_of(world), [InboundText(**fields)])
    row = await world.database.fetchrow(
        "SELECT * FROM messages WHERE direction = 'inbound' ORDER BY number DESC LIMIT 1"
    )
    assert row is not None
    return dict(row)


async def answers(world: MessageWorld) -> list[tuple[str, str, str]]:
    """Return what was written by itself: kind, to whom, what."""
    rows = await world.database.fetch("SELECT * FROM messages WHERE automatic IS NOT NULL ORDER BY number")
    return [(row["automatic"], row["to_address"], row["text"]) for row in rows]


async def stopped(world: MessageWorld) -> list[tuple[str, str, str]]:
    entries = await Suppressions(world.database).page(world.principal.organisation.id)
    return [(entry.e164, entry.scope, entry.source) for entry in entries if entry.expires_at is None]


async def test_a_text_is_kept_and_answers_our_last_one(database: Database) -> None:
    world = await make_message_world(database)
    await make_sender(world, webhook_url="https://rules.example/in")
    await world.post(ANN)
    (last,) = await world.post(THEIRS, webhook_url="https://hook.example/x")
    kept = await write(world, "Fine, thanks", media=["https://pictures.example/1"])
    assert (kept["to_address"], kept["from_address"], kept["status"]) == (OURS, THEIRS, "received")
    assert (kept["reply_to"], kept["text"], kept["media"]) == (last.id, "Fine, thanks", ["https://pictures.example/1"])
    assert await world.events(kept["id"]) == ["sms.received"]
    urls = await database.fetch("SELECT url, body FROM deliveries WHERE subject = $1 ORDER BY url", kept["id"])
    assert [row["url"] for row in urls] == ["https://hook.example/x", "https://rules.example/in"]
    assert urls[0]["body"]["text"] == "Fine, thanks"
    conversation = await database.fetchrow("SELECT * FROM conversations")
    assert conversation is not None
    assert (conversation["ours"], conversation["theirs"], conversation["unread"]) == (OURS, THEIRS, 1)
    await write(world, "And you?")
    assert await database.fetchval("SELECT unread FROM conversations") == 2
    assert await answers(world) == []
    await world.assert_sound()


async def test_the_same_text_is_taken_once(database: Database) -> None:
    world = await make_message_world(database)
    await write(world, "Hi", provider_id="SM1")
    await write(world, "Hi", provider_id="SM1")
    await write(world, "Hi", provider_id="SM2")
    assert await database.fetchval("SELECT count(*) FROM messages") == 2


@pytest.mark.parametrize(
    ("sender", "recipient"), [("12125550123", "12125550100"), ("2125550123", "(212) 555-0100"), (THEIRS, OURS)]
)
async def test_numbers_are_read_as_routes_write_them(database: Database, sender: str, recipient: str) -> None:
    world = await make_message_world(database)
    kept = await write(world, "Hi", sender=sender, recipient=recipient)
    if not recipient.startswith("("):
        assert (kept["to_address"], kept["from_address"]) == (OURS, THEIRS)


async def test_stop_is_put_on_record_and_confirmed_once(database: Database) -> None:
    world = await make_message_world(database)
    await make_sender(world)
    (waiting,) = await world.post(THEIRS)
    await write(world, "Stop!")
    await write(world, "please stop texting me")
    assert await stopped(world) == [(THEIRS, "organisation", "sms")]
    ((kind, to, text),) = await answers(world)
    assert (kind, to) == ("stop", THEIRS)
    assert text.startswith("Clinic: you are unsubscribed")
    claimed = await world.claim()
    # the confirmation goes out although the person has stopped, and nothing else does
    assert [(message.to_address, message.automatic) for message in claimed] == [(THEIRS, "stop")]
    assert (await world.get(waiting.id)).status == "skipped"
    events = await database.fetch("SELECT type FROM events WHERE type LIKE 'contact.%'")
    assert [row["type"] for row in events] == ["contact.optout"]
    await world.assert_sound()


async def test_start_undoes_a_stop_by_text_and_nothing_else(database: Database) -> None:
    world = await make_message_world(database)
    organisation_id = world.principal.organisation.id
    await make_sender(world, stop_reply="Bye", start_reply="Welcome back")
    await write(world, "STOP")
    async with database.transaction() as connection:
        await opt_out(
            connection,
            organisation_id=organisation_id,
            e164=THEIRS,
            scope="channel",
            scope_key="call",
            evidence="letter",
        )
    await write(world, "start")
    assert await stopped(world) == [(THEIRS, "channel", "api")]
    await write(world, "START")
    assert [(kind, text) for kind, _, text in await answers(world)] == [("stop", "Bye"), ("start", "Welcome back")]
    events = await database.fetch("SELECT type FROM events WHERE type LIKE 'contact.%' ORDER BY id")
    assert [row["type"] for row in events] == ["contact.optout", "contact.optout", "contact.optin"]
    # a STOP after it counts, and is confirmed, as the first one did
    await write(world, "stop")
    assert (THEIRS, "organisation", "sms") in await stopped(world)
    assert [kind for kind, _, _ in await answers(world)] == ["stop", "start", "stop"]


async def test_the_answer_is_in_the_language_of_the_word(database: Database) -> None:
    world = await make_message_world(database)
    await make_sender(world, language="de", stop_scope="channel")
    await write(world, "Désabonnez-moi")
    await write(world, "STOP", sender=ANN)
    texts = [text for _, _, text in await answers(world)]
    assert texts[0].startswith("Clinic: c'est noté")
    assert texts[1].startswith("Clinic: Sie sind abgemeldet")
    assert {entry[1] for entry in await stopped(world)} == {"channel"}


async def test_help_is_answered_to_those_who_have_stopped_too(database: Database) -> None:
    world = await make_message_world(database)
    await make_sender(world)
    await write(world, "STOP")
    await write(world, "HELP")
    claimed = await world.claim()
    assert [message.automatic for message in claimed] == ["stop", "help"]


async def test_a_keyword_is_answered_and_starts_a_call(database: Database) -> None:
    world = await make_message_world(database)
    await make_sender(world, keywords=[{"words": ["pizza"], "reply": "It comes!", "flow_id": "flo_1"}])
    begun: list[tuple[str, str]] = []

    class Calls:
        async def begin(self, connection: object, who: object, message: Message, keyword: Keyword) -> None:
            begun.append((message.from_address, keyword.flow_id or ""))

        def wake(self) -> None:
            """Nobody waits here."""

    texts = InboundTexts(database, world.service, calls=Calls())
    arrived = InboundText(sender=THEIRS, recipient=OURS, text="Pizza, large")
    await texts.read(await route_of(world), [arrived])
    assert begun == [(THEIRS, "flo_1")]
    assert await answers(world) == [("keyword", THEIRS, "It comes!")]
    # to somebody who has stopped it says nothing
    await texts.read(await route_of(world), [replace(arrived, text="STOP"), arrived])
    claimed = await world.claim()
    assert [message.automatic for message in claimed] == ["stop"]


async def test_texts_go_on_to_colleagues(database: Database) -> None:
    world = await make_message_world(database)
    await make_sender(world, forward_to=[ANN, "https://crm.example/sms"])
    kept = await write(world, "See you at six")
    assert await answers(world) == [("forward", ANN, f"{THEIRS}: See you at six")]
    urls = await database.fetch("SELECT url FROM deliveries WHERE subject = $1", kept["id"])
    assert [row["url"] for row in urls] == ["https://crm.example/sms"]
    # what the colleague writes back does not go to the colleague, and STOP goes nowhere
    await write(world, "Thanks", sender=ANN)
    await write(world, "STOP")
    assert [kind for kind, _, _ in await answers(world)] == ["forward", "stop"]


async def test_a_message_says_where_its_replies_go(database: Database) -> None:
    world = await make_message_world(database)
    await world.post(THEIRS)
    await database.execute("UPDATE message_contents SET body = body || $1", {"forward_replies_to": ANN})
    await write(world, "Yes")
    assert await answers(world) == [("forward", ANN, f"{THEIRS}: Yes")]


async def test_two_programs_that_answer_each_other_come_to_an_end(database: Database) -> None:
    world = await make_message_world(database)
    await make_sender(world)
    for _ in range(15):
        await write(world, "HELP")
    assert len(await answers(world)) == 10


async def test_a_shared_route_brings_a_text_to_who_wrote_last_and_stop_to_all(database: Database) -> None:
    world = await make_message_world(database, shared=True)
    other = await world.accounts.create_organisation("Bakery", time_zone="America/New_York")
    await make_sender(world)
    await make_sender(world, organisation_id=other.id)
    await world.post(THEIRS)
    theirs = replace(world.principal, organisation=other, key_id=None)
    await world.post(THEIRS, principal=theirs)
    assert (await write(world, "Hello"))["organisation_id"] == other.id
    assert (await write(world, "Hello", sender=ANN))["organisation_id"] == world.principal.organisation.id
    await write(world, "STOP")
    suppressions = await database.fetch("SELECT organisation_id FROM suppressions")
    assert {row["organisation_id"] for row in suppressions} == {other.id, world.principal.organisation.id}


async def test_nobody_elses_sender_gets_texts_of_a_route_of_ones_own(database: Database) -> None:
    world = await make_message_world(database)
    other = await world.accounts.create_organisation("Bakery", time_zone="America/New_York")
    await make_sender(world, organisation_id=other.id, forward_to=[ANN])
    assert (await write(world, "Hello"))["organisation_id"] == world.principal.organisation.id
    assert await answers(world) == []
