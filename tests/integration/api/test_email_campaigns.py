"""Campaigns that write emails: addresses in the place of numbers, the same list, hours, consent, money and results."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet

from callwright.calls.claims import CallClaims
from callwright.campaigns.completing import CompletionKeeper
from callwright.campaigns.feeding import CampaignFeeder
from callwright.clock import SystemClock
from callwright.mail.tokens import Tokens
from callwright.mailing import Desk
from callwright.messages.emails import Emails
from callwright.numbers.trunks import NewTrunk, Trunks
from callwright.store.secrets import SecretBox
from support.api import ApiUnderTest
from support.calls import OWNER
from support.mailing import FROM, Mailing, mailing_of
from support.money import meter

pytestmark = pytest.mark.postgres

EMAIL = {"subject": "News for {NAME}", "html": "<p>Hello {NAME}</p><p>{unsubscribe_url}</p>"}
PEOPLE = [
    {"to": "Ann@Example.org", "variables": {"NAME": "Ann"}},
    {"to": "bob@example.org", "variables": {"NAME": "Bob"}},
]


async def create(api: ApiUnderTest, *, status: int = 201, **fields: Any) -> dict[str, Any]:
    body = {"name": "News", "channels": ["email"], "email": EMAIL, **fields}
    answer = await api.live.post("/api/v1/campaigns", json=body)
    assert answer.status_code == status, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def people_of(api: ApiUnderTest, made: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    found = await api.live.get(f"/api/v1/campaigns/{made['campaign_id']}/recipients", params=query)
    assert found.status_code == 200, found.text
    listed: list[dict[str, Any]] = found.json()["recipients"]
    return listed


async def test_each_address_gets_one_email_and_its_outcome(api: ApiUnderTest) -> None:
    mailing = await mailing_of(api)
    await meter(api.database, api.organisation.id, sheet="channel,prefix,price\nemail,,0.002\n")
    made = await create(api, recipients=PEOPLE, metadata={"issue": 7})
    assert (made["channels"], made["email"]["from"], made["content"]) == (["email"], FROM, {})
    claimed = await mailing.claim()
    assert {message.to_address: message.variables["NAME"] for message in claimed} == {
        "ann@example.org": "Ann",
        "bob@example.org": "Bob",
    }
    assert {message.from_address for message in claimed} == {FROM}
    await mailing.sent(claimed)
    assert await mailing.claim() == []
    people = await people_of(api, made)
    assert [(each["to"], each["state"], each["outcome"]) for each in people] == [
        ("ann@example.org", "done", "sent"),
        ("bob@example.org", "done", "sent"),
    ]
    shown = (await api.live.get(f"/api/v1/emails/{people[0]['message_id']}")).json()
    assert (shown["subject"], shown["campaign_id"]) == ("News for Ann", made["campaign_id"])
    await CompletionKeeper(api.database, SystemClock()).look()
    path = f"/api/v1/campaigns/{made['campaign_id']}"
    after = (await api.live.get(path)).json()
    assert (after["state"], after["stats"]["outcomes"], after["stats"]["cost"]) == ("completed", {"sent": 2}, "0.004")
    assert after["first_call_at"] is not None
    [first, second] = (await api.live.get(f"{path}/results", params={"format": "jsonl"})).text.splitlines()
    assert '"status":"sent"' in first
    assert people[1]["message_id"] in second
    report = (await api.live.get(f"{path}/report")).json()
    assert sum(step["outcomes"]["sent"] for step in report["over_time"]) == 2
    assert [each["to"] for each in await people_of(api, made, to="BOB@example.org")] == ["bob@example.org"]


async def test_contacts_are_written_to_at_their_first_address(api: ApiUnderTest) -> None:
    mailing = await mailing_of(api)
    ids = []
    for body in (
        {"first_name": "Ann", "email": "ann@example.org", "time_zone": "America/Denver"},
        {"first_name": "Nobody", "to": "+12125550100"},
    ):
        ids.append((await api.live.post("/api/v1/contacts", json=body)).json()["contact_id"])
    group = (await api.live.post("/api/v1/groups", json={"name": "Readers", "contact_ids": ids})).json()
    email = {"subject": "Hello {first_name}", "text": "x"}
    made = await create(api, email=email, group=group["group_id"])
    [ann] = await people_of(api, made)
    assert (ann["to"], ann["contact_id"], ann["time_zones"]) == ("ann@example.org", ids[0], ["America/Denver"])
    by_id = await create(api, email={"subject": "x", "text": "x"}, recipients=[{"contact_id": ids[0]}])
    assert [each["to"] for each in await people_of(api, by_id)] == ["ann@example.org"]
    refused = await create(api, status=400, email={"subject": "x", "text": "x"}, recipients=[{"contact_id": ids[1]}])
    assert [error["field"] for error in refused["errors"]] == ["recipients[0].to"]
    await mailing.sent(await mailing.claim())
    history = (await api.live.get(f"/api/v1/contacts/{ids[0]}/history")).json()["history"]
    assert [item["kind"] for item in history] == ["email", "email"]
    assert (await api.live.post(f"/api/v1/contacts/{ids[0]}/erase", json={})).status_code == 200
    rows = await api.database.fetch("SELECT r::text AS row FROM recipients r")
    assert not [row["row"] for row in rows if "ann@example.org" in row["row"]]


async def test_a_file_of_addresses(api: ApiUnderTest) -> None:
    await mailing_of(api)
    made = await create(api, start=False)
    content = (
        "E-Mail,NAME\nann@example.org,Ann\nANN@example.org,Ann\nnobody,Bob\ncat@example.org,\ndan@example.org,Dan\n"
    )
    answer = await api.live.post(
        f"/api/v1/campaigns/{made['campaign_id']}/recipients",
        content=content.encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["mapping"] == {"E-Mail": "to", "NAME": "variables.NAME"}
    await api.jobs.run()
    assert [each["to"] for each in await people_of(api, made)] == ["ann@example.org", "dan@example.org"]
    errors = await api.live.get(f"/api/v1/campaigns/{made['campaign_id']}/uploads/{answer.json()['upload_id']}/errors")
    assert "4,E-Mail,is not an e-mail address,nobody" in errors.text
    assert "the placeholder {NAME} has no value" in errors.text


async def test_who_unsubscribed_is_not_written_to(api: ApiUnderTest) -> None:
    mailing = await mailing_of(api)
    entered = await api.live.post(
        "/api/v1/suppressions",
        json={"to": "ann@example.org", "scope": "channel", "scope_key": "email", "evidence": "asked"},
    )
    assert entered.status_code == 201, entered.text
    made = await create(api, recipients=PEOPLE)
    seen = (await api.live.get(f"/api/v1/campaigns/{made['campaign_id']}/preflight")).json()
    assert (seen["contacted"], seen["skipped"]) == (1, {"opted_out": 1})
    assert [message.to_address for message in await mailing.claim()] == ["bob@example.org"]
    ann, _ = await people_of(api, made)
    assert (ann["state"], ann["outcome"]) == ("done", "skipped")
    assert ann["reason"].startswith("opted out")


async def test_one_click_in_a_mail_keeps_the_next_campaigns_from_its_reader(api: ApiUnderTest) -> None:
    mailing = await mailing_of(api)
    secrets = SecretBox(Fernet.generate_key())
    desk = Desk(
        Emails(api.database, secrets),
        tokens=Tokens(b"key"),
        links=api.services.consents.links,
        public_url="http://api.test",
        listens_at="",
    )
    await create(api, recipients=PEOPLE[:1], topic="news")
    [message] = await mailing.claim()
    leaving = desk.leaving(message)
    assert leaving is not None
    assert leaving.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = leaving.headers["List-Unsubscribe"].strip("<>")
    assert (await api.nobody.post(url, data={"List-Unsubscribe": "One-Click"})).status_code == 200
    await create(api, recipients=PEOPLE, topic="news")
    assert [each.to_address for each in await mailing.claim()] == ["bob@example.org"]
    await create(api, recipients=PEOPLE[:1], topic="invoices")
    assert [each.to_address for each in await mailing.claim()] == ["ann@example.org"]


async def test_a_preflight_speaks_of_emails(api: ApiUnderTest) -> None:
    await mailing_of(api)
    await meter(api.database, api.organisation.id, sheet="channel,prefix,price\nemail,,0.002\n")
    dry = await create(api, status=200, dry_run=True, recipients=PEOPLE, calls_per_second=50)
    assert dry["channels"] == ["email"]
    assert (dry["calls_at_once"], dry["calls_per_second"], dry["calling_seconds"]) == (None, None, None)
    assert dry["writing"] == {
        "channel": "email",
        "messages": 2,
        "parts": None,
        "messages_per_second": 50.0,
        "seconds": 0,
    }
    assert dry["cost"] == {"amount": "0.004", "currency": "EUR", "without_rate": 0}
    [ann, _] = dry["samples"]
    assert (ann["to"], ann["said"], ann["subject"]) == ("ann@example.org", None, "News for Ann")
    assert ann["text"].startswith("Hello Ann")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"channels": ["email", "sms"]}, "channels"),
    ({"channels": ["call"], "message": "Hello."}, "email"),
    ({"email": None}, "email"),
    ({"email": {"subject": "x"}}, "email.text"),
    ({"email": {**EMAIL, "subject": "a\r\nBcc: b@example.org"}}, "email.subject"),
    ({"email": {**EMAIL, "html": "<script>{NAME}</script>"}}, "email.html"),
    ({"email": {**EMAIL, "from": "other@example.com"}}, "email.from"),
    ({"email": {**EMAIL, "template": "unknown"}}, "email.template"),
    ({"email": {**EMAIL, "track_opens": True}}, "email.track_opens"),
    ({"email": {**EMAIL, "reply_to": "nobody"}}, "email.reply_to"),
    ({"message": "Hello."}, "message"),
    ({"goal": {"accepts": 1}}, "goal"),
    ({"from": "+12125550100"}, "from"),
    ({"purpose": "marketing"}, "purpose"),
    ({"recipients": ["+12125550100"]}, "recipients[0]"),
    ({"recipients": [{"variables": {"NAME": "Ann"}}]}, "recipients[0].to"),
    ({"recipients": [{"to": "ann@example.org"}]}, "recipients[0].variables"),
    ({"recipients": [{**PEOPLE[0], "other_numbers": ["+12125550100"]}]}, "recipients[0].other_numbers"),
]


async def test_what_cannot_be_written_is_refused(api: ApiUnderTest) -> None:
    await mailing_of(api)
    for fields, field in REFUSED:
        refused = await create(api, status=400, **{"recipients": PEOPLE, **fields})
        assert field in {error["field"] for error in refused["errors"]}, refused
    assert (await api.live.get("/api/v1/campaigns")).json()["campaigns"] == []


async def test_without_a_route_nobody_is_promised_an_email(api: ApiUnderTest) -> None:
    refused = await create(api, status=400, recipients=PEOPLE)
    assert [error["field"] for error in refused["errors"]] == ["email"]
    assert "no route carries emails" in refused["errors"][0]["message"]


async def test_it_is_changed_copied_and_keeps_its_kind(api: ApiUnderTest) -> None:
    await mailing_of(api)
    made = await create(api, start=False, recipients=PEOPLE)
    path = f"/api/v1/campaigns/{made['campaign_id']}"
    changed = await api.live.patch(path, json={"email": {"subject": "Changed", "text": "Dear {NAME}"}})
    assert changed.status_code == 200, changed.text
    assert changed.json()["email"] == {"from": FROM, "subject": "Changed", "text": "Dear {NAME}"}
    refused = await api.live.patch(path, json={"channels": None, "email": None, "message": "Hello."})
    assert [error["field"] for error in refused.json()["errors"]] == ["channels"]
    copy = await api.live.post(f"{path}/clone", json={"recipients": True})
    assert copy.status_code == 201, copy.text
    assert (copy.json()["channels"], copy.json()["recipients"]["waiting"]) == (["email"], 2)


async def test_its_texts_wait_for_approval(api: ApiUnderTest) -> None:
    mailing = await mailing_of(api)
    await api.live.patch("/api/v1/approvals/settings", json={"texts": True})
    made = await create(api, recipients=PEOPLE)
    assert made["held"] is True
    assert await mailing.claim() == []
    waiting = (await api.live.get("/api/v1/approvals?state=pending")).json()["approvals"]
    assert sorted(each["content"] for each in waiting) == sorted([EMAIL["html"], EMAIL["subject"]])
    for each in waiting:
        assert (await _held(api, made)) is True
        await api.live.post(f"/api/v1/approvals/{each['approval_id']}/approve")
    assert (await _held(api, made)) is False
    assert len(await mailing.claim()) == 2
    second = await create(api, recipients=PEOPLE, email={**EMAIL, "text": "Hello {NAME}"})
    [text] = (await api.live.get("/api/v1/approvals?state=pending")).json()["approvals"]
    await api.live.post(f"/api/v1/approvals/{text['approval_id']}/reject")
    shown = (await api.live.get(f"/api/v1/campaigns/{second['campaign_id']}")).json()
    assert (shown["state"], shown["held"]) == ("paused", True)
    assert await mailing.claim() == []


async def _held(api: ApiUnderTest, made: dict[str, Any]) -> bool:
    return bool((await api.live.get(f"/api/v1/campaigns/{made['campaign_id']}")).json()["held"])


async def test_the_windows_of_the_campaign_bind_and_calling_hours_do_not(api: ApiUnderTest) -> None:
    mailing: Mailing = await mailing_of(api)
    await api.database.execute("UPDATE organisations SET calling_from = '03:00', calling_until = '03:01'")
    made = await create(api, recipients=PEOPLE)
    assert len(await mailing.claim()) == 2
    assert made["state"] == "running"
    never = {"windows": [{"from": "00:00", "until": "23:59"}], "holidays": _days(), "time_zone": "UTC"}
    closed = await create(api, recipients=PEOPLE, schedule=never)
    assert await mailing.claim() == []
    assert {each["state"] for each in await people_of(api, closed)} == {"waiting"}


def _days() -> list[str]:
    """Return yesterday, today and tomorrow."""
    today = datetime.now(UTC).date()
    return [str(today + timedelta(days=days)) for days in (-1, 0, 1)]


async def place_calls(api: ApiUnderTest) -> None:
    """Let a dialer claim what campaigns call now; no engine has it."""
    trunks = Trunks(api.database, SecretBox(Fernet.generate_key()))
    await trunks.add(api.organisation.id, NewTrunk(name="main", host="127.0.0.1", channels=10, calls_per_second=100))
    clock = SystemClock()
    claimed = await CallClaims(api.database, clock, feeder=CampaignFeeder(clock, [])).claim(OWNER)
    assert len(claimed) == 2


CALLS = {"channels": ["email", "call"], "message": "Hello {NAME}, your order is ready."}


async def test_an_email_goes_with_each_call(api: ApiUnderTest) -> None:
    mailing = await mailing_of(api)
    # what is tested is not the night
    await api.database.execute("UPDATE organisations SET calling_from = NULL, calling_until = NULL")
    ann = {"first_name": "Ann", "email": "ann@example.org", "to": "+12125550100"}
    contact = (await api.live.post("/api/v1/contacts", json=ann)).json()["contact_id"]
    people = [
        {"to": "+12125550100", "contact_id": contact, "variables": {"NAME": "Ann"}},
        {"to": "+12125550101", "variables": {"NAME": "Bob"}},
    ]
    made = await create(api, recipients=people, **CALLS)
    assert (made["channels"], made["email"]["from"]) == (["call", "email"], FROM)
    assert made["content"]["message"] == CALLS["message"]
    seen = (await api.live.get(f"/api/v1/campaigns/{made['campaign_id']}/preflight")).json()
    assert (seen["contacted"], seen["writing"]["channel"], seen["writing"]["messages"]) == (2, "email", 1)
    assert seen["samples"][0]["subject"] == "News for Ann"
    await place_calls(api)
    # Bob, who has no address, is called and not written to
    [message] = await mailing.claim()
    assert (message.to_address, message.campaign_id) == ("ann@example.org", made["campaign_id"])
    first, second = await people_of(api, made)
    assert (first["message_id"], second["message_id"]) == (message.id, None)
    assert None not in {first["call_id"], second["call_id"]}


async def test_an_email_beside_a_call_goes_where_the_list_says(api: ApiUnderTest) -> None:
    mailing = await mailing_of(api)
    # what is tested is not the night
    await api.database.execute("UPDATE organisations SET calling_from = NULL, calling_until = NULL")
    email = EMAIL | {"to": "{MAIL}"}
    people = [
        {"to": "+12125550100", "variables": {"NAME": "Ann", "MAIL": "Ann@Example.org"}},
        {"to": "+12125550101", "variables": {"NAME": "Bob", "MAIL": "none"}},
    ]
    refused = await create(api, status=400, recipients=[people[0] | {"variables": {"NAME": "x"}}], email=email, **CALLS)
    assert "MAIL" in refused["errors"][0]["message"]
    made = await create(api, recipients=people, email=email, **CALLS)
    await place_calls(api)
    assert [message.to_address for message in await mailing.claim()] == ["ann@example.org"]
    assert {each["call_id"] is None for each in await people_of(api, made)} == {False}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"channels": ["sms", "email"], "message": "x"}, "channels"),
        ({"channels": ["call", "sms", "email"], "message": "x"}, "channels"),
        ({"channels": ["call"], "message": "x"}, "email"),
        ({"email": EMAIL | {"to": "{MAIL}"}}, "email.to"),
        (CALLS | {"email": EMAIL | {"to": "nobody"}}, "email.to"),
        (CALLS | {"email": None}, "email"),
    ],
    ids=["texts", "three", "no email", "to alone", "no address", "nothing written"],
)
async def test_what_cannot_go_together_is_refused(api: ApiUnderTest, fields: dict[str, Any], field: str) -> None:
    await mailing_of(api)
    refused = await create(api, status=400, recipients=PEOPLE, **fields)
    assert field in [error["field"] for error in refused["errors"]]
