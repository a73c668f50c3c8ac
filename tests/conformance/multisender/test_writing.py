"""Texts and mails: every field of the document, what people get, and the same messages through the native API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callwright.messages.routes import NewRoute
from support.money import meter
from support.multisender import Program, conforms, examples
from support.proofs import proves

pytestmark = pytest.mark.postgres

ZONE = ZoneInfo("America/New_York")


def on_clock(when: timedelta) -> str:
    return (datetime.now(UTC) + when).astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


@pytest.fixture(scope="module")
async def writer(program: Program) -> Program:
    """A program whose texts and mails the lab carries."""
    for channel in ("sms", "email"):
        await program.api.services.messages.routes.add(
            program.organisation.id, NewRoute(channel=channel, kind="lab", name=f"lab-{channel}")
        )
    return program


def sms(*receivers: Mapping[str, Any], when: timedelta | None = None, **fields: Any) -> dict[str, Any]:
    body = {
        "message": "Hello {firstName} {lastName}, account {accountId}",
        "sender": "+18005550199",
        "actionTime": None if when is None else on_clock(when),
        "receivers": list(receivers),
        **fields,
    }
    assert set(body) == set(examples()["POST /smses body"]) == set(examples()["PUT /smses/{id} body"])
    return body


def email(*receivers: Mapping[str, Any], when: timedelta | None = None, **fields: Any) -> dict[str, Any]:
    body = {
        "messageHtml": "<p>Hello <b>{firstName}</b></p>",
        "messageText": "Hello {firstName}",
        "subject": "For {lastName}",
        "fromEmail": "shop@example.com",
        "fromName": "The shop",
        "actionTime": None if when is None else on_clock(when),
        "receivers": list(receivers),
        **fields,
    }
    assert set(body) == set(examples()["POST /emails body"]) == set(examples()["PUT /emails/{id} body"])
    return body


async def messages(program: Program, number: str) -> list[dict[str, Any]]:
    """Return the messages of an order that are not cancelled, as the native API shows them, by whom they are for."""
    orders = (await program.api.sandbox.get("/api/v1/orders", params={"number": number})).json()["orders"]
    (order,) = [order for order in orders if str(order["number"]) == number]
    detail = (await program.api.sandbox.get(f"/api/v1/orders/{order['order_id']}")).json()
    shown = []
    for part in detail["parts"]:
        path = "sms" if order["kind"] == "smses" else "emails"
        shown.append((await program.api.sandbox.get(f"/api/v1/{path}/{part['message_id']}")).json())
    return sorted(shown, key=lambda message: str(message["to"]))


async def people(program: Program) -> tuple[str, str]:
    """Return the ids of an account with a number and an address, and of a group with another in it."""
    ann = await program.made(
        "/accounts", {"firstName": "Ann", "lastName": "Lee", "phone": "+12125550201", "email": "ann@example.com"}
    )
    bob = await program.made("/accounts", {"firstName": "Bob", "phone": "+12125550202", "email": "bob@example.com"})
    group = await program.made("/groups", {"name": f"of {ann['accountId']}", "description": ""})
    path = f"/groups/{group['groupId']}/accounts"
    await program.ask("POST", path, [{"accountId": bob["accountId"]}], status=201)
    return ann["accountId"], group["groupId"]


@proves("sms: *", "receiver: twice")
async def test_a_text_goes_to_accounts_groups_and_numbers(writer: Program) -> None:
    ann, group = await people(writer)
    receivers = [{"accountId": ann}, {"groupId": group}, {"phone": "+12125550203"}, {"phone": "+12125550201"}]
    made = await writer.made("/smses", sms(*receivers))
    assert (made["editable"], made["priceEstimateInCents"], made["sender"]) == ("n", 0.0, "+18005550199")
    assert [(each["accountId"] is None, each["groupId"]) for each in made["receivers"]] == [
        (False, None),
        (True, group),
        (False, None),
        (False, None),
    ]
    sent = await messages(writer, made["smsId"])
    # who was named twice gets one text
    new = made["receivers"][2]["accountId"]
    assert [message["text"] for message in sent] == [
        f"Hello Ann Lee, account {ann}",
        sent[1]["text"],
        "Hello  , account ",
    ]
    assert sent[1]["text"].startswith("Hello Bob , account ")
    assert (await writer.ask("GET", f"/accounts/{new}"))["phone"] == "+12125550203"
    conforms(await writer.ask("GET", "/smses"), examples()["GET /smses"])
    conforms(await writer.ask("GET", f"/smses/{made['smsId']}"), examples()["GET /smses/{id}"])
    listed = await writer.ask("GET", f"/smses/{made['smsId']}/receivers")
    conforms(listed, examples()["GET /smses/{id}/receivers"])
    assert [each["numberOfAccounts"] for each in listed] == [None, 1, None, None]
    await writer.refused("PUT", f"/smses/{made['smsId']}", {"message": "x"}, None, status=409)
    await writer.refused("DELETE", f"/smses/{made['smsId']}", None, None, status=409)


@proves("sms: message", "sms: actionTime", "sms: editable", "sms: receivers")
async def test_a_text_is_changed_and_deleted_until_its_time(writer: Program) -> None:
    made = await writer.made("/smses", sms({"phone": "+12125550204"}, when=timedelta(hours=1), message="One"))
    path = f"/smses/{made['smsId']}"
    assert made["editable"] == "y"
    body = sms({"phone": "+12125550205"}, when=timedelta(hours=2), message="Two")
    changed = await writer.ask("PUT", path, body)
    conforms(changed, examples()["PUT /smses/{id}"])
    assert (changed["message"], changed["actionTime"]) == ("Two", body["actionTime"])
    (message,) = await messages(writer, made["smsId"])
    assert (message["to"], message["text"], message["status"]) == ("+12125550205", "Two", "queued")
    changed = await writer.ask("PUT", path, {"message": "Three"})
    assert [each["phone"] for each in changed["receivers"]] == ["+12125550205"]
    (message,) = await messages(writer, made["smsId"])
    assert message["text"] == "Three"
    waiting = await writer.api.sandbox.get("/api/v1/sms", params={"address": "+12125550204", "status": "queued"})
    assert waiting.json()["messages"] == []
    await writer.ask("DELETE", path, status=204)
    await writer.refused("GET", path, None, None, status=404)
    waiting = await writer.api.sandbox.get("/api/v1/sms", params={"address": "+12125550205", "status": "queued"})
    assert waiting.json()["messages"] == []


async def test_a_text_can_be_deleted_when_it_has_left(writer: Program) -> None:
    made = await writer.made("/smses", sms({"phone": "+12125550206"}, message="Hi"))
    await writer.api.database.execute("UPDATE messages SET status = 'delivered' WHERE to_address = $1", "+12125550206")
    await writer.ask("DELETE", f"/smses/{made['smsId']}", status=204)


@proves("sms: message", "sms: sender", "sms: actionTime", "sms: receivers")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"message": None}, "message"),
        ({"message": ["x"]}, "message"),
        ({"message": "Hello {colour}"}, "message"),
        ({"sender": {"x": 1}}, "sender"),
        ({"actionTime": "soon"}, "actionTime"),
        ({"receivers": None}, "receivers"),
        ({"receivers": [{"accountId": "999999"}]}, "receivers[0].accountId"),
        ({"receivers": [{"phone": "x"}]}, "receivers[0].phone"),
    ],
)
async def test_a_wrong_field_of_a_text_is_named(writer: Program, fields: dict[str, Any], field: str) -> None:
    before = await writer.ask("GET", "/smses")
    await writer.refused("POST", "/smses", sms({"phone": "+12125550207"}, **fields), field)
    assert await writer.ask("GET", "/smses") == before


@proves("sms: actionTime", "mail: actionTime", "sms: editable")
async def test_a_time_that_has_passed_is_now(writer: Program) -> None:
    """A program that means now writes the time of its own clock."""
    for path, body, name in (
        ("/smses", sms({"phone": "+12125550209"}, when=-timedelta(seconds=5)), "smsId"),
        ("/emails", email({"email": "gus@example.com"}, when=-timedelta(seconds=5)), "emailId"),
    ):
        made = await writer.made(path, body)
        assert (made["editable"], made["actionTime"]) == ("n", body["actionTime"])
        (message,) = await messages(writer, made[name])
        assert message["status"] == "queued"


@proves("sms: priceEstimateInCents")
async def test_the_estimate_is_that_of_the_price_list(live: Program) -> None:
    services, organisation = live.api.services, live.organisation
    await services.messages.routes.add(organisation.id, NewRoute(channel="sms", kind="smpp", name="carrier"))
    await meter(live.api.database, organisation.id)
    services.accounts.key_service.cache.clear()
    try:
        people = [{"phone": "+12125550210"}, {"phone": "+12125550211"}]
        body = sms(*people, when=timedelta(hours=3), message="One part")
        made = await live.made("/smses", body)
        # 0.75 cents a part
        assert made["priceEstimateInCents"] == pytest.approx(1.5)
        path = f"/smses/{made['smsId']}"
        changed = await live.ask("PUT", path, {"message": "x" * 161})
        assert changed["priceEstimateInCents"] == pytest.approx(3.0)
        await live.ask("DELETE", path, status=204)
    finally:
        await live.api.database.execute("UPDATE organisations SET rate_plan_id = NULL WHERE id = $1", organisation.id)
        services.accounts.key_service.cache.clear()


@proves("sms: sender", "mail: fromEmail")
async def test_a_live_text_needs_a_proved_sender(live: Program) -> None:
    await live.refused("POST", "/smses", sms({"phone": "+12125550208"}, sender="+12125550999"), "sender")
    await live.refused("POST", "/emails", email({"email": "cy@example.com"}, fromEmail="me@example.org"), "fromEmail")


@proves("mail: *", "receiver: email")
async def test_a_mail_goes_to_accounts_groups_and_addresses(writer: Program) -> None:
    ann, group = await people(writer)
    made = await writer.made("/emails", email({"accountId": ann}, {"groupId": group}, {"email": "New@example.com"}))
    assert (made["fromName"], made["priceEstimateInCents"]) == ("The shop", 0.0)
    sent = await messages(writer, made["emailId"])
    assert [(message["to"], message["subject"]) for message in sent] == [
        ("ann@example.com", "For Lee"),
        ("bob@example.com", "For"),
        ("new@example.com", "For"),
    ]
    assert "Hello Ann" in sent[0]["text"]
    new = made["receivers"][2]["accountId"]
    assert (await writer.ask("GET", f"/accounts/{new}"))["email"] == "new@example.com"
    conforms(await writer.ask("GET", "/emails"), examples()["GET /emails"])
    conforms(await writer.ask("GET", f"/emails/{made['emailId']}"), examples()["GET /emails/{id}"])


@proves("mail: subject", "mail: fromName", "mail: actionTime", "mail: editable")
async def test_a_mail_is_changed_and_deleted_until_its_time(writer: Program) -> None:
    made = await writer.made("/emails", email({"email": "dee@example.com"}, when=timedelta(hours=1)))
    path = f"/emails/{made['emailId']}"
    body = email({"email": "eve@example.com"}, when=timedelta(hours=2), subject="Again")
    changed = await writer.ask("PUT", path, body)
    conforms(changed, examples()["PUT /emails/{id}"])
    changed = await writer.ask("PUT", path, {"fromName": "Shop two"})
    assert (changed["subject"], changed["fromName"], changed["actionTime"]) == ("Again", "Shop two", body["actionTime"])
    (message,) = await messages(writer, made["emailId"])
    assert (message["to"], message["subject"]) == ("eve@example.com", "Again")
    await writer.ask("DELETE", path, status=204)
    await writer.refused("GET", path, None, None, status=404)


@proves(
    "mail: subject",
    "mail: messageHtml",
    "mail: messageText",
    "mail: fromEmail",
    "mail: fromName",
    "mail: actionTime",
    "mail: receivers",
)
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"subject": None}, "subject"),
        ({"messageHtml": None, "messageText": None}, "messageText"),
        ({"messageText": {"x": 1}}, "messageText"),
        ({"messageHtml": ["x"]}, "messageHtml"),
        ({"fromEmail": "me"}, "fromEmail"),
        ({"fromName": "two\nlines"}, "fromName"),
        ({"actionTime": 7}, "actionTime"),
        ({"receivers": []}, "receivers"),
        ({"receivers": [{"email": "x"}]}, "receivers[0].email"),
        ({"receivers": [{"phone": "+12125550100"}]}, "receivers[0]"),
    ],
)
async def test_a_wrong_field_of_a_mail_is_named(writer: Program, fields: dict[str, Any], field: str) -> None:
    await writer.refused("POST", "/emails", email({"email": "flo@example.com"}, **fields), field)
