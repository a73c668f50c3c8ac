"""One of everything that a path can name, made by the API, so that others can be tried on it.

A new kind of path parameter needs a line in ``make_objects``; the tests that walk the routes say so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx

from callwright.accounts.models import Principal
from callwright.ids import new_id
from callwright.numbers.trunks import NewTrunk
from callwright.orders.models import NewItem, NewOrder
from callwright.store.database import Database
from support.api import ApiUnderTest
from support.recordings import insert_recording

#: Part of every name that is made here: nobody else may ever read it.
MARK = "zanzibar"
_ID = re.compile(r"[a-z]{3}_[0-9a-z]{1,40}")


async def make_objects(client: httpx.AsyncClient, api: ApiUnderTest) -> dict[str, str]:
    """Return what each path parameter may be, of the organisation and the person of ``client``."""

    async def made(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = await client.post(f"/api/v1{path}", json=body)
        assert answer.is_success, (path, answer.text)
        content: dict[str, Any] = answer.json()
        return content

    call = {"to": "+12125550199", "from": "+18005550199", "message": f"Hello {MARK}", "metadata": {"of": MARK}}
    batch = {
        "calls": [call],
        "campaign_name": MARK,
        "webhook_url": f"https://example.com/{MARK}",
        "webhook_events": ["call.queued"],
    }
    calls = await made("/calls", batch)
    call_id = calls["calls"][0]["call_id"]
    deliveries = (await client.get(f"/api/v1/calls/{call_id}/deliveries")).json()["deliveries"]
    person = (await client.get("/api/v1/users/me")).json()
    sessions = (await client.get("/api/v1/sessions")).json()["sessions"]
    contact = await made("/contacts", {"to": "+12125550142", "first_name": MARK})
    # the body of an example names it
    await client.post("/api/v1/contacts/fields", json={"name": "balance", "type": "number"})
    # own fields are the organisation's vocabulary: everybody in it knows their names
    field = await made("/contacts/fields", {"name": f"field_{person['number']}", "type": "text"})
    csv = f"phone,first_name\n+12125550143,{MARK}\n".encode()
    imported = await client.post(
        "/api/v1/imports", content=csv, headers={"Content-Type": "text/csv"}, params={"file_name": f"{MARK}.csv"}
    )
    number = await api.services.numbers.add_number(
        api.organisation.id, f"+1212555{1000 + person['number'] % 9000}", verified_by=None
    )
    await api.database.execute("UPDATE numbers SET owner_id = $2 WHERE id = $1", number.id, person["user_id"])
    verification = await made(
        "/verifications", {"to": f"+1212555{1000 + person['number'] % 9000}", "method": "spoken", "voice": "en-US-F"}
    )
    campaign = await made(
        "/campaigns",
        {
            "name": MARK,
            "message": f"Hello {MARK}",
            "recipients": [{"to": "+12125550145", "variables": {"NAME": MARK}}],
            "start": False,
        },
    )
    recipients = (await client.get(f"/api/v1/campaigns/{campaign['campaign_id']}/recipients")).json()["recipients"]
    uploaded = await client.post(
        f"/api/v1/campaigns/{campaign['campaign_id']}/recipients", content=csv, headers={"Content-Type": "text/csv"}
    )
    agreed = {
        "to": "+12125550142",
        "channel": "call",
        "purpose": "marketing",
        "wording": f"I agree, {MARK}",
        "source": MARK,
    }
    return {
        "approval_id": (await made("/approvals", {"text": f"Hello from {MARK}"}))["approval_id"],
        "audio_id": (await made("/audio", {"text": f"Hello from {MARK}", "name": MARK}))["audio_id"],
        "call_id": call_id,
        "campaign_id": campaign["campaign_id"],
        "consent_id": (await made("/consents", agreed))["consent_id"],
        "contact_id": contact["contact_id"],
        "conversation_id": await _conversation(api, person["user_id"]),
        "delivery_id": deliveries[0]["delivery_id"],
        "draft_id": (await made("/campaign-drafts", {"name": MARK, "form": {"of": MARK}}))["draft_id"],
        "link_id": (await made(f"/campaigns/{campaign['campaign_id']}/links", {"days": 7}))["link_id"],
        "email_id": await _email(api, person["user_id"]),
        "extension_id": (await made("/extensions", {"extension": str(1000 + person["number"]), "name": MARK}))[
            "extension_id"
        ],
        "flow_id": await _published(client),
        "version": "1",
        "group_id": (await made("/groups", {"name": MARK}))["group_id"],
        "import_id": imported.json()["import"]["import_id"],
        "key_id": (await made("/keys", {"name": MARK, "sandbox": True}))["key_id"],
        "list_id": (await made("/do-not-call", {"name": f"{MARK} {person['number']}"}))["list_id"],
        "name": field["name"],
        "number_id": number.id,
        "order_id": await _ordered(api, person["user_id"], call_id),
        "pool_id": (await made("/number-pools", {"name": f"{MARK} {person['number']}", "numbers": ["+18005550199"]}))[
            "pool_id"
        ],
        "recording_id": await insert_recording(api.database, call_id, transcript={"text": MARK}),
        "recipient_id": str(recipients[0]["recipient_id"]),
        "segment_id": (await made("/segments", {"name": MARK, "filter": f"first_name == '{MARK}'"}))["segment_id"],
        "session_id": sessions[0]["session_id"],
        "suppression_id": (await made("/suppressions", {"to": "+12125550144", "evidence": MARK}))["suppression_id"],
        "upload_id": uploaded.json()["upload_id"],
        "sender_id": await _sender(api, person["user_id"]),
        "sms_id": await _text(api, person["user_id"]),
        "ordinal": "1",
        "template_id": (
            await made("/templates", {"channel": "sms", "name": f"{MARK} {person['number']}", "body": {"text": MARK}})
        )["template_id"],
        "trunk_id": await _trunk(api, person["user_id"], person["number"]),
        "user_id": person["user_id"],
        "verification_id": verification["verification_id"],
    }


async def _published(client: httpx.AsyncClient) -> str:
    """Return the id of a flow that has one version."""
    draft = {"steps": [{"type": "say", "text": f"Hello {MARK}"}]}
    made = await client.post("/api/v1/flows", json={"name": MARK, "draft": draft})
    assert made.is_success, made.text
    flow_id: str = made.json()["flow_id"]
    published = await client.post(f"/api/v1/flows/{flow_id}/publish", json={"revision": 1, "note": MARK})
    assert published.is_success, published.text
    return flow_id


async def _trunk(api: ApiUnderTest, user_id: str, number: int) -> str:
    """Return the id of a line of a person's organisation; its name is the appliance's, so each person has another."""
    owner = await api.database.fetchval("SELECT organisation_id FROM users WHERE id = $1", user_id)
    new = NewTrunk(name=f"{MARK}-{number}", host=f"{MARK}.example", username=MARK, password=MARK)
    return (await api.services.numbers.trunks.add(owner, new)).id


async def _conversation(api: ApiUnderTest, user_id: str) -> str:
    """Return the id of a conversation in which a person has written."""
    owner = await api.database.fetchval("SELECT organisation_id FROM users WHERE id = $1", user_id)
    conversation_id: str = await api.database.fetchval(
        "INSERT INTO conversations (id, organisation_id, channel, ours, theirs, last_message_at, unread)"
        " VALUES ($1, $2, 'sms', '+12125550100', '+12125550147', now(), 1) RETURNING id",
        new_id("cnv"),
        owner,
    )
    await api.database.execute(
        "INSERT INTO messages (id, organisation_id, channel, direction, sandbox, purpose, conversation_id, to_address,"
        " from_address, text, status) VALUES ($1, $2, 'sms', 'inbound', false, 'transactional', $3, '+12125550100',"
        " '+12125550147', $4, 'received')",
        new_id("sms"),
        owner,
        conversation_id,
        f"Hello from {MARK}",
    )
    return conversation_id


async def _sender(api: ApiUnderTest, user_id: str) -> str:
    """Return the id of a sender of a person: of emails, with a key that signs."""
    who = Principal(organisation=api.organisation, key_id=None, sandbox=False, purpose="transactional", user_id=user_id)
    owner = await api.database.fetchval("SELECT organisation_id FROM users WHERE id = $1", user_id)
    sender_id: str = await api.database.fetchval(
        "INSERT INTO senders (id, organisation_id, owner_id, channel, address, name, verified_at)"
        " VALUES ($1, $2, $3, 'email', $4, $5, now()) RETURNING id",
        *(new_id("snd"), owner, user_id, f"shop@{MARK}.example", MARK),
    )
    await api.services.emails.senders.make_key(
        replace(who, organisation=await api.services.accounts.organisation(owner)), sender_id
    )
    return sender_id


async def _text(api: ApiUnderTest, user_id: str) -> str:
    """Return the id of a text of a person that waits."""
    owner = await api.database.fetchval("SELECT organisation_id FROM users WHERE id = $1", user_id)
    message_id: str = await api.database.fetchval(
        "INSERT INTO messages (id, organisation_id, owner_id, channel, sandbox, purpose, to_address, from_address,"
        " text, parts, due_at) VALUES ($1, $2, $3, 'sms', false, 'transactional', '+12125550149', '+12125550148', $4,"
        " 1, now() + interval '1 day') RETURNING id",
        *(new_id("sms"), owner, user_id, f"Hello from {MARK}"),
    )
    return message_id


async def _email(api: ApiUnderTest, user_id: str) -> str:
    """Return the id of an email of a person that waits."""
    owner = await api.database.fetchval("SELECT organisation_id FROM users WHERE id = $1", user_id)
    message_id: str = await api.database.fetchval(
        "INSERT INTO messages (id, organisation_id, owner_id, channel, sandbox, purpose, to_address, from_address,"
        " metadata, due_at) VALUES ($1, $2, $3, 'email', false, 'transactional', 'ann@example.org',"
        " 'shop@example.com', jsonb_build_object('of', $4::text), now() + interval '1 day') RETURNING id",
        *(new_id("eml"), owner, user_id, MARK),
    )
    return message_id


async def _ordered(api: ApiUnderTest, user_id: str, call_id: str) -> str:
    """Return the id of an order of a person, with their call."""
    who = Principal(organisation=api.organisation, key_id=None, sandbox=False, purpose="transactional", user_id=user_id)
    owner = await api.database.fetchval("SELECT organisation_id FROM users WHERE id = $1", user_id)
    who = replace(who, organisation=await api.services.accounts.organisation(owner))
    async with api.database.transaction() as connection:
        order = await api.services.orders.create(
            who, NewOrder(dialect="robocall", name=MARK), [NewItem(call_id=call_id)], connection=connection
        )
    return order.id


def filled(path: str, objects: Mapping[str, str]) -> str:
    """Return a path with every parameter filled in; raises ``KeyError`` for one that ``make_objects`` does not make."""
    return re.sub(r"\{(\w+)\}", lambda found: objects[found[1]], path)


def attacked(value: Any, objects: Mapping[str, str]) -> Any:
    """Return a body in which every id is one of ``objects`` of the same kind, where there is one."""
    if isinstance(value, Mapping):
        return {name: attacked(inner, objects) for name, inner in value.items()}
    if isinstance(value, list):
        return [attacked(inner, objects) for inner in value]
    if isinstance(value, str) and _ID.fullmatch(value):
        by_prefix = {other[:4]: other for other in objects.values() if _ID.fullmatch(other)}
        return by_prefix.get(value[:4], value)
    return value


async def rows_of(database: Database, organisation_id: str) -> set[tuple[str, str]]:
    """Return every row of an organisation in every table, as text, but for the numbers of its events.

    Those are given a moment after the event, whatever else happens.
    """
    tables = await database.fetch(
        "SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_name)"
        " WHERE c.column_name = 'organisation_id' AND c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
        " AND t.table_schema = 'public'"
    )
    found = set()
    for (name,) in tables:
        if name == "event_sequences":
            continue
        row = "(to_jsonb(t) - 'sequence' - 'owner_id')::text" if name == "events" else "t::text"
        rows = await database.fetch(
            f"SELECT {row} AS row FROM {name} t WHERE organisation_id = $1",
            organisation_id,
        )
        found |= {(name, row["row"]) for row in rows}
    own = await database.fetchval("SELECT o::text FROM organisations o WHERE id = $1", organisation_id)
    return found | {("organisations", own)}
