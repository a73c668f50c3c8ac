"""Conversations by the API, and what providers call us with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from cryptography.fernet import Fernet

from callwright.campaigns.texting import TextFeeder
from callwright.clock import SystemClock
from callwright.keyword_calls import FlowCalls
from callwright.messages.gateways.addresses import HookAddresses
from callwright.messages.gateways.proofs import twilio_signature
from callwright.messages.gateways.service import GatewayHooks
from callwright.messages.inbound import InboundText, InboundTexts
from callwright.messages.ledger import MessageLedger
from callwright.messages.routes import NewRoute, RouteView
from callwright.store.secrets import SecretBox
from support.api import CALLER_ID, ApiUnderTest

pytestmark = pytest.mark.postgres

OURS, THEIRS = "+12125550100", "+12125550147"
TOKEN = "12345"
PUBLIC = "https://calls.example.com"


@pytest_asyncio.fixture
async def texts(api: ApiUnderTest) -> AsyncIterator[InboundTexts]:
    yield InboundTexts(api.database, api.services.messages.service)


async def make_route(api: ApiUnderTest, **fields: Any) -> RouteView:
    new: dict[str, Any] = {"channel": "sms", "kind": "smpp", "name": "centre"} | fields
    return await api.services.messages.routes.add(api.organisation.id, NewRoute(**new))


async def write(api: ApiUnderTest, texts: InboundTexts, *said: str, sender: str = THEIRS, lab: bool = False) -> None:
    """Let a person write."""
    routes = await api.services.messages.routes.page(api.organisation.id, channel="sms")
    view = routes[0] if routes else await make_route(api)
    route = await api.services.messages.routes.opened(view.id)
    route = replace(route, kind="lab") if lab else route
    await texts.read(route, [InboundText(sender=sender, recipient=OURS, text=text) for text in said])


async def test_a_conversation_is_read_and_answered(api: ApiUnderTest, texts: InboundTexts) -> None:
    await write(api, texts, "Hello", "Are you there?")
    await write(api, texts, "Me too", sender="+12125550148")
    listed = (await api.live.get("/api/v1/conversations")).json()["conversations"]
    assert [(each["to"], each["unread"], each["last_text"]) for each in listed] == [
        ("+12125550148", 1, "Me too"),
        (THEIRS, 2, "Are you there?"),
    ]
    path = f"/api/v1/conversations/{listed[1]['conversation_id']}"
    said = {"text": "Yes, {NAME} is “here”"}
    answer = await api.live.post(f"{path}/messages", json=said, headers={"Idempotency-Key": "one"})
    assert answer.status_code == 201, answer.text
    again = await api.live.post(f"{path}/messages", json=said, headers={"Idempotency-Key": "one"})
    assert again.json() == answer.json()
    shown = (await api.live.get(f"{path}/messages")).json()["messages"]
    assert [(each["direction"], each["text"], each["status"]) for each in shown] == [
        ("outbound", "Yes, {NAME} is “here”", "queued"),
        ("inbound", "Are you there?", "received"),
        ("inbound", "Hello", "received"),
    ]
    row = await api.database.fetchrow("SELECT * FROM messages WHERE id = $1", answer.json()["message_id"])
    assert row is not None
    assert (row["to_address"], row["from_address"], row["purpose"]) == (THEIRS, OURS, "transactional")
    conversation = (await api.live.get(path)).json()
    assert (conversation["from"], conversation["unread"], conversation["last_direction"]) == (OURS, 0, "outbound")
    # the one that was answered is the newest now
    first = (await api.live.get("/api/v1/conversations", params={"limit": 1})).json()
    assert first["conversations"][0]["conversation_id"] == conversation["conversation_id"]
    rest = (await api.live.get("/api/v1/conversations", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [each["to"] for each in rest["conversations"]] == ["+12125550148"]
    assert rest["next_cursor"] is None


async def test_a_conversation_is_counted_as_read(api: ApiUnderTest, texts: InboundTexts) -> None:
    await write(api, texts, "Hello")
    (unread,) = (await api.live.get("/api/v1/conversations", params={"unread": True})).json()["conversations"]
    assert (await api.live.post(f"/api/v1/conversations/{unread['conversation_id']}/read")).status_code == 204
    assert (await api.live.get("/api/v1/conversations", params={"unread": True})).json()["conversations"] == []
    found = (await api.live.get("/api/v1/conversations", params={"address": THEIRS})).json()["conversations"]
    assert len(found) == 1


async def test_sandbox_and_live_conversations_are_apart(api: ApiUnderTest, texts: InboundTexts) -> None:
    await write(api, texts, "Hello", lab=True)
    assert (await api.live.get("/api/v1/conversations")).json()["conversations"] == []
    (one,) = (await api.sandbox.get("/api/v1/conversations")).json()["conversations"]
    path = f"/api/v1/conversations/{one['conversation_id']}"
    assert (await api.live.get(path)).status_code == 404
    answer = await api.sandbox.post(f"{path}/messages", json={"text": "Hi"})
    assert answer.status_code == 201
    assert await api.database.fetchval("SELECT sandbox FROM messages WHERE id = $1", answer.json()["message_id"])


async def test_what_cannot_be_answered_says_why(api: ApiUnderTest, texts: InboundTexts) -> None:
    await write(api, texts, "Your parcel", sender="PARCELS")
    (one,) = (await api.live.get("/api/v1/conversations")).json()["conversations"]
    path = f"/api/v1/conversations/{one['conversation_id']}/messages"
    assert (await api.live.post(path, json={"text": "Hi"})).status_code == 409
    await write(api, texts, "Hello")
    (one,) = (await api.live.get("/api/v1/conversations", params={"address": THEIRS})).json()["conversations"]
    path = f"/api/v1/conversations/{one['conversation_id']}/messages"
    for text, says in (("  ", "the text is empty"), ("x" * 1600, "parts"), ("", "must")):
        answer = await api.live.post(path, json={"text": text})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "text"
        assert says in answer.json()["errors"][0]["message"]
    assert await api.database.fetchval("SELECT count(*) FROM messages WHERE direction = 'outbound'") == 0
    answer = await api.live.get("/api/v1/conversations", params={"cursor": "12"})
    assert answer.status_code == 400


@dataclass(frozen=True, kw_only=True)
class Hooked:
    """The API with a gateway like Twilio's."""

    api: ApiUnderTest
    route: RouteView
    #: What the gateway calls.
    path: str

    async def call(self, fields: dict[str, str], *, token: str = TOKEN, path: str | None = None) -> httpx.Response:
        """Call with a form, signed as Twilio signs."""
        body, where = urlencode(fields).encode(), path or self.path
        signature = twilio_signature(token, PUBLIC + where, body)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        return await self.api.nobody.post(where, content=body, headers=headers)


@pytest_asyncio.fixture
async def hooked(api: ApiUnderTest, texts: InboundTexts) -> Hooked:
    addresses = HookAddresses(SecretBox(Fernet.generate_key()), PUBLIC)
    messages = api.services.messages
    ledger = MessageLedger(api.database)
    hooks = GatewayHooks(SystemClock(), routes=messages.routes, ledger=ledger, keep=texts.read, addresses=addresses)
    api.app.state.services = replace(api.services, gateways=hooks)
    options = {"preset": "twilio", "values": {"account": "AC1"}}
    route = await make_route(api, kind="http", name="provider", options=options, secrets={"token": TOKEN})
    return Hooked(api=api, route=route, path=addresses.path(route.id))


RECEIVED = {"MessageSid": "SM1", "SmsStatus": "received", "From": THEIRS, "To": OURS, "Body": "Hello"}


async def test_a_provider_brings_texts_once(hooked: Hooked) -> None:
    for _ in range(2):
        answer = await hooked.call(RECEIVED)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
        assert answer.text.endswith("<Response/>")
    (one,) = (await hooked.api.live.get("/api/v1/conversations")).json()["conversations"]
    assert (one["to"], one["last_text"], one["unread"]) == (THEIRS, "Hello", 1)


async def test_a_provider_tells_what_became_of_a_message(hooked: Hooked) -> None:
    database = hooked.api.database
    await database.execute(
        "INSERT INTO messages (id, organisation_id, channel, sandbox, purpose, to_address, from_address, text, parts,"
        " status, route_id) VALUES ('sms_1', $1, 'sms', false, 'transactional', $2, $3, 'Hi', 1, 'sent', $4)",
        *(hooked.api.organisation.id, THEIRS, OURS, hooked.route.id),
    )
    await database.execute(
        "INSERT INTO message_parts (route_id, provider_id, message_id, part) VALUES ($1, 'SM9', 'sms_1', 1)",
        hooked.route.id,
    )
    for status in ("sent", "delivered", "sent"):
        assert (await hooked.call({"MessageSid": "SM9", "MessageStatus": status})).status_code == 200
    assert await database.fetchval("SELECT status FROM messages WHERE id = 'sms_1'") == "delivered"
    # one that comes before the answer to its message waits for it
    assert (
        await hooked.call({"MessageSid": "SM8", "MessageStatus": "failed", "ErrorCode": "30003"})
    ).status_code == 200
    assert await database.fetchval("SELECT provider_id FROM early_receipts") == "SM8"


async def test_nobody_else_speaks_for_a_provider(hooked: Hooked) -> None:
    assert (await hooked.call(RECEIVED, token="54321")).status_code == 403
    assert (await hooked.call(RECEIVED, path=f"{hooked.path}x")).status_code == 404
    assert (await hooked.call(RECEIVED, path="/gateways/rte_nobody/secret")).status_code == 404
    assert await hooked.api.database.fetchval("SELECT count(*) FROM messages") == 0
    unsigned = await hooked.api.nobody.get(hooked.path)
    assert unsigned.status_code == 403


COLLEAGUE = "+12125550188"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/sms", {"to": THEIRS, "message": "Will you come?", "forward_replies_to": "(212) 555-0188"}),
        (
            "/api/v1/campaigns",
            {
                "name": "Party",
                "channels": ["sms"],
                "message": "Will you come?",
                "sms": {"forward_replies_to": COLLEAGUE},
                "recipients": [{"to": THEIRS}],
                "start": True,
            },
        ),
    ],
)
async def test_answers_go_on_to_whom_the_text_says(
    api: ApiUnderTest, texts: InboundTexts, path: str, body: dict[str, Any]
) -> None:
    view = await make_route(api)
    # a campaign keeps to the hours of those it writes to
    await api.database.execute("UPDATE organisations SET calling_from = NULL, calling_until = NULL")
    answer = await api.live.post(path, json=body)
    assert answer.status_code == 201, answer.text
    await TextFeeder(api.database, api.services.clock).feed()
    ours = await api.database.fetchval("SELECT from_address FROM messages")
    route = await api.services.messages.routes.opened(view.id)
    await texts.read(route, [InboundText(sender=THEIRS, recipient=ours, text="Yes")])
    forwarded = await api.database.fetchrow("SELECT to_address, text FROM messages WHERE automatic = 'forward'")
    assert forwarded is not None
    assert tuple(forwarded) == (COLLEAGUE, f"{THEIRS}: Yes")
    campaign_id = await api.database.fetchval("SELECT campaign_id FROM messages WHERE direction = 'inbound'")
    assert campaign_id == answer.json().get("campaign_id")


async def test_where_answers_go_is_checked(api: ApiUnderTest) -> None:
    await make_route(api)
    for path, body, field in (
        ("/api/v1/sms", {"to": THEIRS, "message": "Hi", "forward_replies_to": "12"}, "forward_replies_to"),
        (
            "/api/v1/campaigns",
            {
                "name": "P",
                "channels": ["sms"],
                "message": "Hi",
                "sms": {"forward_replies_to": "http://"},
                "recipients": [],
            },
            "sms.forward_replies_to",
        ),
    ):
        answer = await api.live.post(path, json=body)
        assert answer.status_code == 400
        assert field in [error["field"] for error in answer.json()["errors"]]


async def test_a_keyword_calls_with_a_saved_flow(api: ApiUnderTest) -> None:
    flow = {"steps": [{"type": "say", "text": "You wrote {keyword}. Hello!"}]}
    made = (await api.live.post("/api/v1/flows", json={"name": "Call me", "draft": flow})).json()
    await api.live.post(f"/api/v1/flows/{made['flow_id']}/publish", json={"revision": 1})
    calls = FlowCalls(
        api.services.saved_flows, api.services.numbers, api.services.calls, capabilities=api.services.capabilities
    )
    texts = InboundTexts(api.database, api.services.messages.service, calls=calls)
    keywords = [
        {"words": ["call"], "flow_id": made["flow_id"]},
        {"words": ["gone"], "flow_id": "flo_gone", "reply": "We are sorry."},
    ]
    rules = {"address": OURS, "channel": "sms", "inbound": {"keywords": keywords}}
    added = await api.live.post("/api/v1/senders", json=rules)
    assert added.status_code == 201, added.text
    await write(api, texts, "CALL", "gone")
    (call,) = (await api.live.get("/api/v1/calls")).json()["calls"]
    assert (call["to"], call["from"], call["status"]) == (THEIRS, CALLER_ID, "queued")
    row = await api.database.fetchrow("SELECT variables, metadata, purpose FROM calls")
    assert row is not None
    assert (row["variables"]["keyword"], row["purpose"]) == ("call", "transactional")
    # a flow that is gone starts nothing, and the rest happens all the same
    kinds = await api.database.fetch("SELECT automatic, text FROM messages WHERE automatic IS NOT NULL")
    assert [tuple(kind) for kind in kinds] == [("keyword", "We are sorry.")]


async def test_a_receipt_tells_of_a_message_whose_answer_was_lost(hooked: Hooked) -> None:
    database = hooked.api.database
    other = await make_route(hooked.api, name="other")
    for message_id, route_id in (("sms_1", hooked.route.id), ("sms_2", other.id)):
        await database.execute(
            "INSERT INTO messages (id, organisation_id, channel, sandbox, purpose, to_address, from_address, text,"
            " parts, status, route_id, ended_at)"
            " VALUES ($1, $2, 'sms', false, 'transactional', $3, $4, 'Hi', 3, 'unknown', $5, now())",
            *(message_id, hooked.api.organisation.id, THEIRS, OURS, route_id),
        )
    for message_id, sid in (("sms_1", "SM9"), ("sms_2", "SM8")):
        told = {"MessageSid": sid, "MessageStatus": "delivered"}
        assert (await hooked.call(told, path=f"{hooked.path}?message={message_id}")).status_code == 200
    # what another route sent is none of this provider's business
    rows = await database.fetch("SELECT status FROM messages ORDER BY id")
    assert [row["status"] for row in rows] == ["delivered", "unknown"]
