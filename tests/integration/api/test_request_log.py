"""The request log: what was refused is told to whoever looks after the account, whatever form the answer had."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.accounts import request_log
from support.api import ApiUnderTest, client_of

pytestmark = pytest.mark.postgres


async def shown(api: ApiUnderTest, **query: Any) -> list[dict[str, Any]]:
    answer = await api.live.get("/api/v1/request-log", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["requests"]
    return found


async def test_a_refused_request_is_there_with_its_reason(api: ApiUnderTest) -> None:
    answer = await api.live.post("/api/v1/calls?name=secret-of-the-query", json={"to": "12", "message": "Hello"})
    assert answer.status_code == 400
    (entry, *_) = await shown(api, interface="native")
    assert (entry["method"], entry["path"], entry["status"]) == ("POST", "/api/v1/calls", 400)
    assert (entry["code"], entry["reason"]) == ("invalid_request", answer.json()["detail"])
    assert entry["request_id"] == answer.headers["x-request-id"]
    assert entry["key_id"] is not None
    assert not entry["sandbox"]
    # nobody knows who that was
    before = len(await shown(api))
    await api.nobody.post("/api/v1/calls", json={})
    await api.live.get("/api/v1/calls")
    assert len(await shown(api)) == before


@pytest.mark.parametrize(
    ("dialect", "reason"),
    [
        ("robotalker", "messagetext"),
        ("robocall", "requestId: is required"),
        ("effebot", "phone: is required"),
        ("multisender", "name"),
    ],
)
async def test_what_a_dialect_refuses_is_there_in_its_words(api: ApiUnderTest, dialect: str, reason: str) -> None:
    key = (await api.live.post("/api/v1/keys", json={"name": dialect, "sandbox": True, "dialect": dialect})).json()
    secret = key["secret"]
    async with client_of(api.app) as client:
        client.headers.update({"x-credential-api-key": secret, "X-Access-Token": secret})
        if dialect == "robotalker":
            fields = {"key": key["key_id"], "token": secret, "whattodo": "SendSms", "phonenumber": "2125550101"}
            answer = await client.post("/api/handler.ashx", params=fields)
            assert (answer.status_code, answer.json()) == (200, "42 Unable to create/find message")
        elif dialect == "effebot":
            answer = await client.post("/apiCalls/create", json={"apiKey": secret, "record": {"text": "x"}})
            assert answer.status_code == 200
        else:
            answer = await client.post("/v1/call" if dialect == "robocall" else "/groups", json={})
            assert answer.status_code == 400
    (entry,) = await shown(api, interface=dialect, key_id=key["key_id"])
    assert entry["status"] == 400
    assert entry["sandbox"]
    assert reason in entry["reason"]
    assert secret not in str(entry)
    # a sandbox key reads those of the sandbox
    seen = (await api.sandbox.get("/api/v1/request-log")).json()["requests"]
    assert entry in seen
    assert all(each["sandbox"] for each in seen)


async def test_it_is_bounded(api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    log = api.services.accounts.request_log
    monkeypatch.setattr(request_log, "PER_MINUTE", 0)
    before = await shown(api)
    await api.live.post("/api/v1/calls", json={})
    assert await shown(api) == before
    monkeypatch.setattr(request_log, "PER_MINUTE", 1_000_000)
    for _ in range(3):
        await api.live.post("/api/v1/calls", json={})
    monkeypatch.setattr(request_log, "KEPT", 2)
    await log.forget()
    assert len(await shown(api)) == 2
    await api.database.execute("UPDATE refused_requests SET at = now() - interval '31 days'")
    await log.forget()
    assert await shown(api) == []


async def test_a_database_that_is_away_changes_no_answer(api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "SQL", {"record": "SELECT 1 FROM nothing_of_this_name"})
    assert (await api.live.post("/api/v1/calls", json={})).status_code == 400


async def test_who_is_erased_is_not_in_it(api: ApiUnderTest) -> None:
    body = {"first_name": "Ann", "numbers": ["+12125550177"]}
    made = (await api.live.post("/api/v1/contacts", json=body)).json()
    await api.live.post("/api/v1/calls", json={"to": ["+12125550177 and 8"], "message": "Hello"})
    assert "5550177" in str(await shown(api))
    answer = await api.live.post(f"/api/v1/contacts/{made['contact_id']}/erase")
    assert answer.status_code in (200, 204), answer.text
    assert "5550177" not in str(await shown(api))
