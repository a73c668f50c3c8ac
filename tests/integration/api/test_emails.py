"""Emails over the API: what is accepted, what is refused with the field that is wrong, and what is shown."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from callwright.mail.dkim import Signer
from callwright.messages.routes import NewRoute
from support.api import ApiUnderTest
from support.money import meter

TO = "ann@example.org"
FROM = "shop@example.com"
HELLO = {"to": TO, "subject": "Hello {NAME}", "html": "<p>Dear {NAME}</p>", "variables": {"NAME": "Ann <3"}}


@pytest.fixture
async def mail(api: ApiUnderTest) -> ApiUnderTest:
    """Routes, and a proved sender."""
    options = {"host": "127.0.0.1", "security": "none"}
    routes, organisation_id = api.services.messages.routes, api.organisation.id
    await routes.add(organisation_id, NewRoute(channel="email", kind="smtp", name="mail", options=options))
    await routes.add(organisation_id, NewRoute(channel="email", kind="lab", name="mail-lab"))
    await api.services.messages.senders.add(
        organisation_id, channel="email", address=FROM, name="The Shop", verified_by="operator"
    )
    return api


async def test_one_email(mail: ApiUnderTest) -> None:
    answer = await mail.live.post("/api/v1/emails", json={**HELLO, "metadata": {"order": 7}})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert {name: made[name] for name in ("to", "from", "status")} == {"to": TO, "from": FROM, "status": "queued"}
    shown = (await mail.live.get(f"/api/v1/emails/{made['message_id']}")).json()
    assert shown["subject"] == "Hello Ann <3"
    assert shown["text"] == "Dear Ann <3"
    assert "<p>Dear Ann &lt;3</p>" in shown["html"]
    assert (shown["metadata"], shown["counts"], shown["decisions"]) == ({"order": 7}, [], [])
    listed = (await mail.live.get("/api/v1/emails", params={"address": TO, "status": "queued"})).json()
    assert [message["message_id"] for message in listed["messages"]] == [made["message_id"]]
    assert (await mail.sandbox.get(f"/api/v1/emails/{made['message_id']}")).status_code == 404


async def test_a_batch_and_its_repeat(mail: ApiUnderTest) -> None:
    body = {
        "subject": "Hello",
        "text": "Dear {NAME}",
        "messages": [
            {"to": TO, "variables": {"NAME": "Ann"}},
            {"to": "bob@example.org", "subject": "Yours", "text": "own", "priority": 9},
        ],
    }
    headers = {"Idempotency-Key": "snow"}
    first = await mail.live.post("/api/v1/emails", json=body, headers=headers)
    again = await mail.live.post("/api/v1/emails", json=body, headers=headers)
    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    own = (await mail.live.get(f"/api/v1/emails/{first.json()['messages'][1]['message_id']}")).json()
    assert (own["subject"], own["text"], own["priority"]) == ("Yours", "own", 9)
    assert len((await mail.live.get("/api/v1/emails")).json()["messages"]) == 2


async def test_a_batch_to_a_list_stores_what_it_says_once(mail: ApiUnderTest) -> None:
    body = {"to": [f"p{n}@example.org" for n in range(50)], "subject": "Hello", "text": "x"}
    assert (await mail.live.post("/api/v1/emails", json=body)).status_code == 201
    assert await mail.database.fetchval("SELECT count(*) FROM message_contents") == 1


async def test_a_dry_run_shows_what_would_be_read(mail: ApiUnderTest) -> None:
    await meter(mail.database, mail.organisation.id)
    body = {**HELLO, "html": "<style>p{color:red}</style><p>{NAME}: {unsubscribe_url}</p>", "dry_run": True}
    body["attachments"] = [{"filename": "a.pdf", "content": base64.b64encode(b"%PDF").decode()}]
    answer = await mail.sandbox.post("/api/v1/emails", json=body)
    assert answer.status_code == 200, answer.text
    (shown,) = answer.json()["messages"]
    assert '<p style="color: red;">Ann &lt;3: https://' in shown["html"]
    assert shown["attachments"] == ["a.pdf"]
    assert (await mail.sandbox.get("/api/v1/emails")).json()["messages"] == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"to": "ann"}, "to"),
    ({"to": "jörg@example.org"}, "to"),
    ({"to": None}, "to"),
    ({"to": []}, "to"),
    ({"to": [TO, "bob"]}, "to[1]"),
    ({"from": "else@example.com"}, "from"),
    ({"from": "shop@example.com\r\nBcc: x"}, "from"),
    ({"subject": None}, "subject"),
    ({"subject": "a\r\nBcc: evil@example.com"}, "subject"),
    ({"from_name": "a\nb"}, "from_name"),
    ({"reply_to": "nobody"}, "reply_to"),
    ({"html": None, "text": None}, "text"),
    ({"html": "<p style='{NAME}'>x</p>"}, "html"),
    ({"variables": None}, "variables"),
    ({"variables": {"NAME": "a\r\nBcc: evil@example.com"}}, "variables.NAME"),
    ({"headers": {"Bcc": "evil@example.com"}}, "headers.Bcc"),
    ({"attachments": [{"filename": "a.exe", "content": "eA=="}]}, "attachments[0].filename"),
    ({"attachments": [{"filename": "a.pdf", "content": "?"}]}, "attachments[0].content"),
    ({"track_opens": True}, "track_opens"),
    ({"template": "unknown"}, "template"),
    ({"webhook_url": "ftp://x"}, "webhook_url"),
    ({"webhook_events": ["email.sold"]}, "webhook_events[0]"),
    ({"messages": [{"to": TO}]}, "to"),
    ({"partial": True}, "partial"),
    ({"body": "x"}, "body"),
]


async def test_what_is_wrong_is_named_and_nothing_is_sent(mail: ApiUnderTest) -> None:
    for change, field in WRONG:
        body = {name: value for name, value in {**HELLO, **change}.items() if value is not None}
        answer = await mail.live.post("/api/v1/emails", json=body)
        assert answer.status_code == 400, (change, answer.text)
        assert [error["field"] for error in answer.json()["errors"]] == [field], change
    content = base64.b64encode(bytes(7_000_001)).decode()
    large = {**HELLO, "attachments": [{"filename": "a", "content": content}]}
    answer = await mail.live.post("/api/v1/emails", json=large)
    assert answer.status_code == 400
    assert "7000001 bytes" in answer.json()["errors"][0]["message"]
    assert (await mail.live.get("/api/v1/emails")).json()["messages"] == []


async def test_of_a_batch_the_good_ones_on_request(mail: ApiUnderTest) -> None:
    body = {"to": [TO, "nobody", "bob@example.org"], "subject": "Hello", "text": "x", "partial": True}
    answer = await mail.live.post("/api/v1/emails", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert [(one["index"], one["to"]) for one in made["messages"]] == [(0, TO), (2, "bob@example.org")]
    assert [error["field"] for error in made["errors"]] == ["to[1]"]


async def test_marketing_without_a_way_out_is_refused(mail: ApiUnderTest) -> None:
    key = await mail.services.accounts.create_key(mail.organisation.id, name="m", sandbox=False, purpose="marketing")
    headers = {"Authorization": f"Bearer {key[1]}"}
    answer = await mail.live.post("/api/v1/emails", json=HELLO, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "purpose"
    assert "CALLWRIGHT_PUBLIC_URL" in answer.json()["errors"][0]["message"]


async def test_without_a_route_nothing_is_taken(api: ApiUnderTest) -> None:
    answer = await api.sandbox.post("/api/v1/emails", json=HELLO)
    assert answer.status_code == 409
    assert "route" in answer.json()["detail"]


async def test_a_template_and_what_replaces_it(mail: ApiUnderTest) -> None:
    body = {"subject": "Hello {NAME}", "html": "<p>Dear {NAME}</p>"}
    template = {"channel": "email", "name": "hello", "body": body}
    made = await mail.live.post("/api/v1/templates", json=template)
    assert made.status_code == 201, made.text
    wanted = {"to": TO, "template": "hello", "subject": "Other", "variables": {"NAME": "Ann"}, "dry_run": True}
    (shown,) = (await mail.live.post("/api/v1/emails", json=wanted)).json()["messages"]
    assert (shown["subject"], shown["text"]) == ("Other", "Dear Ann")


async def test_an_email_that_waits_can_be_cancelled_once(mail: ApiUnderTest) -> None:
    message_id = (await mail.live.post("/api/v1/emails", json=HELLO)).json()["message_id"]
    cancelled = await mail.live.post(f"/api/v1/emails/{message_id}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (await mail.live.post(f"/api/v1/emails/{message_id}/cancel")).status_code == 409


async def test_a_key_signs_for_a_proved_address(mail: ApiUnderTest) -> None:
    senders = mail.services.messages.senders
    (sender,) = await senders.page(mail.organisation.id, channel="email")
    path = f"/api/v1/senders/{sender.id}/dkim"
    assert (await mail.live.get(path)).status_code == 404
    made = await mail.live.put(path, json={"selector": "mail2026"})
    assert made.status_code == 200, made.text
    assert made.json()["name"] == "mail2026._domainkey.example.com"
    assert (await mail.live.get(path)).json() == made.json()
    used = await mail.services.emails.emails.sender(mail.organisation.id, "other@news.example.com")
    assert used.dkim_key is not None
    signer = Signer(domain="example.com", selector="mail2026", key=used.dkim_key)
    assert signer.record == made.json()["value"]
    stored = await mail.database.fetchval("SELECT dkim_key FROM senders WHERE id = $1", sender.id)
    assert b"PRIVATE" not in stored
    assert (await mail.live.put(path, json={"selector": "a b"})).status_code == 400
    assert (await mail.live.delete(path)).status_code == 204
    assert (await mail.live.get(path)).status_code == 404


async def test_an_address_is_proved_by_a_code(mail: ApiUnderTest) -> None:
    brought: list[tuple[str, str]] = []

    async def bring(_: object, to: str, subject: str, text: str) -> None:
        brought.append((to, text))

    mail.services.emails.senders._bring = bring
    sender = await mail.services.messages.senders.add(mail.organisation.id, channel="email", address="news@example.net")
    path = f"/api/v1/senders/{sender.id}"
    assert (await mail.live.put(f"{path}/dkim")).status_code == 409
    assert (await mail.live.post(f"{path}/verify", json={"code": "123456"})).status_code == 409
    assert (await mail.live.post(f"{path}/code")).status_code == 204
    assert (await mail.live.post(f"{path}/code")).status_code == 429
    ((to, text),) = brought
    assert to == "news@example.net"
    code = text.split()[0]
    wrong = "000000" if code != "000000" else "111111"
    assert (await mail.live.post(f"{path}/verify", json={"code": wrong})).json() == {"valid": False}
    stored = await mail.database.fetchval("SELECT hash FROM sender_codes WHERE sender_id = $1", sender.id)
    assert code.encode() not in stored
    assert (await mail.live.post(f"{path}/verify", json={"code": code})).json() == {"valid": True}
    body = {"to": TO, "from": "news@example.net", "subject": "Hello", "text": "x"}
    assert (await mail.live.post("/api/v1/emails", json=body)).status_code == 201
    assert (await mail.live.post(f"{path}/code")).status_code == 409


async def test_five_wrong_codes_end_it(mail: ApiUnderTest) -> None:
    async def bring(_: object, to: str, subject: str, text: str) -> None:
        codes.append(text.split(maxsplit=1)[0])

    codes: list[str] = []
    mail.services.emails.senders._bring = bring
    sender = await mail.services.messages.senders.add(mail.organisation.id, channel="email", address="news@example.net")
    path = f"/api/v1/senders/{sender.id}"
    await mail.live.post(f"{path}/code")
    for _ in range(5):
        assert (await mail.live.post(f"{path}/verify", json={"code": "x"})).json() == {"valid": False}
    assert (await mail.live.post(f"{path}/verify", json={"code": codes[0]})).status_code == 409


async def test_openings_and_clicks_are_counted_by_signed_links_only(mail: ApiUnderTest) -> None:
    made = await mail.sandbox.post("/api/v1/emails", json={**HELLO, "webhook_url": "https://example.com/hook"})
    message_id = made.json()["message_id"]
    tokens = mail.services.emails.tokens
    token, url = tokens.token(message_id), "https://example.com/?a=1"
    picture = await mail.nobody.get(f"/mail/opened/{token}.gif")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/gif")
    assert (await mail.nobody.get(f"/mail/opened/{message_id}.aaaaaaaaaaaa.gif")).status_code == 200
    signature = tokens.sign(f"{message_id} {url}")
    for _ in range(2):
        led = await mail.nobody.get(f"/mail/clicked/{token}/{signature}", params={"to": url})
        assert (led.status_code, led.headers["location"]) == (302, url)
    stray = await mail.nobody.get(f"/mail/clicked/{token}/{signature}", params={"to": "https://evil.example/"})
    assert stray.status_code == 404
    counts = (await mail.sandbox.get(f"/api/v1/emails/{message_id}")).json()["counts"]
    assert [(count["kind"], count["url"], count["times"]) for count in counts] == [
        ("opened", None, 1),
        ("clicked", url, 2),
    ]
    rows = await mail.database.fetch("SELECT type FROM events WHERE subject = $1 ORDER BY id", message_id)
    assert [row["type"] for row in rows] == ["email.opened", "email.clicked"]


async def test_a_call_may_be_followed_by_an_email(api: ApiUnderTest) -> None:
    mine = {"subject": "We called you, {NAME}", "html": "<p>Hello</p>", "to": "{MAIL}"}
    body = {"to": "+12125550101", "message": "Hello", "fallback_email": mine}
    refused = await api.live.post("/api/v1/calls", json=body)
    assert refused.json()["errors"][0]["field"] == "fallback_email"
    options = {"host": "127.0.0.1", "security": "none"}
    new = NewRoute(channel="email", kind="smtp", name="mail", options=options)
    await api.services.messages.routes.add(api.organisation.id, new)
    unproved = await api.live.post("/api/v1/calls", json=body)
    assert unproved.json()["errors"][0]["field"] == "fallback_email.from"
    await api.services.messages.senders.add(api.organisation.id, channel="email", address=FROM, verified_by="operator")
    unfilled = await api.live.post("/api/v1/calls", json=body)
    assert {error["received"] for error in unfilled.json()["errors"]} == {"MAIL", "NAME"}
    wrong = body | {"fallback_email": {**mine, "to": "nobody"}}
    assert (await api.live.post("/api/v1/calls", json=wrong)).json()["errors"][0]["field"] == "fallback_email.to"
    made = await api.live.post("/api/v1/calls", json=body | {"variables": {"NAME": "Ada", "MAIL": "ada@example.org"}})
    assert made.status_code == 201, made.text
    stored = await api.database.fetchval("SELECT fallback_email FROM calls")
    assert stored == {**mine, "from": FROM}


async def test_a_flow_s_email_needs_text_or_sound_html(api: ApiUnderTest) -> None:
    for step, field in (
        ({}, "flow.steps[0].text"),
        ({"html": "<script>{NAME}</script>"}, "flow.steps[0].html"),
    ):
        flow = {"steps": [{"type": "email", "to": TO, "subject": "Hello", **step}, {"type": "say", "text": "Bye"}]}
        answer = await api.live.post("/api/v1/calls", json={"to": "+12125550101", "flow": flow, "dry_run": True})
        assert field in {error["field"] for error in answer.json()["errors"]}, answer.text
