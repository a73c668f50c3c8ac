"""Calls that send emails by a step of their flow."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.flows import commands
from callwright.messages.routes import MessageRoutes, NewRoute
from callwright.store.database import Database
from support.calls import OWNER, World, make_world

pytestmark = pytest.mark.postgres

MAIL = commands.SendEmail(to="Ann@Example.org", subject="Your {code}", text="It is {42}.")


async def stepped(world: World, command: commands.SendEmail, **fields: Any) -> list[dict[str, Any]]:
    """Let a call carry out a command; return the steps of its timeline."""
    await world.post("+12125550101", **fields)
    [attempt] = await world.claims.claim(OWNER)
    await world.dialing.begin(attempt)
    await world.ledger.answered(attempt.id, {"at": 1}, [command])
    return [row["body"] for row in await world.database.fetch("SELECT body FROM events WHERE type = 'call.step'")]


async def test_a_step_sends_an_email_as_it_was_filled(database: Database) -> None:
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
    [step] = await stepped(world, MAIL, metadata={"order": 7})
    row = await database.fetchrow("SELECT m.*, c.body FROM messages m JOIN message_contents c ON c.id = m.content_id")
    assert row is not None
    assert (step["kind"], step["message_id"]) == ("email", row["id"])
    assert (row["channel"], row["to_address"], row["from_address"]) == ("email", "ann@example.org", "shop@example.com")
    assert row["variables"] == {"subject": "Your {code}", "text": "It is {42}."}
    assert row["body"] == {"subject": "{subject}", "text": "{text}"}
    assert (row["metadata"], row["status"]) == ({"order": 7}, "queued")


async def test_without_a_route_or_a_sender_the_timeline_says_that_nothing_was_sent(database: Database) -> None:
    world = await make_world(database)
    [step] = await stepped(world, MAIL)
    assert (step["kind"], step["destination"]) == ("not_sent", "Ann@Example.org")
    assert "no route" in step["reason"]
    assert await database.fetchval("SELECT count(*) FROM messages") == 0
