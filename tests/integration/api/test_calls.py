"""Placing calls: the guide's bodies and answers, batches, and what a dry run shows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.api import CALLER_ID, ApiUnderTest

pytestmark = pytest.mark.postgres

#: The guide's request, word by word.
GUIDE: dict[str, Any] = {
    "to": "+12125550100",
    "from": "+18005550199",
    "message": "Hello {FIRST_NAME}, this is a reminder about your appointment on {APPT_DATE} at {APPT_TIME}. "
    "Press 1 to confirm or 2 to reschedule.",
    "voice": "en-US-Neural-F",
    "variables": {"FIRST_NAME": "Sarah", "APPT_DATE": "Tuesday, April 15th", "APPT_TIME": "3:15 PM"},
    "dtmf": {
        "1": {"action": "webhook", "url": "https://yourapp.com/confirm"},
        "2": {"action": "webhook", "url": "https://yourapp.com/reschedule"},
        "9": {"action": "optout"},
    },
    "webhook_url": "https://yourapp.com/call-status",
}


async def rows(api: ApiUnderTest) -> list[dict[str, Any]]:
    return [dict(row) for row in await api.database.fetch("SELECT * FROM calls ORDER BY number")]


async def test_the_guides_request_gets_the_guides_answer(api: ApiUnderTest) -> None:
    answer = await api.live.post("/api/v1/calls", json=GUIDE)
    assert answer.status_code == 201
    body = answer.json()
    assert list(body)[:4] == ["call_id", "status", "to", "created_at"]
    assert re.fullmatch(r"cal_[0-9a-hjkmnp-tv-z]{20}", body["call_id"])
    assert (body["status"], body["to"]) == ("queued", "+12125550100")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["created_at"])
    assert body["voice"]["asked"] == "en-US-Neural-F"
    assert body["voice"]["language"] == "en-US"
    (row,) = await rows(api)
    assert (row["id"], row["from_number"], row["sandbox"]) == (body["call_id"], CALLER_ID, False)
    assert row["variables"] == GUIDE["variables"]
    (event,) = await api.database.fetch("SELECT type, subject FROM events")
    assert tuple(event) == ("call.queued", body["call_id"])


async def test_every_field_reaches_the_row(api: ApiUnderTest) -> None:
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    answer = await api.live.post(
        "/api/v1/calls",
        json={
            "to": 12125550100,
            "message": "#code# {{code}} {CODE}",
            "variables": {"code": 42},
            "webhook_url": "https://yourapp.com/x",
            "webhook_events": ["call.answered"],
            "metadata": {"order": [1, {"a": None}]},
            "ring_timeout_seconds": 5,
            "priority": 9,
            "scheduled_at": later.isoformat(),
        },
    )
    assert answer.status_code == 201, answer.text
    (row,) = await rows(api)
    assert row["to_number"] == "+12125550100"
    assert row["from_number"] == CALLER_ID
    assert row["variables"] == {"code": "42"}
    assert row["metadata"] == {"order": [1, {"a": None}]}
    assert (row["ring_timeout_seconds"], row["priority"], row["due_at"]) == (5, 9, later)
    assert (row["webhook_url"], row["webhook_events"]) == ("https://yourapp.com/x", ["call.answered"])


async def test_a_time_without_a_zone_is_in_the_accounts(api: ApiUnderTest) -> None:
    year = datetime.now(UTC).year + (1 if datetime.now(UTC).month > 6 else 0)
    await api.live.post(
        "/api/v1/calls", json={"to": "+12125550100", "message": "x", "scheduled_at": f"{year}-07-01T12:00"}
    )
    await api.live.post(
        "/api/v1/calls", json={"to": "+12125550100", "message": "x", "scheduled_at": "2001-01-01T00:00:00Z"}
    )
    first, past = await rows(api)
    assert first["due_at"] == datetime(year, 7, 1, 16, tzinfo=UTC)
    assert past["due_at"].year >= 2025


async def test_a_batch_shares_what_stands_at_the_top(api: ApiUnderTest) -> None:
    answer = await api.live.post(
        "/api/v1/calls",
        json={
            "message": "Hello {NAME} of {CITY}",
            "variables": {"CITY": "Elm", "NAME": "you"},
            "priority": 3,
            "campaign_name": "Snow day",
            "calls": [
                {"to": "+12125550100", "variables": {"NAME": "Sarah"}},
                {"to": "+12125550101", "priority": 9, "message": "Other"},
            ],
        },
    )
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert [call["to"] for call in body["calls"]] == ["+12125550100", "+12125550101"]
    first, second = await rows(api)
    assert first["variables"] == {"CITY": "Elm", "NAME": "Sarah"}
    assert second["variables"] == {"CITY": "Elm", "NAME": "you"}
    assert (first["priority"], second["priority"]) == (3, 9)
    assert first["campaign_id"] == second["campaign_id"] == body["campaign_id"]
    assert await api.database.fetchval("SELECT name FROM campaigns") == "Snow day"
    assert await api.database.fetchval("SELECT count(*) FROM flows") == 2


async def test_a_list_of_numbers_is_a_batch_with_one_flow(api: ApiUnderTest) -> None:
    numbers = [f"+1212555{i:04}" for i in range(250)]
    answer = await api.live.post("/api/v1/calls", json={"to": numbers, "message": "Closed."})
    assert answer.status_code == 201
    assert [call["to"] for call in answer.json()["calls"]] == numbers
    assert await api.database.fetchval("SELECT count(*) FROM flows") == 1


async def test_a_batch_is_all_or_nothing_and_names_each_fault(api: ApiUnderTest) -> None:
    calls: list[Any] = [{"to": f"+1212555010{i}", "message": "Hi {A}", "variables": {"A": "x"}} for i in range(6)]
    calls[1] = {"to": "12", "message": "Hi"}
    calls[2]["variables"] = {}
    calls[3] = "+12125550100"
    calls[4] = {"to": "+12125550104", "mesage": "Hi"}
    answer = await api.live.post("/api/v1/calls", json={"calls": calls})
    assert answer.status_code == 400
    fields = [error["field"] for error in answer.json()["errors"]]
    assert fields == ["calls[1].to", "calls[2].message", "calls[3]", "calls[4].mesage"]
    assert await rows(api) == []


async def test_a_fault_at_the_top_is_said_once(api: ApiUnderTest) -> None:
    body = {"to": ["+12125550100", "+12125550101"], "message": "Hi {A}", "webhook_url": "ftp://x/"}
    answer = await api.live.post("/api/v1/calls", json=body)
    assert [error["field"] for error in answer.json()["errors"]] == ["message", "webhook_url"]


async def test_a_partial_batch_creates_the_good_calls(api: ApiUnderTest) -> None:
    body = {"to": ["12", "+12125550100", "34"], "message": "Hi", "partial": True}
    answer = await api.live.post("/api/v1/calls", json=body)
    assert answer.status_code == 201
    assert [(call["index"], call["to"]) for call in answer.json()["calls"]] == [(1, "+12125550100")]
    assert [error["field"] for error in answer.json()["errors"]] == ["to[0]", "to[2]"]
    assert len(await rows(api)) == 1
    nothing = await api.live.post("/api/v1/calls", json={**body, "to": ["12", "34"]})
    assert nothing.status_code == 400
    assert len(await rows(api)) == 1


async def test_too_many_errors_are_counted_not_listed(api: ApiUnderTest) -> None:
    answer = await api.live.post("/api/v1/calls", json={"to": ["12"] * 5000, "message": "Hi"})
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 100
    assert len(answer.content) < 50_000


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": [], "message": "x"}, "to"),
        ({"calls": [], "message": "x"}, "calls"),
        ({"to": ["+12125550100"] * 10_001, "message": "x"}, "to"),
        ({"to": "+12125550100", "calls": [{"to": "+12125550100"}], "message": "x"}, "to"),
        ({"message": "x"}, "to"),
        ({"to": "+12125550100", "message": "x", "partial": True}, "partial"),
        ({"to": "+12125550100", "message": "x", "flow": {"steps": [{"type": "say", "text": "x"}]}}, "flow"),
        ({"to": "+12125550100", "voice": "en-US-F", "flow": {"steps": [{"type": "say", "text": "x"}]}}, "voice"),
        ({"to": "+12125550100"}, "message"),
        ({"calls": [{"to": "+12125550100"}]}, "calls[0].message"),
    ],
)
async def test_shapes_that_mean_nothing_are_refused(api: ApiUnderTest, body: dict[str, Any], field: str) -> None:
    answer = await api.live.post("/api/v1/calls", json=body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_dry_run_shows_what_would_be_said_and_leaves_nothing(api: ApiUnderTest) -> None:
    await api.live.post("/api/v1/suppressions", json={"to": "+18223298101"})
    before = await api.database.fetchval("SELECT count(*) FROM events")
    answer = await api.live.post("/api/v1/calls", json={**GUIDE, "to": "+18223298101", "dry_run": True})
    assert answer.status_code == 200
    (call,) = answer.json()["calls"]
    assert call["preview"] == (
        "Hello Sarah, this is a reminder about your appointment on Tuesday, April 15th at 3:15 PM. "
        "Press 1 to confirm or 2 to reschedule."
    )
    assert (call["to"], call["from"]) == ("+18223298101", "+18005550199")
    assert len(call["warnings"]) == 2
    assert (call["estimated_cost"], call["currency"]) == (None, None)
    for table in ("calls", "flows", "campaigns", "idempotency"):
        assert await api.database.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await api.database.fetchval("SELECT count(*) FROM events") == before
    wrong = await api.live.post("/api/v1/calls", json={**GUIDE, "variables": {}, "dry_run": True})
    assert wrong.status_code == 400


async def test_a_flow_is_placed_in_canonical_form(api: ApiUnderTest) -> None:
    flow = {"steps": [{"type": "say", "text": "Hello {NAME}."}, {"type": "hangup"}]}
    body = {"to": "+12125550100", "flow": flow, "variables": {"NAME": "Sarah"}}
    answer = await api.live.post("/api/v1/calls", json=body)
    assert answer.status_code == 201, answer.text
    stored = await api.database.fetchval("SELECT body FROM flows")
    assert set(stored["steps"][stored["start"]]) > {"type", "text"}
    preview = await api.live.post("/api/v1/calls", json={**body, "dry_run": True})
    assert preview.json()["calls"][0]["preview"] == "Hello Sarah."


async def test_sandbox_takes_any_number_and_any_caller_id(api: ApiUnderTest) -> None:
    for to in ("99999999999", "+623882772", "8223298101"):
        answer = await api.sandbox.post("/api/v1/calls", json={"to": to, "from": "+15005550006", "message": "x"})
        assert answer.status_code == 201, answer.text
    assert all(row["sandbox"] and row["from_number"] == "+15005550006" for row in await rows(api))


async def test_a_caller_id_must_be_verified(api: ApiUnderTest) -> None:
    body = {"to": "+12125550100", "message": "x", "from": "+12125550177"}
    answer = await api.live.post("/api/v1/calls", json=body)
    assert [error["field"] for error in answer.json()["errors"]] == ["from"]
    await api.database.execute("UPDATE numbers SET enabled = false")
    answer = await api.live.post("/api/v1/calls", json={"to": "+12125550100", "message": "x"})
    assert [error["field"] for error in answer.json()["errors"]] == ["from"]
    assert (await api.sandbox.post("/api/v1/calls", json={"to": "+12125550100", "message": "x"})).status_code == 201


@pytest.mark.parametrize("to", ["+1911", "+49110", "+19005551234", "+4911833"])
async def test_some_numbers_are_never_called(api: ApiUnderTest, to: str) -> None:
    answer = await api.live.post("/api/v1/calls", json={"to": to, "message": "x"})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["to"]
    assert await rows(api) == []
