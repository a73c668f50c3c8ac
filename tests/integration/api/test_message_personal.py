"""Texts in what is held about one person: history, export, erasure."""

from __future__ import annotations

import asyncpg
import pytest

from callwright.audit import audit
from callwright.ids import new_id
from callwright.messages.inbound import InboundText, InboundTexts
from callwright.messages.inbound_rules import read_rules
from callwright.messages.routes import NewRoute
from callwright.store.database import Database
from support.api import CALLER_ID, ApiUnderTest

pytestmark = pytest.mark.postgres

NUMBER, COLLEAGUE = "+12125550177", "+12125550188"
NAME = "Persephone"


async def everywhere(database: Database, text: str) -> list[str]:
    """Return the tables in which some row holds a text."""
    tables = await database.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    found = []
    for (table,) in tables:
        try:
            sql = f'SELECT EXISTS (SELECT FROM "{table}" t WHERE position($1 IN t::text) > 0)'
            if await database.fetchval(sql, text):
                found.append(table)
        except asyncpg.UndefinedTableError:
            continue
    return sorted(found)


async def a_person_who_wrote(api: ApiUnderTest) -> str:
    """Return the contact's id of somebody who got a text, answered, and stopped."""
    contact = await api.live.post("/api/v1/contacts", json={"first_name": NAME, "to": NUMBER})
    routes = api.services.messages.routes
    view = await routes.add(api.organisation.id, NewRoute(channel="sms", kind="smpp", name="centre"))
    rules = read_rules({"forward_to": [COLLEAGUE], "webhook_url": "https://hooks.example.com/in"}, region="US")
    await api.database.execute(
        "INSERT INTO senders (id, organisation_id, channel, address, verified_by, verified_at, inbound)"
        " VALUES ($1, $2, 'sms', $3, 'operator', now(), $4)",
        *(new_id("snd"), api.organisation.id, CALLER_ID, rules.model_dump()),
    )
    sent = await api.live.post(
        "/api/v1/sms",
        json={"to": NUMBER, "message": "Hello {NAME}", "variables": {"NAME": NAME}, "metadata": {"who": NAME}},
    )
    assert sent.status_code == 201, sent.text
    texts = InboundTexts(api.database, api.services.messages.service)
    arrived = [f"I am {NAME}", f"stop texting me, {NAME} says", "START", "STOP"]
    await texts.read(
        await routes.opened(view.id),
        [InboundText(sender=NUMBER, recipient=CALLER_ID, text=text) for text in arrived],
    )
    contact_id: str = contact.json()["contact_id"]
    return contact_id


async def test_history_and_export_have_every_text(api: ApiUnderTest) -> None:
    contact_id = await a_person_who_wrote(api)
    items = (await api.live.get(f"/api/v1/contacts/{contact_id}/history")).json()["history"]
    assert [item["direction"] for item in items] == ["outbound", "inbound"] * 3 + ["inbound", "outbound"]
    assert {(item["kind"], item["status"]) for item in items} == {("sms", "queued"), ("sms", "received")}
    exported = (await api.live.post(f"/api/v1/contacts/{contact_id}/export")).json()
    messages = exported["messages"]
    assert [message["text"] for message in messages][:2] == [f"Hello {NAME}", f"I am {NAME}"]
    assert messages[0]["content"]["text"] == "Hello {NAME}"


async def test_erasure_leaves_nothing_that_was_written(api: ApiUnderTest) -> None:
    contact_id = await a_person_who_wrote(api)
    assert "messages" in await everywhere(api.database, NAME)
    answer = await api.live.post(f"/api/v1/contacts/{contact_id}/erase")
    assert answer.status_code == 200, answer.text
    assert answer.json()["erased"]["messages"] == 9
    assert await everywhere(api.database, NAME) == []
    assert await everywhere(api.database, NUMBER) == []
    rows = await api.database.fetch("SELECT DISTINCT status FROM messages WHERE direction = 'outbound'")
    assert [row["status"] for row in rows] == ["cancelled"]
    assert not [found for result in await audit(api.database) for found in result.findings]


async def test_nobody_is_erased_in_the_middle_of_a_message(api: ApiUnderTest) -> None:
    contact_id = await a_person_who_wrote(api)
    await api.database.execute(
        "UPDATE messages SET status = 'sending', route_id = (SELECT id FROM routes LIMIT 1)"
        " WHERE number = (SELECT min(number) FROM messages)"
    )
    answer = await api.live.post(f"/api/v1/contacts/{contact_id}/erase")
    assert answer.status_code == 409
    assert "is being sent" in answer.json()["detail"]
    assert "messages" in await everywhere(api.database, NAME)
