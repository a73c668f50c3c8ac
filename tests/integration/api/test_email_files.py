"""Files with the emails of campaigns, of calls and single ones: stored once, named ever after, sent as they were."""

from __future__ import annotations

import base64
import email
import email.policy
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from callwright.mail.building import Envelope, Template
from callwright.mail.content import read_content
from callwright.messages.models import Outgoing
from support.api import ApiUnderTest
from support.mailing import mailing_of

pytestmark = pytest.mark.postgres

OCTETS = bytes(range(256)) * 300
CONTENT = base64.b64encode(OCTETS).decode()
PDF = {"filename": "prices.pdf", "content_type": "application/pdf", "content": CONTENT}
PNG = {"filename": "logo.png", "content_type": "image/png", "content": "iVBORw==", "content_id": "logo"}
EMAIL = {"subject": "Prices for {NAME}", "html": '<p>{NAME} <img src="cid:logo"></p>', "attachments": [PDF, PNG]}
ANN = {"to": "ann@example.org", "variables": {"NAME": "Ann"}}
BOB = {"to": "bob@example.org", "variables": {"NAME": "Bob"}}


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == status, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def campaign(api: ApiUnderTest, *, status: int = 201, **fields: Any) -> dict[str, Any]:
    body = {"name": "Prices", "channels": ["email"], "email": EMAIL, "recipients": [ANN, BOB], **fields}
    return await post(api.live, "campaigns", body, status)


def files_in(message: Outgoing) -> dict[str, bytes]:
    """Return the files of the mail that a message becomes, by name."""
    envelope = Envelope(
        to=message.to_address,
        sender=message.from_address,
        variables=message.variables,
        message_id="1@example.com",
        date=datetime(2026, 11, 22, tzinfo=UTC),
    )
    octets = Template(read_content(message.content)).build(envelope)
    parts = email.message_from_bytes(octets, policy=email.policy.default).walk()
    return {str(part.get_filename()): part.get_content() for part in parts if part.get_filename()}


async def stored(api: ApiUnderTest) -> int:
    count: int = await api.database.fetchval("SELECT count(*) FROM message_files")
    return count


async def test_everybody_gets_the_files_of_a_campaign(api: ApiUnderTest) -> None:
    mailing = await mailing_of(api)
    made = await campaign(api)
    pdf, png = made["email"]["attachments"]
    assert (pdf["filename"], pdf["bytes"], png["content_id"]) == ("prices.pdf", len(OCTETS), "logo")
    assert "content" not in pdf
    # what is read for each recipient has no octets in it
    template = await api.database.fetchval("SELECT length(call_template::text) FROM campaigns")
    claimed = await mailing.claim()
    assert template < 5_000 > await api.database.fetchval("SELECT length(body::text) FROM message_contents")
    expected = {"prices.pdf": OCTETS, "logo.png": base64.b64decode("iVBORw==")}
    assert {message.to_address: files_in(message) == expected for message in claimed} == {
        "ann@example.org": True,
        "bob@example.org": True,
    }
    shown = (await api.live.get(f"/api/v1/emails/{claimed[0].id}")).json()
    assert [(file["filename"], file["bytes"], file["file"]) for file in shown["attachments"]] == [
        ("prices.pdf", len(OCTETS), pdf["file"]),
        ("logo.png", 4, png["file"]),
    ]
    await mailing.sent(claimed)
    # the next campaign's are the same files, and reach their reader, too
    await campaign(api, recipients=[ANN])
    assert await stored(api) == 2
    [again] = await mailing.claim()
    assert files_in(again) == expected


async def test_what_a_campaign_shows_can_be_sent_back(api: ApiUnderTest) -> None:
    mailing = await mailing_of(api)
    made = await campaign(api, start=False)
    shown = (await api.live.get(f"/api/v1/campaigns/{made['campaign_id']}")).json()
    second = await campaign(api, email=shown["email"], start=False)
    assert second["email"] == shown["email"]
    path = f"campaigns/{made['campaign_id']}"
    copy = await post(api.live, f"{path}/clone", {"recipients": True})
    assert copy["email"] == shown["email"]
    changed = await api.live.patch(f"/api/v1/{path}", json={"name": "Renamed"})
    assert changed.json()["email"] == shown["email"], changed.text
    fewer = {**shown["email"], "attachments": [shown["email"]["attachments"][1], {**PDF, "filename": "new.pdf"}]}
    changed = await api.live.patch(f"/api/v1/{path}", json={"email": fewer})
    assert changed.status_code == 200, changed.text
    names = [(file["filename"], file["file"]) for file in changed.json()["email"]["attachments"]]
    pdf, png = (file["file"] for file in shown["email"]["attachments"])
    assert names == [("logo.png", png), ("new.pdf", pdf)]
    # the log of changes holds no file
    logged = await api.database.fetchval(
        "SELECT after::text FROM audit_log WHERE action = 'campaign.changed' ORDER BY id DESC"
    )
    assert pdf in logged
    assert CONTENT[:40] not in logged
    none = await api.live.patch(f"/api/v1/{path}", json={"email": {"subject": "s", "text": "t"}})
    assert "attachments" not in none.json()["email"]
    await post(api.live, f"campaigns/{copy['campaign_id']}/start", {}, status=200)
    assert {tuple(sorted(files_in(each))) for each in await mailing.claim()} == {("logo.png", "prices.pdf")}


async def test_nothing_is_stored_by_a_look_a_refusal_or_a_repeat(api: ApiUnderTest) -> None:
    await mailing_of(api)
    await campaign(api, status=200, dry_run=True)
    await post(api.live, "emails", {"to": "ann@example.org", **EMAIL, "dry_run": True, "variables": {"NAME": "x"}}, 200)
    await campaign(api, status=400, recipients=["nobody"])
    assert await stored(api) == 0
    body = {"name": "Once", "channels": ["email"], "email": EMAIL, "recipients": [ANN]}
    headers = {"Idempotency-Key": "once"}
    first = await api.live.post("/api/v1/campaigns", json=body, headers=headers)
    again = await api.live.post("/api/v1/campaigns", json=body, headers=headers)
    assert (first.status_code, first.json()) == (201, again.json())
    assert await stored(api) == 2


async def test_single_emails_name_files_that_are_stored(api: ApiUnderTest) -> None:
    mailing = await mailing_of(api)
    made = await campaign(api, start=False)
    [pdf, _] = made["email"]["attachments"]
    body = {"to": ["ann@example.org", "bob@example.org"], "subject": "s", "text": "t", "attachments": [pdf]}
    await post(api.live, "emails", body)
    own = {"messages": [{"to": "cat@example.org", "attachments": [{"filename": "c.bin", "file": pdf["file"]}]}]}
    await post(api.live, "emails", {"subject": "s", "text": "t", **own})
    assert [files_in(each) for each in await mailing.claim()] == [{"prices.pdf": OCTETS}] * 2 + [{"c.bin": OCTETS}]
    assert await stored(api) == 2


async def test_calls_may_be_followed_by_an_email_with_a_file(api: ApiUnderTest) -> None:
    await mailing_of(api)
    fallback = {"subject": "s", "text": "t", "to": "ann@example.org", "attachments": [PDF]}
    own = {"to": "+12125550102", "fallback_email": {**fallback, "attachments": [{**PDF, "filename": "own.pdf"}]}}
    body = {"message": "Hello.", "fallback_email": fallback, "calls": [{"to": "+12125550101"}, own]}
    await post(api.live, "calls", body)
    rows = await api.database.fetch("SELECT fallback_email AS email FROM calls ORDER BY number")
    [first, second] = (row["email"]["attachments"][0] for row in rows)
    assert (first["filename"], second["filename"]) == ("prices.pdf", "own.pdf")
    assert first["file"] == second["file"]
    assert await stored(api) == 1
    named = {"message": "Hello.", "to": "+12125550103", "fallback_email": {**fallback, "attachments": [first]}}
    await post(api.live, "calls", named)
    called = await campaign(
        api, channels=["call"], email=None, message="Hello.", fallback_email=fallback, recipients=["+12125550104"]
    )
    assert called["fallback_email"]["attachments"] == [first]


WRONG: list[tuple[Any, str]] = [
    ([{**PDF, "filename": "a.exe"}], "attachments[0].filename"),
    ([PDF, {**PDF, "content": "?"}], "attachments[1].content"),
    ([{**PDF, "path": "/etc/passwd"}], "attachments[0].path"),
    ([{"filename": "a.pdf", "file": "fil_unknown"}], "attachments[0].file"),
    ([PDF] * 21, "attachments"),
    ("all of them", "attachments"),
]
TOO_LARGE = {
    "subject": "s",
    "text": "t",
    "attachments": [{**PDF, "content": base64.b64encode(bytes(7_000_001)).decode()}],
}


async def test_what_is_wrong_is_named_and_nothing_is_written(api: ApiUnderTest) -> None:
    await mailing_of(api)
    for attachments, field in WRONG:
        wrong = {"subject": "s", "text": "t", "attachments": attachments}
        refused = await campaign(api, status=400, email=wrong)
        assert [error["field"] for error in refused["errors"]] == [f"email.{field}"]
        refused = await post(api.live, "calls", {"to": "+12125550101", "message": "x", "fallback_email": wrong}, 400)
        assert [error["field"] for error in refused["errors"]] == [f"fallback_email.{field}"]
        refused = await post(api.live, "emails", {"to": "ann@example.org", **wrong}, 400)
        assert [error["field"] for error in refused["errors"]] == [field]
    assert await stored(api) == 0


async def test_more_than_an_email_carries_is_refused(api: ApiUnderTest) -> None:
    await mailing_of(api)
    refused = await campaign(api, status=400, email=TOO_LARGE)
    assert [error["field"] for error in refused["errors"]] == ["email.attachments"]
    refused = await post(api.live, "emails", {"to": "ann@example.org", **TOO_LARGE}, 400)
    assert [error["field"] for error in refused["errors"]] == ["attachments"]
    refused = await post(api.live, "calls", {"to": "+12125550101", "message": "x", "fallback_email": TOO_LARGE}, 400)
    assert [error["field"] for error in refused["errors"]] == ["body"]
    assert await stored(api) == 0


async def test_a_strangers_file_is_one_that_is_not_there(api: ApiUnderTest) -> None:
    await mailing_of(api)
    [pdf, _] = (await campaign(api, start=False))["email"]["attachments"]
    others = await api.services.accounts.create_organisation("Others")
    await api.database.execute("UPDATE message_files SET organisation_id = $1", others.id)
    theirs = await campaign(api, status=400, email={**EMAIL, "attachments": [pdf]})
    unknown = await campaign(api, status=400, email={**EMAIL, "attachments": [{**pdf, "file": "fil_unknown"}]})
    for refused in (theirs, unknown):
        [error] = refused["errors"]
        assert error.pop("received")
        assert error == {
            "field": "email.attachments[0].file",
            "message": "is not a file of this organisation; send its content",
        }


async def test_a_sandbox_keys_files_go_to_the_lab(api: ApiUnderTest) -> None:
    await mailing_of(api)
    body = {"name": "Try", "channels": ["email"], "email": EMAIL, "recipients": [ANN]}
    made = await post(api.sandbox, "campaigns", body)
    assert [file["filename"] for file in made["email"]["attachments"]] == ["prices.pdf", "logo.png"]
    assert made["sandbox"] is True


async def test_whoever_approves_sees_the_files(api: ApiUnderTest) -> None:
    mailing = await mailing_of(api)
    await api.live.patch("/api/v1/approvals/settings", json={"texts": True})
    plain = {"subject": "s", "text": "t", "attachments": [PDF]}
    made = await campaign(api, email=plain)
    waiting = (await api.live.get("/api/v1/approvals?state=pending")).json()["approvals"]
    [line] = [each["content"] for each in waiting if each["content"] not in {"s", "t"}]
    sha256 = made["email"]["attachments"][0]["sha256"]
    assert line == f"Attached: prices.pdf ({len(OCTETS)} bytes, SHA-256 {sha256})"
    for each in waiting:
        await post(api.live, f"approvals/{each['approval_id']}/approve", {}, 200)
    assert len(await mailing.claim()) == 2
    other = {**plain, "to": "ann@example.org", "attachments": [{**PDF, "content": "b3RoZXI="}]}
    await post(api.live, "emails", other)
    assert await mailing.claim() == []
    [file] = (await api.live.get("/api/v1/approvals?state=pending")).json()["approvals"]
    assert file["content"].startswith("Attached: prices.pdf (5 bytes")
    await post(api.live, f"approvals/{file['approval_id']}/reject", {}, 200)
    refused = await post(api.live, "emails", other, 400)
    assert "was rejected" in refused["errors"][0]["message"]


async def test_an_export_has_the_files_and_an_erasure_takes_them(api: ApiUnderTest) -> None:
    mailing = await mailing_of(api)
    person = await post(api.live, "contacts", {"first_name": "Ann", "email": "ann@example.org"})
    invoice = {"subject": "Yours", "text": "t", "attachments": [{"filename": "ann.pdf", "content": "SW52b2ljZQ=="}]}
    await post(api.live, "emails", {"to": "ann@example.org", **invoice})
    await campaign(api)
    await campaign(api, recipients=[ANN])
    await mailing.sent(await mailing.claim())
    exported = await post(api.live, f"contacts/{person['contact_id']}/export", {}, 200)
    files = [file for message in exported["messages"] for file in message["content"].get("attachments", ())]
    assert [(file["filename"], "content" in file) for file in files] == [
        ("ann.pdf", True),
        ("prices.pdf", True),
        ("logo.png", True),
        ("prices.pdf", False),
        ("logo.png", False),
    ]
    assert await stored(api) == 3
    await post(api.live, f"contacts/{person['contact_id']}/erase", {}, 200)
    # what others got as well stays
    assert await stored(api) == 2


async def test_an_erasure_leaves_nothing_of_what_would_have_followed_a_call(api: ApiUnderTest) -> None:
    await mailing_of(api)
    person = await post(api.live, "contacts", {"first_name": "Ann", "to": "+12125550177"})
    written = {"subject": "Dear Ann", "text": "t", "to": "ann@example.org", "attachments": [PDF]}
    await post(api.live, "calls", {"to": "+12125550177", "message": "Hello.", "fallback_email": written})
    await post(api.live, f"contacts/{person['contact_id']}/erase", {}, 200)
    assert await api.database.fetchval("SELECT fallback_email FROM calls") is None
    assert await stored(api) == 0
