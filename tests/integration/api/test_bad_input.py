"""Bad input: each a 400 that names the field, and no row left behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

JSON = {"Content-Type": "application/json"}
GOOD: dict[str, Any] = {"to": "+12125550100", "message": "Hello {NAME}", "variables": {"NAME": "Sarah"}}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"to": "12"}, "to"),
    ({"to": None}, "to"),
    ({"to": True}, "to"),
    ({"to": 1.5}, "to"),
    ({"to": {"number": "+12125550100"}}, "to"),
    ({"to": "+1212555\u0000"}, "to"),
    ({"from": "12"}, "from"),
    ({"from": ["+18005550199"]}, "from"),
    ({"message": ""}, "message"),
    ({"message": "   "}, "message"),
    ({"message": 5}, "message"),
    ({"message": "x" * 5001}, "message"),
    ({"message": "nul \u0000"}, "message"),
    ({"message": "Hello {OTHER}"}, "message"),
    ({"voice": "xx-XX-Nobody"}, "voice"),
    ({"voice": 3}, "voice"),
    ({"language": "xx-XX"}, "language"),
    ({"language": "no language"}, "language"),
    ({"rate": 3}, "rate"),
    ({"rate": "fast"}, "rate"),
    ({"pitch": 0}, "pitch"),
    ({"variables": []}, "variables"),
    ({"variables": {"NAME": None}}, "variables.NAME"),
    ({"variables": {"NAME": True}}, "variables.NAME"),
    ({"variables": {"NAME": {"a": 1}}}, "variables.NAME"),
    ({"variables": {"NAME": "x" * 2001}}, "variables.NAME"),
    ({"dtmf": []}, "dtmf"),
    ({"dtmf": {"1": "webhook"}}, "dtmf.1"),
    ({"dtmf": {"1": {"action": "webhok"}}}, "dtmf.1.action"),
    ({"dtmf": {"1": {"action": "webhook"}}}, "dtmf.1.url"),
    ({"dtmf": {"1": {"action": "webhook", "url": "yourapp"}}}, "dtmf.1.url"),
    ({"dtmf": {"1": {"action": "webhook", "url": "http://127.0.0.1/"}}}, "dtmf.1.url"),
    ({"dtmf": {"1": {"action": "optout", "urll": "x"}}}, "dtmf.1.urll"),
    ({"dtmf": {"1": {"action": "transfer", "to": "911"}}}, "dtmf.1.to"),
    ({"dtmf": {"1": {"action": "transfer", "to": "+1911"}}}, "dtmf.1.to"),
    ({"dtmf": {"1": {"action": "transfer", "to": "+19005550123"}}}, "dtmf.1.to"),
    ({"dtmf": {"1": {"action": "transfer", "to": "Ext:1000"}}}, "dtmf.1.to"),
    ({"dtmf": {"1": {"action": "transfer", "to": "sip:agent@example.com"}}}, "dtmf.1.to"),
    ({"dtmf": {"1": {"action": "sms"}}}, "dtmf.1.text"),
    ({"webhook_url": "yourapp.com"}, "webhook_url"),
    ({"webhook_url": "ftp://yourapp.com/"}, "webhook_url"),
    ({"webhook_url": "http://169.254.169.254/latest"}, "webhook_url"),
    ({"webhook_url": "http://[::1]/"}, "webhook_url"),
    ({"webhook_url": 7}, "webhook_url"),
    ({"webhook_events": "call.answered"}, "webhook_events"),
    ({"webhook_events": ["call.anwsered"]}, "webhook_events[0]"),
    ({"metadata": "x"}, "metadata"),
    ({"metadata": {"a": "x" * 17_000}}, "metadata"),
    ({"ring_timeout_seconds": 4}, "ring_timeout_seconds"),
    ({"ring_timeout_seconds": 121}, "ring_timeout_seconds"),
    ({"ring_timeout_seconds": "30"}, "ring_timeout_seconds"),
    ({"priority": 10}, "priority"),
    ({"priority": 2.5}, "priority"),
    ({"priority": True}, "priority"),
    ({"scheduled_at": "tomorrow"}, "scheduled_at"),
    ({"scheduled_at": "2025-04-15"}, "scheduled_at"),
    ({"scheduled_at": "9999-12-31T23:59:59-12:00"}, "scheduled_at"),
    ({"scheduled_at": 1744712400}, "scheduled_at"),
    ({"dry_run": "yes"}, "dry_run"),
    ({"calls": {}}, "calls"),
    ({"campaign_name": ""}, "campaign_name"),
    ({"flow": "say hello", "message": None, "variables": None}, "flow"),
    ({"flow": {"steps": [{"type": "shout", "text": "x"}]}, "message": None}, "flow.steps[0].type"),
    ({"flow": {"steps": [{"type": "say", "text": "{X}"}]}, "message": None}, "flow.steps[0].text"),
    ({"flow": {"steps": [{"type": "sms", "text": " "}]}, "message": None}, "flow.steps[0].text"),
    (
        {"flow": {"steps": [{"type": "webhook", "url": "http://10.0.0.1/"}]}, "message": None},
        "flow.steps[0].url",
    ),
    ({"flow": {"steps": [{"type": "say", "text": "x", "voice": "xx-X"}]}, "message": None}, "flow.steps[0].voice"),
]


async def assert_refused(api: ApiUnderTest, answer: Any, *fields: str) -> None:
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["title"]) == (400, "Bad Request")
    assert [error["field"] for error in body["errors"]] == list(fields), body
    assert all(set(error) == {"field", "message", "received"} and error["message"] for error in body["errors"])
    for table in ("calls", "flows", "campaigns", "events", "idempotency"):
        assert await api.database.fetchval(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.parametrize(("change", "field"), WRONG, ids=[f"{field}-{i}" for i, (_, field) in enumerate(WRONG)])
async def test_one_wrong_field_is_named(api: ApiUnderTest, change: dict[str, Any], field: str) -> None:
    await assert_refused(api, await api.live.post("/api/v1/calls", json={**GOOD, **change}), field)


async def test_all_wrong_fields_are_named_at_once(api: ApiUnderTest) -> None:
    body = {**GOOD, "to": "12", "message": "{X}", "webhook_url": "x", "scheduled_at": "soon"}
    answer = await api.live.post("/api/v1/calls", json=body)
    await assert_refused(api, answer, "to", "message", "webhook_url", "scheduled_at")


@pytest.mark.parametrize(
    ("name", "meant"), [("mesage", "message"), ("webhookUrl", "webhook_url"), ("From", "from"), ("voices", "voice")]
)
async def test_unknown_fields_suggest_the_nearest(api: ApiUnderTest, name: str, meant: str) -> None:
    answer = await api.live.post("/api/v1/calls", json={**GOOD, name: "x"})
    await assert_refused(api, answer, name)
    assert repr(meant) in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("content", "headers", "field"),
    [
        (b"{", {}, "body"),
        (b"", {}, "body"),
        (b"[]", {}, "body"),
        (b"null", {}, "body"),
        (b'{"to": NaN}', {}, "body"),
        (b'{"to": "\xff"}', {}, "body"),
        (b'{"to": "\\ud800"}', {}, "body"),
        (b"[" * 100_000, {}, "body"),
        (json.dumps(GOOD).encode(), {"Content-Type": "application/x-www-form-urlencoded"}, "Content-Type"),
        (json.dumps(GOOD).encode(), {"Content-Type": "text/plain"}, "Content-Type"),
        (json.dumps(GOOD).encode(), {"Content-Encoding": "gzip"}, "Content-Encoding"),
        (json.dumps(GOOD).encode(), {"Idempotency-Key": "x" * 256}, "Idempotency-Key"),
    ],
)
async def test_bodies_that_are_no_request(
    api: ApiUnderTest, content: bytes, headers: dict[str, str], field: str
) -> None:
    headers = {"Content-Type": "application/json", **headers}
    await assert_refused(api, await api.live.post("/api/v1/calls", content=content, headers=headers), field)


#: What a body may have; more where emails with their files may come.
_MOST = [("/api/v1/sms", 5), ("/api/v1/calls", 5), ("/api/v1/campaigns", 12), ("/api/v1/emails", 12)]


@pytest.mark.parametrize(("path", "most"), _MOST)
async def test_bodies_that_are_too_large_are_refused_unread(api: ApiUnderTest, path: str, most: int) -> None:
    big = json.dumps({**GOOD, "message": "x" * most * 1024 * 1024}).encode()
    await assert_refused(api, await api.live.post(path, content=big, headers=JSON), "body")


@pytest.mark.parametrize(("path", "most"), _MOST)
async def test_an_endless_body_is_cut_off(api: ApiUnderTest, path: str, most: int) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536
            await asyncio.sleep(0)

    await assert_refused(api, await api.live.post(path, content=endless(), headers=JSON), "body")
    assert sent < (most + 1) * 1024 * 1024


async def test_five_megabytes_are_read(api: ApiUnderTest) -> None:
    content = json.dumps(GOOD).encode().ljust(5 * 1024 * 1024)
    answer = await api.live.post("/api/v1/calls", content=content, headers=JSON)
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/calls?limit=0",
        "/api/v1/calls?limit=201",
        "/api/v1/calls?limit=x",
        "/api/v1/calls?cursor=abc",
        "/api/v1/calls?cursor=99999999999999999999",
        "/api/v1/calls?status=sleeping",
        "/api/v1/calls?outcome=x",
        "/api/v1/calls?to=12",
        "/api/v1/calls?campaign_id=%00",
        "/api/v1/calls?number=99999999999999999999",
        "/api/v1/calls?created_after=yesterday",
        "/api/v1/calls?created_after=0001-01-01T00:00:00%2B14:00",
        "/api/v1/calls?unknown=1",
        "/api/v1/events?after=-1",
        "/api/v1/events?limit=100000",
        "/api/v1/suppressions?to=%00",
    ],
)
async def test_wrong_queries_are_refused(api: ApiUnderTest, path: str) -> None:
    answer = await api.live.get(path)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"]


@pytest.mark.parametrize("call_id", ["cal_0", "x", "%00", "cal_" + "0" * 300, "..%2f", "cal_'; DROP TABLE calls"])
async def test_what_is_not_there_is_not_found(api: ApiUnderTest, call_id: str) -> None:
    for path in ("", "/events", "/deliveries"):
        answer = await api.live.get(f"/api/v1/calls/{call_id}{path}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await api.live.post(f"/api/v1/calls/{call_id}/cancel")).status_code == 404
