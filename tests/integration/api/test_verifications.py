"""Codes to people: sent once, known to nobody else, few to one number, worth nothing after five wrong ones."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from support.api import CALLER_ID, ApiUnderTest

pytestmark = pytest.mark.postgres

PERSON = "+12125550142"


async def _sent(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/verifications", json={"to": PERSON, "method": "spoken", **fields})
    assert answer.status_code == 201, answer.text
    sent: dict[str, Any] = answer.json()
    return sent


async def _check(client: httpx.AsyncClient, sent: dict[str, Any], code: str) -> httpx.Response:
    return await client.post(f"/api/v1/verifications/{sent['verification_id']}/check", json={"code": code})


async def _types(api: ApiUnderTest, sent: dict[str, Any]) -> list[str]:
    rows = await api.database.fetch("SELECT type FROM events WHERE subject = $1 ORDER BY id", sent["verification_id"])
    return [row["type"] for row in rows]


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


async def test_a_code_is_sent_and_comes_back(api: ApiUnderTest) -> None:
    sent = await _sent(api.sandbox)
    assert (sent["state"], sent["attempts_left"], len(sent["code"])) == ("pending", 5, 6)
    wrong = await _check(api.sandbox, sent, _other(sent["code"]))
    assert wrong.json() == {"valid": False, "attempts_left": 4, "state": "pending"}
    spaced = f"{sent['code'][:3]} {sent['code'][3:]}"
    assert (await _check(api.sandbox, sent, spaced)).json() == {"valid": True, "attempts_left": 0, "state": "verified"}
    assert (await _check(api.sandbox, sent, sent["code"])).status_code == 409
    shown = (await api.sandbox.get(f"/api/v1/verifications/{sent['verification_id']}")).json()
    assert shown["state"] == "verified"
    assert "code" not in shown
    listed = (await api.sandbox.get("/api/v1/verifications", params={"to": PERSON})).json()["verifications"]
    assert [one["verification_id"] for one in listed] == [sent["verification_id"]]
    assert await _types(api, sent) == ["verification.verified"]


async def test_a_live_code_is_written_nowhere(api: ApiUnderTest) -> None:
    sent = await _sent(api.live, pin="8361927450")
    assert sent["code"] is None
    tables = await api.database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        rows = await api.database.fetch(f"SELECT t::text AS row FROM {table} t")
        assert not [row for row in rows if "8361927450" in row["row"]], table
    call = await api.live.get(f"/api/v1/calls/{sent['call_id']}")
    assert "8361927450" not in call.text
    assert "sealed" not in call.text
    row = await api.database.fetchrow("SELECT purpose, from_number, sealed, held FROM calls")
    assert row is not None
    assert (row["purpose"], row["from_number"], row["held"]) == ("transactional", CALLER_ID, False)
    assert row["sealed"] is not None


async def test_five_wrong_codes_end_it(api: ApiUnderTest) -> None:
    sent = await _sent(api.sandbox)
    wrong = _other(sent["code"])
    answers = await asyncio.gather(*(_check(api.sandbox, sent, wrong) for _ in range(9)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [409] * 4
    assert (await _check(api.sandbox, sent, sent["code"])).status_code == 409
    shown = (await api.sandbox.get(f"/api/v1/verifications/{sent['verification_id']}")).json()
    assert (shown["state"], shown["reason"]) == ("failed", "5 wrong codes")


async def test_a_right_code_counts_once(api: ApiUnderTest) -> None:
    sent = await _sent(api.sandbox)
    answers = await asyncio.gather(*(_check(api.sandbox, sent, sent["code"]) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5


async def test_it_expires(api: ApiUnderTest) -> None:
    sent = await _sent(api.sandbox, ttl_seconds=60)
    await api.database.execute("UPDATE verifications SET expires_at = expires_at - $1::interval", timedelta(seconds=61))
    shown = (await api.sandbox.get(f"/api/v1/verifications/{sent['verification_id']}")).json()
    assert (shown["state"], shown["attempts_left"]) == ("expired", 0)
    refused = await _check(api.sandbox, sent, sent["code"])
    assert refused.status_code == 409
    assert "expired" in refused.json()["detail"]


async def test_cancelling_ends_the_call_too(api: ApiUnderTest) -> None:
    sent = await _sent(api.live)
    answer = await api.live.post(f"/api/v1/verifications/{sent['verification_id']}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    call = (await api.live.get(f"/api/v1/calls/{sent['call_id']}")).json()
    assert call["status"] == "cancelled"
    assert await api.database.fetchval("SELECT sealed FROM calls") is None
    again = await api.live.post(f"/api/v1/verifications/{sent['verification_id']}/cancel")
    assert again.status_code == 409


async def test_a_call_that_reaches_nobody_fails_it(api: ApiUnderTest) -> None:
    sent = await _sent(api.live)
    assert (await api.live.post(f"/api/v1/calls/{sent['call_id']}/cancel")).status_code == 200
    shown = (await api.live.get(f"/api/v1/verifications/{sent['verification_id']}")).json()
    assert shown["state"] == "failed"
    assert "cancelled" in shown["reason"]
    assert await _types(api, sent) == ["verification.failed"]


async def test_a_flash_code_is_the_end_of_a_number_of_ours(api: ApiUnderTest) -> None:
    sent = await _sent(api.live, method="flash")
    row = await api.database.fetchrow("SELECT from_number, ring_only_seconds, sealed FROM calls")
    assert row is not None
    assert (row["from_number"], row["sealed"]) == (CALLER_ID, None)
    assert row["ring_only_seconds"] is not None
    assert (await _check(api.live, sent, CALLER_ID[-4:])).json()["valid"]
    missing = await api.live.post("/api/v1/verifications", json={"to": PERSON, "method": "flash", "pin": "0001"})
    assert missing.status_code == 409
    assert "0001" in missing.json()["detail"]
    chosen = await _sent(api.sandbox, method="flash", pin="0001")
    assert chosen["code"] == "0001"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": PERSON}, "method"),
        ({"method": "spoken"}, "to"),
        ({"to": "911", "method": "spoken"}, "to"),
        ({"to": "+442079460000", "method": "spoken"}, "to"),
        ({"to": PERSON, "method": "letter"}, "method"),
        ({"to": PERSON, "method": "flash", "pin": "123456"}, "pin"),
        ({"to": PERSON, "method": "flash", "code_length": 6}, "code_length"),
        ({"to": PERSON, "method": "flash", "language": "en"}, "language"),
        ({"to": PERSON, "method": "spoken", "pin": "12a4"}, "pin"),
        ({"to": PERSON, "method": "spoken", "code_length": 3}, "code_length"),
        ({"to": PERSON, "method": "spoken", "pin": "1234", "code_length": 6}, "code_length"),
        ({"to": PERSON, "method": "spoken", "language": "zh-CN"}, "language"),
        ({"to": PERSON, "method": "spoken", "voice": "Nobody"}, "voice"),
        ({"to": PERSON, "method": "spoken", "ttl_seconds": 5}, "ttl_seconds"),
        ({"to": PERSON, "method": "spoken", "colour": "red"}, "colour"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_bad_requests_name_the_field_and_change_nothing(
    api: ApiUnderTest, body: dict[str, Any], field: str
) -> None:
    answer = await api.live.post("/api/v1/verifications", json=body)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert await api.database.fetchval("SELECT count(*) FROM calls") == 0


async def test_few_codes_go_to_one_number_even_at_once(api: ApiUnderTest) -> None:
    body = {"to": PERSON, "method": "spoken"}
    answers = await asyncio.gather(*(api.live.post("/api/v1/verifications", json=body) for _ in range(9)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [429] * 4
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert 3000 < float(refused.headers["retry-after"]) <= 3600
    assert await api.database.fetchval("SELECT count(*) FROM calls") == 5
    await _sent(api.live, to="+12125550143")
    await api.database.execute("UPDATE verifications SET created_at = created_at - interval '61 minutes'")
    await _sent(api.live)


async def test_keys_and_organisations_have_limits_that_an_owner_changes(api: ApiUnderTest) -> None:
    path = "/api/v1/verifications/limits"
    assert (await api.live.get(path)).json() == {
        "per_destination_hour": 5,
        "per_key_hour": 200,
        "per_organisation_day": 1000,
    }
    changed = await api.live.patch(path, json={"per_key_hour": 1})
    assert changed.json()["per_key_hour"] == 1
    await _sent(api.live)
    second = await api.live.post("/api/v1/verifications", json={"to": "+12125550143", "method": "spoken"})
    assert second.status_code == 429
    assert "of one key" in second.json()["detail"]
    await api.live.patch(path, json={"per_key_hour": 200, "per_organisation_day": 1})
    third = await api.live.post("/api/v1/verifications", json={"to": "+12125550143", "method": "spoken"})
    assert third.status_code == 429
    assert "of one organisation" in third.json()["detail"]
    assert (await api.live.patch(path, json={"per_key_hour": 0})).status_code == 400
    assert (await api.sandbox.patch(path, json={"per_key_hour": 9})).status_code == 403


async def test_sandbox_and_live_do_not_see_each_other(api: ApiUnderTest) -> None:
    sent = await _sent(api.sandbox)
    assert (await api.live.get(f"/api/v1/verifications/{sent['verification_id']}")).status_code == 404
    assert (await _check(api.live, sent, sent["code"])).status_code == 404


async def test_a_repeat_with_the_same_key_sends_one_code(api: ApiUnderTest) -> None:
    headers = {"Idempotency-Key": "once"}
    body = orjson.dumps({"to": PERSON, "method": "spoken"})
    answers = [await api.live.post("/api/v1/verifications", content=body, headers=headers) for _ in range(3)]
    assert len({answer.json()["verification_id"] for answer in answers}) == 1
    assert await api.database.fetchval("SELECT count(*) FROM calls") == 1


async def test_the_feed_of_a_sandbox_key_has_its_verifications(api: ApiUnderTest) -> None:
    sent = await _sent(api.sandbox)
    await _check(api.sandbox, sent, sent["code"])
    async with asyncio.timeout(20):
        seen: list[str] = []
        while "verification.verified" not in seen:
            events = (await api.sandbox.get("/api/v1/events")).json()["events"]
            seen = [event["type"] for event in events]


async def test_an_erased_person_is_in_no_verification(api: ApiUnderTest) -> None:
    contact = (await api.live.post("/api/v1/contacts", json={"to": PERSON})).json()
    sent = await _sent(api.live)
    assert (await api.live.post(f"/api/v1/calls/{sent['call_id']}/cancel")).status_code == 200
    path = f"/api/v1/contacts/{contact['contact_id']}"
    export = await api.live.post(f"{path}/export")
    assert sent["verification_id"] in export.text
    assert "code_hash" not in export.text
    assert (await api.live.post(f"{path}/erase")).status_code == 200
    rows = await api.database.fetch("SELECT v::text AS row FROM verifications v")
    rows += await api.database.fetch("SELECT e::text AS row FROM events e WHERE subject = $1", sent["verification_id"])
    assert len(rows) == 2
    assert not [row for row in rows if PERSON in row["row"]]
