"""Whatever is wrong is a 400 that names the field, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from support.appliance import RunningAppliance

GOOD: dict[str, Any] = {
    "to": "+15550100083",
    "from": "+15550109999",
    "message": "Hello {NAME}",
    "variables": {"NAME": "Sarah"},
}


@pytest.fixture(scope="module")
def key(running: RunningAppliance) -> str:
    return running.key(running.organisation("Bad Input School"), "--sandbox")


def changed(**fields: Any) -> dict[str, Any]:
    return {**GOOD, **fields}


CASES = {
    "no number": ({k: v for k, v in GOOD.items() if k != "to"}, "to"),
    "a bad number": (changed(to="12ab"), "to"),
    "an empty number": (changed(to=""), "to"),
    "a number as an object": (changed(to={"number": "1"}), "to"),
    "no message": ({k: v for k, v in GOOD.items() if k != "message"}, "message"),
    "an empty message": (changed(message="  "), "message"),
    "a message of the wrong type": (changed(message=7), "message"),
    "an unknown voice": (changed(voice="xx-Klingon-F"), "voice"),
    "a missing variable": (changed(variables={}), "message"),
    "variables of the wrong type": (changed(variables=["NAME"]), "variables"),
    "a bad webhook address": (changed(webhook_url="ftp://example.com/x"), "webhook_url"),
    "a webhook address without host": (changed(webhook_url="https://"), "webhook_url"),
    "a private webhook address": (changed(webhook_url="http://10.1.2.3/x"), "webhook_url"),
    "a bad dtmf action": (changed(dtmf={"1": {"action": "dance"}}), "dtmf.1.action"),
    "a dtmf webhook without address": (changed(dtmf={"1": {"action": "webhook"}}), "dtmf.1.url"),
    "a bad dtmf address": (changed(dtmf={"1": {"action": "webhook", "url": "nowhere"}}), "dtmf.1.url"),
    "a dtmf key that no telephone has": (changed(dtmf={"x": {"action": "hangup"}}), "dtmf.x"),
    "an unknown field": (changed(mesage="Hello"), "mesage"),
    "an unknown event": (changed(webhook_url="https://example.com", webhook_events=["call.sneezed"]), "webhook_events"),
    "a ring timeout out of range": (changed(ring_timeout_seconds=9999), "ring_timeout_seconds"),
    "a priority out of range": (changed(priority=10), "priority"),
    "a time that is none": (changed(scheduled_at="tomorrow"), "scheduled_at"),
    "a text without words": (
        {"to": GOOD["to"], "from": GOOD["from"], "flow": {"steps": [{"type": "sms", "text": " "}]}},
        "flow.steps",
    ),
    "the third of a batch": (
        {"from": GOOD["from"], "message": "Hi", "calls": [{"to": "+15550100083"}, {"to": "+15550100081"}, {"to": "x"}]},
        "calls[2].to",
    ),
}


async def number_of_calls(client: httpx.AsyncClient) -> int:
    answer = await client.get("/api/v1/calls", params={"limit": 200})
    return len(answer.json()["calls"])


def problem(answer: httpx.Response) -> list[str]:
    """Return the fields that a refusal names; checks that it is a problem of RFC 9457."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    body = answer.json()
    assert {"type", "title", "status", "errors"} <= set(body)
    for error in body["errors"]:
        assert error["message"]
        assert "received" in error
    return [error["field"] for error in body["errors"]]


@pytest.mark.parametrize("case", CASES)
async def test_a_wrong_field_is_named_and_nothing_is_left(running: RunningAppliance, key: str, case: str) -> None:
    body, field = CASES[case]
    async with running.client(key) as client:
        before = await number_of_calls(client)
        named = problem(await client.post("/api/v1/calls", json=body))
        assert any(name.startswith(field) for name in named), named
        assert await number_of_calls(client) == before


async def test_a_misspelt_field_gets_the_nearest_name(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client:
        answer = await client.post("/api/v1/calls", json=changed(mesage="Hello"))
        assert "message" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b'{"to": NaN}', b"[" * 5000],
    ids=["empty", "cut off", "a list", "a text", "null", "not UTF-8", "NaN", "very deep"],
)
async def test_a_body_that_is_no_object(running: RunningAppliance, key: str, content: bytes) -> None:
    async with running.client(key) as client:
        answer = await client.post("/api/v1/calls", content=content, headers={"Content-Type": "application/json"})
        assert "body" in problem(answer)


async def test_a_body_of_ten_megabytes(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client:
        answer = await client.post(
            "/api/v1/calls",
            content=b'{"message": "' + b"a" * 10_000_000 + b'"}',
            headers={"Content-Type": "application/json"},
        )
        assert problem(answer) == ["body"]


async def test_keys_open_only_what_is_theirs(running: RunningAppliance, key: str) -> None:
    other = running.key(running.organisation("Another School"), "--sandbox")
    async with running.client(key) as client, running.client(other) as stranger, running.client("live_none") as nobody:
        call_id = (await client.post("/api/v1/calls", json=GOOD)).json()["call_id"]
        for path in ("", "/events", "/deliveries"):
            assert (await client.get(f"/api/v1/calls/{call_id}{path}")).status_code == 200
            assert (await stranger.get(f"/api/v1/calls/{call_id}{path}")).status_code == 404
            answer = await nobody.get(f"/api/v1/calls/{call_id}{path}")
            assert answer.status_code == 401
            assert "Bearer" in answer.headers["www-authenticate"]
        assert (await stranger.post(f"/api/v1/calls/{call_id}/cancel")).status_code == 404


async def test_a_dry_run_shows_and_creates_nothing(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client:
        before = await number_of_calls(client)
        answer = await client.post("/api/v1/calls", json=changed(dry_run=True))
        assert answer.status_code == 200, answer.text
        assert "Hello Sarah" in answer.text
        assert await number_of_calls(client) == before


async def test_too_many_requests_are_told_when_to_come_back(running: RunningAppliance, key: str) -> None:
    eager = running.key(running.organisation("Eager School"), "--sandbox")
    async with running.client(eager) as client:
        for _ in range(3000):
            answer = await client.get("/api/v1/voices")
            if answer.status_code == 429:
                break
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert "ratelimit-limit" in answer.headers


async def test_the_pages_need_no_internet(running: RunningAppliance) -> None:
    async with httpx.AsyncClient(base_url=running.url, trust_env=False) as client:
        page = await client.get("/api/docs")
        assert page.status_code == 200
        assert "https://" not in page.text.replace("https://example.com", "")
        schema = (await client.get("/api/openapi.json")).json()
        assert schema["openapi"].startswith("3.1")
        assert {"/api/v1/calls", "/api/v1/calls/{call_id}", "/api/v1/calls/{call_id}/cancel"} <= set(schema["paths"])
