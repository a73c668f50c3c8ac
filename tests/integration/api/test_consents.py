"""Consents, do-not-call lists and the question whether somebody may be contacted, over the API."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import ApiUnderTest

SARAH = "+12125550100"
AGREED = {
    "to": SARAH,
    "channel": "call",
    "purpose": "marketing",
    "wording": "I agree to be called about offers.",
    "source": "web form",
    "proof": {"url": "https://example.com/join"},
}


@pytest.fixture(autouse=True)
async def always_open(api: ApiUnderTest) -> None:
    """Let the hour decide nothing."""
    await api.database.execute("UPDATE organisations SET calling_from = NULL, calling_until = NULL")


async def asked(api: ApiUnderTest, **query: str) -> str:
    """Return the rule that decides about calling Sarah for marketing."""
    answer = await api.live.get("/api/v1/contactability", params={"to": SARAH, "purpose": "marketing", **query})
    assert answer.status_code == 200, answer.text
    rule: str = answer.json()["rule"]
    return rule


async def test_a_consent_is_recorded_counts_and_is_withdrawn(api: ApiUnderTest) -> None:
    assert await asked(api) == "no_consent"
    made = await api.live.post("/api/v1/consents", json=AGREED)
    assert made.status_code == 201, made.text
    consent = made.json()
    assert {name: consent[name] for name in AGREED} == AGREED
    assert (consent["state"], consent["expires_at"]) == ("given", None)
    assert consent["recorded_by"].startswith("key_")
    assert await asked(api) == "none"
    # another channel is another consent
    assert await asked(api, channel="sms") == "no_consent"

    path = f"/api/v1/consents/{consent['consent_id']}"
    assert (await api.live.get(path)).json() == consent
    withdrawn = await api.live.post(f"{path}/withdraw", json={"source": "letter"})
    assert withdrawn.status_code == 201
    assert (withdrawn.json()["state"], withdrawn.json()["source"]) == ("withdrawn", "letter")
    assert withdrawn.json()["proof"] == {"consent_id": consent["consent_id"]}
    assert await asked(api) == "consent_withdrawn"
    again = await api.live.post(f"{path}/withdraw", json={})
    assert (again.status_code, again.json()) == (200, withdrawn.json())
    # the first record still says what it said
    assert (await api.live.get(path)).json() == consent

    # what is dated before the withdrawal does not undo it, what is said after it does
    await api.live.post("/api/v1/consents", json={**AGREED, "given_at": "2025-04-02T10:30:00Z"})
    assert await asked(api) == "consent_withdrawn"
    await api.live.post("/api/v1/consents", json=AGREED)
    assert await asked(api) == "none"


async def test_consents_are_listed_and_narrowed(api: ApiUnderTest) -> None:
    await api.live.post("/api/v1/consents", json=AGREED)
    mail = {**AGREED, "to": "Sarah@Example.com", "channel": "email", "expires_at": "2100-01-01T00:00:00Z"}
    assert (await api.live.post("/api/v1/consents", json=mail)).status_code == 201
    await api.live.post("/api/v1/consents", json={**AGREED, "state": "withdrawn", "wording": None})
    shown = (await api.live.get("/api/v1/consents?limit=2")).json()
    assert [entry["state"] for entry in shown["consents"]] == ["withdrawn", "given"]
    rest = (await api.live.get(f"/api/v1/consents?cursor={shown['next_cursor']}")).json()
    assert [entry["to"] for entry in rest["consents"]] == [SARAH]
    for query, count in (
        ("to=2125550100", 2),
        ("to=sarah@example.com", 1),
        ("channel=email", 1),
        ("state=given", 2),
        ("purpose=transactional", 0),
    ):
        assert len((await api.live.get(f"/api/v1/consents?{query}")).json()["consents"]) == count, query


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"to": "nobody"}, "to"),
        ({"to": "sarah@example.com"}, "to"),
        ({"channel": "email"}, "to"),
        ({"channel": "fax"}, "channel"),
        ({"purpose": "emergency"}, "purpose"),
        ({"state": "maybe"}, "state"),
        ({"wording": None}, "wording"),
        ({"source": ""}, "source"),
        ({"given_at": "yesterday"}, "given_at"),
        ({"given_at": "2100-01-01T00:00:00Z"}, "given_at"),
        ({"expires_at": "2025-04-02T10:30:00Z"}, "expires_at"),
        ({"state": "withdrawn", "expires_at": "2100-01-01T00:00:00Z"}, "expires_at"),
        ({"proof": {"url": 5}}, "proof.url"),
        ({"proof": {"x": "\x00"}}, "proof.x"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_consent_names_its_field(api: ApiUnderTest, change: dict[str, Any], field: str) -> None:
    answer = await api.live.post("/api/v1/consents", json={**AGREED, **change})
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await api.database.fetchval("SELECT count(*) FROM consents") == 0


async def test_records_cannot_be_changed(api: ApiUnderTest) -> None:
    await api.live.post("/api/v1/consents", json=AGREED)
    for statement in ("UPDATE consents SET state = 'withdrawn'", "DELETE FROM consents", "TRUNCATE consents"):
        with pytest.raises(Exception, match="append-only"):
            await api.database.execute(statement)


async def test_the_sandbox_reads_only(api: ApiUnderTest) -> None:
    assert (await api.sandbox.post("/api/v1/consents", json=AGREED)).status_code == 403
    assert (await api.sandbox.get("/api/v1/consents")).status_code == 200
    assert (await api.sandbox.post("/api/v1/do-not-call", json={"name": "x"})).status_code == 403


async def test_an_erased_persons_withdrawal_still_binds(api: ApiUnderTest) -> None:
    contact = (await api.live.post("/api/v1/contacts", json={"to": SARAH, "first_name": "Sarah"})).json()
    made = (await api.live.post("/api/v1/consents", json={**AGREED, "purpose": "transactional"})).json()
    assert made["contact_id"] == contact["contact_id"]
    await api.live.post(f"/api/v1/consents/{made['consent_id']}/withdraw", json={})
    await api.live.post("/api/v1/suppressions", json={"to": SARAH, "scope": "topic", "scope_key": "news"})

    held = (await api.live.post(f"/api/v1/contacts/{contact['contact_id']}/export")).json()
    assert [entry["state"] for entry in held["consents"]] == ["given", "withdrawn"]
    erased = await api.live.post(f"/api/v1/contacts/{contact['contact_id']}/erase", json={"confirm": True})
    assert erased.status_code == 200, erased.text
    for table in ("consents", "events"):
        rows = await api.database.fetch(f"SELECT t::text AS row FROM {table} t")
        assert not [row["row"] for row in rows if SARAH in row["row"] or "example.com" in row["row"]], table
    assert await asked(api, purpose="transactional") == "none"
    # the organisation names the number again, so its wish is there again
    await api.live.post("/api/v1/calls", json={"to": SARAH, "message": "Hello"})
    assert await asked(api, purpose="transactional") == "consent_withdrawn"


async def test_the_question_says_rule_reason_and_inputs(api: ApiUnderTest) -> None:
    await api.live.post("/api/v1/suppressions", json={"to": SARAH, "scope": "topic", "scope_key": "Offers"})
    assert await asked(api, purpose="transactional") == "none"
    assert await asked(api, purpose="transactional", topic="OFFERS") == "opted_out"
    answer = (await api.live.get("/api/v1/contactability", params={"to": SARAH, "topic": "offers"})).json()
    assert (answer["verdict"], answer["purpose"]) == ("skipped", "transactional")
    assert "topic:offers" in answer["reason"]
    assert answer["inputs"]["suppression"] == "topic:offers entered by API"
    mail = await api.live.get("/api/v1/contactability", params={"to": "a@example.com", "channel": "email"})
    assert mail.json()["verdict"] == "allowed"
    for query, status in (({"to": "nobody"}, 400), ({"to": SARAH, "campaign_id": "cmp_0"}, 404), ({}, 400)):
        assert (await api.live.get("/api/v1/contactability", params=query)).status_code == status
