"""Calls that send texts: a step of their flow, and to somebody whom they did not reach."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from callwright.calls.models import Settlement
from callwright.flows import commands
from callwright.messages.routes import MessageRoutes, NewRoute
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.calls import OWNER, World, make_world

TO = "+12125550101"
FALLBACK = {"message": "We tried to call you, {NAME}.", "from": None, "plain": False}


async def world_with_texts(database: Database) -> World:
    """Return a world whose calls' number may send texts over a route."""
    world = await make_world(database)
    organisation_id = world.principal.organisation.id
    routes = MessageRoutes(database, world.trunks._secrets)
    await routes.add(organisation_id, NewRoute(channel="sms", kind="smpp", name="centre"))
    await database.execute(
        "INSERT INTO numbers (id, organisation_id, e164, verified_by, verified_at)"
        " VALUES ('num_1', $1, '+12125550100', 'operator', now())",
        organisation_id,
    )
    return world


async def messages(database: Database) -> list[dict[str, Any]]:
    """Return what was written, in order."""
    return [dict(row) for row in await database.fetch("SELECT * FROM messages ORDER BY number")]


async def dial(world: World, **fields: Any) -> Any:
    """Return an attempt that was dialled."""
    await world.post(TO, **fields)
    [attempt] = await world.claims.claim(OWNER)
    await world.dialing.begin(attempt)
    return attempt


async def test_a_step_sends_a_text_in_the_transaction_of_the_call(database: Database) -> None:
    world = await world_with_texts(database)
    attempt = await dial(world, metadata={"order": 7})
    await world.ledger.answered(attempt.id, {"at": 1}, [commands.SendSms(to=TO, text="Here {is} the link")])
    [message] = await messages(database)
    assert (message["to_address"], message["from_address"], message["text"]) == (
        TO,
        "+12125550100",
        "Here {is} the link",
    )
    assert (message["call_id"], message["metadata"], message["status"]) == (attempt.call_id, {"order": 7}, "queued")


async def test_without_a_route_the_timeline_says_that_nothing_was_sent(database: Database) -> None:
    world = await make_world(database)
    attempt = await dial(world)
    await world.ledger.answered(attempt.id, {"at": 1}, [commands.SendSms(to=TO, text="Hello")])
    assert await messages(database) == []
    steps = await database.fetch("SELECT body FROM events WHERE type = 'call.step'")
    assert [step["body"]["kind"] for step in steps] == ["not_sent"]
    assert "no route" in steps[0]["body"]["reason"]


@pytest.mark.parametrize(
    ("outcome", "texts"),
    [
        (Outcome.NO_ANSWER, 1),
        (Outcome.BUSY, 1),
        (Outcome.MACHINE, 1),
        (Outcome.HUMAN, 0),
        (Outcome.VOICEMAIL_LEFT, 0),
        (Outcome.INVALID_NUMBER, 0),
    ],
)
async def test_who_was_not_reached_gets_the_text(database: Database, outcome: Outcome, texts: int) -> None:
    world = await world_with_texts(database)
    attempt = await dial(world, variables={"NAME": "Ada"}, fallback_sms=FALLBACK)
    await world.ledger.settle(attempt.id, Settlement(outcome=outcome, cause=0, sip_status=None, ended_by="callee"))
    written = await messages(database)
    assert [message["text"] for message in written] == ["We tried to call you, Ada."] * texts
    await world.assert_sound()


async def test_a_text_that_cannot_be_written_does_not_keep_the_call_from_ending(database: Database) -> None:
    world = await world_with_texts(database)
    attempt = await dial(world, fallback_sms=FALLBACK)
    end = Settlement(outcome=Outcome.BUSY, cause=17, sip_status=486, ended_by="callee")
    await world.ledger.settle(attempt.id, end)
    assert (await world.queries.get(attempt.organisation_id, attempt.call_id)).outcome is Outcome.BUSY
    body = await database.fetchval("SELECT body FROM events WHERE type = 'call.no_answer'")
    assert "NAME" in body["fallback_sms"]["not_sent"]


async def test_a_sandbox_call_texts_the_lab(database: Database) -> None:
    world = await world_with_texts(database)
    organisation_id = world.principal.organisation.id
    await MessageRoutes(database, world.trunks._secrets).add(
        organisation_id, NewRoute(channel="sms", kind="lab", name="lab")
    )
    await database.execute("UPDATE trunks SET kind = 'lab'")
    sandbox = replace(world.principal, sandbox=True)
    await world.post(TO, principal=sandbox)
    [attempt] = await world.claims.claim(OWNER)
    await world.ledger.answered(attempt.id, {"at": 1}, [commands.SendSms(to=TO, text="Hello")])
    end = Settlement(outcome=Outcome.HUMAN, cause=16, sip_status=200, ended_by="callee")
    await world.ledger.settle(attempt.id, replace(end, effects=[commands.SendSms(to=TO, text="Bye")]))
    assert {message["sandbox"] for message in await messages(database)} == {True}
