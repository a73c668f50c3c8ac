"""Calls that send emails: a step of their flow, and to somebody whom they did not reach."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.calls.models import Settlement
from callwright.flows import commands
from callwright.mail.building import Template
from callwright.mail.content import read_content
from callwright.messages.routes import MessageRoutes, NewRoute
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.calls import OWNER, World, make_world

pytestmark = pytest.mark.postgres

MAIL = commands.SendEmail(to="Ann@Example.org", subject="Your {code}", text="It is {42}.")


WRITTEN = "SELECT m.*, c.body FROM messages m JOIN message_contents c ON c.id = m.content_id"


async def world_with_mail(database: Database) -> World:
    """Return a world whose calls may send emails over a route."""
    world = await make_world(database)
    organisation_id = world.principal.organisation.id
    routes = MessageRoutes(database, world.trunks._secrets)
    await routes.add(
        organisation_id, NewRoute(channel="email", kind="smtp", name="mail", options={"host": "h.example"})
    )
    await database.execute(
        "INSERT INTO senders (id, organisation_id, channel, address, verified_at)"
        " VALUES ('snd_1', $1, 'email', 'shop@example.com', now())",
        organisation_id,
    )
    return world


async def stepped(world: World, command: commands.SendEmail, **fields: Any) -> list[dict[str, Any]]:
    """Let a call carry out a command; return the steps of its timeline."""
    await world.post("+12125550101", **fields)
    [attempt] = await world.claims.claim(OWNER)
    await world.dialing.begin(attempt)
    await world.ledger.answered(attempt.id, {"at": 1}, [command])
    return [row["body"] for row in await world.database.fetch("SELECT body FROM events WHERE type = 'call.step'")]


async def test_a_step_sends_an_email_as_it_was_filled(database: Database) -> None:
    world = await world_with_mail(database)
    [step] = await stepped(world, MAIL, metadata={"order": 7})
    row = await database.fetchrow(WRITTEN)
    assert row is not None
    assert (step["kind"], step["message_id"]) == ("email", row["id"])
    assert (row["channel"], row["to_address"], row["from_address"]) == ("email", "ann@example.org", "shop@example.com")
    assert row["variables"] == {"subject": "Your {code}", "text": "It is {42}."}
    assert row["body"] == {"subject": "{subject}", "text": "{text}"}
    assert (row["metadata"], row["status"]) == ({"order": 7}, "queued")


async def test_a_step_sends_html_whose_values_are_escaped_where_they_stand(database: Database) -> None:
    world = await world_with_mail(database)
    html = "<p>Dear {NAME}, {subject}</p>"
    values = {"NAME": "Ann <3", "subject": "the subject"}
    await stepped(world, commands.SendEmail(to="ann@example.org", subject="{Hi}", text=None, html=html, values=values))
    row = await database.fetchrow(WRITTEN)
    assert row is not None
    seen = Template(read_content(row["body"])).preview(row["variables"])
    assert (seen["subject"], seen["text"]) == ("{Hi}", "Dear Ann <3, the subject")
    assert "<p>Dear Ann &lt;3, the subject</p>" in seen["html"]


FALLBACK = {"from": "shop@example.com", "subject": "We called you, {NAME}", "html": "<p>{unsubscribe_url}</p>"}
BUSY = Settlement(outcome=Outcome.BUSY, cause=17, sip_status=486, ended_by="callee")


async def ended(world: World, settlement: Settlement, **fields: Any) -> dict[str, Any]:
    """Let a call end; return its last event."""
    await world.post("+12125550101", **fields)
    [attempt] = await world.claims.claim(OWNER)
    await world.dialing.begin(attempt)
    await world.ledger.settle(attempt.id, settlement)
    body: dict[str, Any] = await world.database.fetchval("SELECT body FROM events ORDER BY id DESC LIMIT 1")
    return body


async def test_who_was_not_reached_gets_the_email_at_the_contacts_address(database: Database) -> None:
    world = await world_with_mail(database)
    organisation_id = world.principal.organisation.id
    await database.execute("INSERT INTO contacts (id, organisation_id) VALUES ('con_1', $1)", organisation_id)
    await database.execute(
        "INSERT INTO contact_numbers (organisation_id, contact_id, position, e164)"
        " VALUES ($1, 'con_1', 0, '+12125550101')",
        organisation_id,
    )
    await database.execute(
        "INSERT INTO contact_emails (organisation_id, contact_id, position, address)"
        " VALUES ($1, 'con_1', 0, 'ann@example.org'), ($1, 'con_1', 1, 'late@example.org')",
        organisation_id,
    )
    body = await ended(world, BUSY, variables={"NAME": "Ada"}, fallback_email=FALLBACK)
    row = await database.fetchrow(WRITTEN)
    assert row is not None
    assert body["fallback_email"] == {"message_id": row["id"]}
    assert (row["to_address"], row["from_address"], row["call_id"]) == (
        "ann@example.org",
        "shop@example.com",
        body["call_id"],
    )
    assert (row["body"], row["variables"]["NAME"]) == (
        {"subject": FALLBACK["subject"], "html": FALLBACK["html"]},
        "Ada",
    )
    await world.assert_sound()


@pytest.mark.parametrize(
    ("fallback", "reason"),
    [
        (FALLBACK, "has no e-mail address"),
        ({**FALLBACK, "to": "{MAIL}"}, "nobody is no e-mail address"),
        ({**FALLBACK, "to": "ann@example.org"}, "{NAME} has no value"),
    ],
)
async def test_an_email_that_cannot_be_written_does_not_keep_the_call_from_ending(
    database: Database, fallback: dict[str, Any], reason: str
) -> None:
    world = await world_with_mail(database)
    body = await ended(world, BUSY, variables={"MAIL": "nobody"}, fallback_email=fallback)
    assert reason in body["fallback_email"]["not_sent"]
    assert await database.fetchval("SELECT count(*) FROM messages") == 0


async def test_without_a_route_or_a_sender_the_timeline_says_that_nothing_was_sent(database: Database) -> None:
    world = await make_world(database)
    [step] = await stepped(world, MAIL)
    assert (step["kind"], step["destination"]) == ("not_sent", "Ann@Example.org")
    assert "no route" in step["reason"]
    assert await database.fetchval("SELECT count(*) FROM messages") == 0
