"""Texts over the API: what is accepted, what it would cost, what is refused with the field that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from callwright.messages.routes import NewRoute
from support.api import CALLER_ID, ApiUnderTest
from support.money import meter

TO = "+12125550101"


async def open_routes(api: ApiUnderTest) -> None:
    """Let live texts be carried, and the lab's."""
    for kind in ("smpp", "lab"):
        await api.services.messages.routes.add(
            api.organisation.id, NewRoute(channel="sms", kind=kind, name=f"route-{kind}")
        )


async def test_one_text(api: ApiUnderTest) -> None:
    await open_routes(api)
    body = {"to": TO, "message": "Hi {NAME}", "variables": {"NAME": "Ada"}, "metadata": {"order": 7}}
    answer = await api.live.post("/api/v1/sms", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert {name: made[name] for name in ("to", "from", "status", "parts", "encoding")} == {
        "to": TO,
        "from": CALLER_ID,
        "status": "queued",
        "parts": 1,
        "encoding": "gsm7",
    }
    shown = (await api.live.get(f"/api/v1/sms/{made['message_id']}")).json()
    assert (shown["text"], shown["metadata"], shown["decisions"]) == ("Hi Ada", {"order": 7}, [])
    listed = (await api.live.get("/api/v1/sms", params={"address": TO, "status": "queued"})).json()
    assert [message["message_id"] for message in listed["messages"]] == [made["message_id"]]
    assert (await api.sandbox.get(f"/api/v1/sms/{made['message_id']}")).status_code == 404


async def test_a_batch_and_its_repeat(api: ApiUnderTest) -> None:
    await open_routes(api)
    body = {
        "message": "Hi {NAME}",
        "messages": [{"to": TO, "variables": {"NAME": "Ada"}}, {"to": "+12125550102", "message": "Hello"}],
    }
    headers = {"Idempotency-Key": "snow"}
    first = await api.live.post("/api/v1/sms", json=body, headers=headers)
    again = await api.live.post("/api/v1/sms", json=body, headers=headers)
    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    assert len((await api.live.get("/api/v1/sms")).json()["messages"]) == 2


async def test_a_dry_run_tells_parts_and_cost(api: ApiUnderTest) -> None:
    await meter(api.database, api.organisation.id)
    long = "x" * 300 + "…"
    body = {"to": [TO, "+12125550102"], "message": long, "dry_run": True}
    shown = (await api.live.post("/api/v1/sms", json=body)).json()
    first = shown["messages"][0]
    assert (first["parts"], first["encoding"], first["outside_gsm7"]) == (5, "ucs2", ["…"])
    assert (first["estimated_cost"], shown["estimated_cost"], shown["currency"]) == ("0.0375", "0.075", "EUR")
    plain = (await api.live.post("/api/v1/sms", json=body | {"replace_typography": True})).json()
    assert (plain["messages"][0]["parts"], plain["messages"][0]["encoding"]) == (2, "gsm7")
    assert (await api.live.get("/api/v1/sms")).json()["messages"] == []


async def test_what_is_wrong_is_named_and_nothing_is_sent(api: ApiUnderTest) -> None:
    await open_routes(api)
    wrong: list[tuple[dict[str, object], str]] = [
        ({"message": "Hi"}, "to"),
        ({"to": TO}, "message"),
        ({"to": TO, "message": " "}, "message"),
        ({"to": TO, "message": "Hi {NAME}"}, "message"),
        ({"to": TO, "message": "x" * 1600}, "message"),
        ({"to": TO, "message": "x" * 200, "max_parts": 1}, "message"),
        ({"to": TO, "message": "Hi", "from": "Nobody"}, "from"),
        ({"to": TO, "message": "Hi", "from": "Far too long a name"}, "from"),
        ({"to": TO, "message": "Hi", "from": "+12125550177"}, "from"),
        ({"to": "911", "message": "Hi"}, "to"),
        ({"to": "+442071838750", "message": "Hi"}, "to"),
        ({"to": TO, "message": "Hi", "template": "Reminder"}, "template"),
        ({"to": TO, "template": "Reminder"}, "template"),
        ({"to": TO, "message": "Hi", "media_urls": ["http://127.0.0.1/a.png"]}, "media_urls[0]"),
        ({"to": TO, "message": "Hi", "webhook_events": ["sms.lost"]}, "webhook_events[0]"),
        ({"to": TO, "message": "Hi", "expires_at": "2020-01-01T10:00:00Z"}, "expires_at"),
        ({"to": TO, "message": "Hi", "colour": "red"}, "colour"),
        ({"to": [TO, "12"], "message": "Hi"}, "to[1]"),
        ({"messages": [{"to": TO, "message": "Hi"}, {"to": TO}]}, "messages[1].message"),
        ({"messages": []}, "messages"),
    ]
    for body, field in wrong:
        answer = await api.live.post("/api/v1/sms", json=body)
        assert answer.status_code == 400, (body, answer.text)
        assert field in [error["field"] for error in answer.json()["errors"]], (body, answer.text)
    assert (await api.live.get("/api/v1/sms")).json()["messages"] == []


async def test_of_a_batch_the_good_ones_on_request(api: ApiUnderTest) -> None:
    await open_routes(api)
    answer = await api.live.post("/api/v1/sms", json={"to": [TO, "12"], "message": "Hi", "partial": True})
    assert answer.status_code == 201, answer.text
    assert [message["index"] for message in answer.json()["messages"]] == [0]
    assert answer.json()["errors"][0]["field"] == "to[1]"


async def test_without_a_route_nothing_is_taken(api: ApiUnderTest) -> None:
    answer = await api.live.post("/api/v1/sms", json={"to": TO, "message": "Hi"})
    assert answer.status_code == 409
    assert "callwright routes add" in answer.text
    await open_routes(api)
    pictures = {"to": TO, "media_urls": ["https://example.com/a.png"]}
    assert (await api.live.post("/api/v1/sms", json=pictures)).status_code == 409
    assert (await api.sandbox.post("/api/v1/sms", json=pictures)).status_code == 201


async def test_a_text_that_waits_can_be_cancelled_once(api: ApiUnderTest) -> None:
    await open_routes(api)
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    made = (await api.live.post("/api/v1/sms", json={"to": TO, "message": "Hi", "scheduled_at": later})).json()
    path = f"/api/v1/sms/{made['message_id']}/cancel"
    assert (await api.live.post(path)).json()["status"] == "cancelled"
    assert (await api.live.post(path)).status_code == 409


async def test_senders_are_proved_and_the_default_is_taken(api: ApiUnderTest) -> None:
    await open_routes(api)
    made = await api.live.post("/api/v1/senders", json={"channel": "sms", "address": "ElmDental", "default": True})
    assert made.status_code == 201, made.text
    sender = made.json()
    assert sender["verified"] is False
    refused = await api.live.post("/api/v1/sms", json={"to": TO, "message": "Hi", "from": "ElmDental"})
    assert refused.status_code == 400
    await api.services.messages.senders.verify(api.organisation.id, sender["sender_id"])
    taken = (await api.live.post("/api/v1/sms", json={"to": TO, "message": "Hi"})).json()
    assert taken["from"] == "ElmDental"
    number = (await api.live.post("/api/v1/senders", json={"channel": "sms", "address": CALLER_ID})).json()
    assert number["verified_by"] == "number"
    rules = {"keywords": [{"words": ["HOURS"], "reply": "9 to 5"}]}
    changed = await api.live.patch(f"/api/v1/senders/{number['sender_id']}", json={"default": True, "inbound": rules})
    assert changed.json()["inbound"]["keywords"][0]["reply"] == "9 to 5"
    listed = (await api.live.get("/api/v1/senders")).json()["senders"]
    assert [each["default"] for each in listed] == [True, False]
    assert (await api.live.delete(f"/api/v1/senders/{sender['sender_id']}")).status_code == 204
    assert (await api.live.post("/api/v1/senders", json={"channel": "sms", "address": CALLER_ID})).status_code == 409


async def test_templates_are_texts_with_a_name(api: ApiUnderTest) -> None:
    await open_routes(api)
    body = {"channel": "sms", "name": "Reminder", "body": {"text": "Hi {NAME}"}}
    made = await api.live.post("/api/v1/templates", json=body)
    assert made.json()["placeholders"] == ["NAME"], made.text
    path = f"/api/v1/templates/{made.json()['template_id']}"
    assert (await api.live.post("/api/v1/templates", json=body)).status_code == 409
    sent = await api.live.post("/api/v1/sms", json={"to": TO, "template": "Reminder", "variables": {"name": "Ada"}})
    assert (await api.live.get(f"/api/v1/sms/{sent.json()['message_id']}")).json()["text"] == "Hi Ada"
    wrong = await api.live.patch(path, json={"body": {"html": "<p>Hi</p>"}})
    assert wrong.json()["errors"][0]["field"] == "body.html"
    assert (await api.live.patch(path, json={"body": {"text": "Hello {NAME}"}})).json()["body"][
        "text"
    ] == "Hello {NAME}"
    assert (await api.live.delete(path)).status_code == 204
    assert (await api.live.get(path)).status_code == 404


async def test_a_campaign_writes_what_its_recipients_fill_in(api: ApiUnderTest) -> None:
    refused = await api.live.post(
        "/api/v1/campaigns", json={"channels": ["sms"], "message": "Hi", "recipients": [TO], "start": False}
    )
    assert refused.json()["errors"][0]["field"] == "channels"
    await open_routes(api)
    body = {
        "channels": ["sms"],
        "sms": {"message": "Hi {NAME}"},
        "recipients": [{"to": TO, "variables": {"NAME": "Ada"}}],
        "start": False,
    }
    made = await api.live.post("/api/v1/campaigns", json=body)
    assert made.status_code == 201, made.text
    wrong: list[tuple[dict[str, object], str]] = [
        ({"recipients": [TO]}, "recipients[0].variables"),
        ({"hunt": True}, "hunt"),
        ({"sms": {"message": "Hi", "from": "Nobody"}}, "sms.from"),
        ({"sms": {"message": "x" * 2000}}, "sms.message"),
        ({"channels": ["call"], "message": "Hi"}, "sms"),
    ]
    for change, field in wrong:
        answer = await api.live.post("/api/v1/campaigns", json=body | change)
        assert field in [error["field"] for error in answer.json()["errors"]], (change, answer.text)
    shown = (await api.live.get(f"/api/v1/campaigns/{made.json()['campaign_id']}")).json()
    assert shown["channels"] == ["sms"]
    assert (shown["sms"]["message"], shown["sms"]["from"]) == ("Hi {NAME}", CALLER_ID)
    path = f"/api/v1/campaigns/{made.json()['campaign_id']}"
    slower = (await api.live.patch(path, json={"calls_per_second": 5})).json()
    assert (slower["channels"], slower["sms"]) == (["sms"], shown["sms"])
    other = (await api.live.patch(path, json={"sms": {"message": "Hello {NAME}"}})).json()
    assert other["sms"]["message"] == "Hello {NAME}"
    copy = (await api.live.post(f"{path}/clone", json={})).json()
    assert copy["sms"]["message"] == "Hello {NAME}"


async def test_a_call_may_be_followed_by_a_text(api: ApiUnderTest) -> None:
    body = {"to": TO, "message": "Hello", "fallback_sms": {"message": "We called you, {NAME}"}}
    refused = await api.live.post("/api/v1/calls", json=body)
    assert refused.json()["errors"][0]["field"] == "fallback_sms"
    await open_routes(api)
    unfilled = await api.live.post("/api/v1/calls", json=body)
    assert unfilled.json()["errors"][0]["field"] == "fallback_sms.message"
    made = await api.live.post("/api/v1/calls", json=body | {"variables": {"NAME": "Ada"}})
    assert made.status_code == 201, made.text
    stored = await api.database.fetchval("SELECT fallback_sms FROM calls")
    assert stored == {"message": "We called you, {NAME}", "from": None, "plain": False}


async def test_a_flow_may_send_a_text(api: ApiUnderTest) -> None:
    flow = {"steps": [{"type": "say", "text": "Hello"}, {"type": "sms", "text": "Here is the link"}]}
    assert (await api.live.post("/api/v1/calls", json={"to": TO, "flow": flow})).status_code == 201


async def test_outcomes_of_texts_are_counted_and_listed(api: ApiUnderTest) -> None:
    await open_routes(api)
    body = {"channels": ["sms"], "message": "Hi", "recipients": [TO, "+12125550102"], "start": False}
    made = (await api.live.post("/api/v1/campaigns", json=body)).json()
    path = f"/api/v1/campaigns/{made['campaign_id']}"
    await api.database.execute("UPDATE recipients SET state = 'done', outcome = 'delivered', ended_at = now()")
    shown = await api.live.get(path)
    assert shown.status_code == 200, shown.text
    listed = (await api.live.get(f"{path}/recipients", params={"outcome": "delivered"})).json()
    assert [each["outcome"] for each in listed["recipients"]] == ["delivered"] * 2
    table = await api.live.get(f"{path}/results")
    assert table.status_code == 200, table.text
    assert "delivered" in table.text
