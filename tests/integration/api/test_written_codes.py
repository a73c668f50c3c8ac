"""Codes by text: of people, and of caller ids. They are written nowhere but on the telephone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from callwright.flows.sealed import MARK
from callwright.messages.claims import MessageClaims
from callwright.messages.ledger import MessageLedger
from callwright.messages.models import Outgoing, Receipt, Sent, SentPart
from callwright.messages.routes import NewRoute
from callwright.messages.senders import SenderLease
from support.api import CALLER_ID, ApiUnderTest

pytestmark = pytest.mark.postgres

PERSON = "+12125550142"
CODE = "8361927450"


async def open_route(api: ApiUnderTest, kind: str = "smpp") -> SenderLease:
    new = NewRoute(channel="sms", kind=kind, name=f"{kind}-texts", shared=kind == "lab")
    await api.services.messages.routes.add(api.organisation.id, new)
    sender = SenderLease(api.database, node="node1")
    await sender.renew()
    return sender


async def claim(api: ApiUnderTest, sender: SenderLease) -> list[Outgoing]:
    routes = await api.services.messages.routes.own(sender.id, ["sms"])
    claims = MessageClaims(api.database, api.services.clock, unseal=api.services.verifications.secrets.open)
    return await claims.claim(sender.id, {route.id: 10 for route in routes})


async def settle(api: ApiUnderTest, sender: SenderLease, message: Outgoing, **said: Any) -> MessageLedger:
    ledger = MessageLedger(api.database)
    await ledger.settle(sender.id, [(message, Sent(message_id=message.id, **said))])
    return ledger


async def test_a_code_by_text_is_sent_and_comes_back(api: ApiUnderTest) -> None:
    sender = await open_route(api)
    body = {"to": PERSON, "method": "sms", "pin": CODE, "language": "es"}
    sent = (await api.live.post("/api/v1/verifications", json=body)).json()
    assert (sent["method"], sent["state"], sent["call_id"], sent["code"]) == ("sms", "pending", None, None)
    (message,) = await claim(api, sender)
    assert (message.id, message.to_address, message.from_address) == (sent["message_id"], PERSON, CALLER_ID)
    assert CODE in (message.text or "")
    ledger = await settle(api, sender, message, verdict="sent", parts=[SentPart(provider_id="p1")])
    await ledger.receipts(message.route_id, [Receipt(provider_id="p1", state="delivered")])
    path = f"/api/v1/verifications/{sent['verification_id']}"
    assert (await api.live.post(f"{path}/check", json={"code": "1111111111"})).json()["valid"] is False
    assert (await api.live.post(f"{path}/check", json={"code": CODE})).json()["valid"] is True
    # what was sealed beside the text is forgotten
    await ledger.sweep()
    assert await api.database.fetchval("SELECT sealed FROM messages") is None


async def test_a_written_code_is_written_nowhere(api: ApiUnderTest) -> None:
    await open_route(api)
    answer = await api.live.post("/api/v1/verifications", json={"to": PERSON, "method": "sms", "pin": CODE})
    assert answer.status_code == 201, answer.text
    tables = await api.database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        rows = await api.database.fetch(f'SELECT to_jsonb(t) AS row FROM "{table}" t')
        assert CODE.encode() not in orjson.dumps([row["row"] for row in rows]), table
    shown = await api.live.get(f"/api/v1/sms/{answer.json()['message_id']}")
    assert shown.status_code == 200
    assert MARK not in shown.text
    assert "\u2022\u2022" in shown.json()["text"]


async def test_a_text_that_does_not_arrive_ends_the_verification(api: ApiUnderTest) -> None:
    sender = await open_route(api)
    sent = (await api.live.post("/api/v1/verifications", json={"to": PERSON, "method": "sms"})).json()
    (message,) = await claim(api, sender)
    await settle(api, sender, message, verdict="failed", reason="no such number", provider_status="ESME_RINVDSTADR")
    shown = (await api.live.get(f"/api/v1/verifications/{sent['verification_id']}")).json()
    assert shown["state"] == "failed"
    assert "no such number" in shown["reason"]
    events = await api.database.fetch("SELECT body FROM events WHERE type = 'verification.failed'")
    assert [event["body"]["message_id"] for event in events] == [message.id]


async def test_a_cancelled_code_is_not_sent(api: ApiUnderTest) -> None:
    sender = await open_route(api)
    sent = (await api.live.post("/api/v1/verifications", json={"to": PERSON, "method": "sms"})).json()
    assert (await api.live.post(f"/api/v1/verifications/{sent['verification_id']}/cancel")).status_code == 200
    assert await claim(api, sender) == []


async def test_a_caller_id_is_proved_by_a_text(api: ApiUnderTest) -> None:
    sender = await open_route(api)
    number = {"number": "+12125550177", "method": "sms", "language": "de"}
    answer = await api.live.post("/api/v1/numbers", json=number)
    assert answer.status_code == 201, answer.text
    sent = answer.json()
    assert (sent["method"], sent["call_id"], sent["code"]) == ("sms", None, None)
    (message,) = await claim(api, sender)
    assert message.id == sent["message_id"]
    code = "".join(character for character in message.text or "" if character.isdigit())
    proved = await api.live.post(f"/api/v1/numbers/{sent['number']['number_id']}/verify", json={"code": code})
    assert (proved.json()["valid"], proved.json()["number"]["verified_by"]) == (True, "sms")


async def test_the_sandbox_shows_the_code(api: ApiUnderTest) -> None:
    await open_route(api, "lab")
    sent = (await api.sandbox.post("/api/v1/verifications", json={"to": PERSON, "method": "sms"})).json()
    path = f"/api/v1/verifications/{sent['verification_id']}/check"
    assert (await api.sandbox.post(path, json={"code": sent["code"]})).json()["valid"] is True


async def test_without_a_route_nothing_is_promised(api: ApiUnderTest) -> None:
    for path, body in (
        ("/api/v1/verifications", {"to": PERSON, "method": "sms"}),
        ("/api/v1/numbers", {"number": "+12125550177", "method": "sms"}),
    ):
        answer = await api.live.post(path, json=body)
        assert answer.status_code == 409
        assert "route" in answer.json()["detail"]
    assert await api.database.fetchval("SELECT count(*) FROM verifications") == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": PERSON, "method": "sms", "voice": "en-US-F"}, "voice"),
        ({"to": PERSON, "method": "sms", "language": "xx"}, "language"),
        ({"to": PERSON, "method": "sms", "pin": "1234", "code_length": 6}, "code_length"),
        ({"to": PERSON, "method": "text"}, "method"),
    ],
)
async def test_what_is_wrong_is_named(api: ApiUnderTest, body: dict[str, Any], field: str) -> None:
    await open_route(api)
    answer = await api.live.post("/api/v1/verifications", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
