"""Signing in over the API: tokens for programs, a cookie for browsers, invitations, the second factor."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from callwright.accounts import totp
from callwright.api.native.security import CONSOLE_HEADER
from support.api import ApiUnderTest, client_of
from support.people import PASSWORD, make_user, sign_in

pytestmark = pytest.mark.postgres


async def test_an_invitation_a_session_and_a_way_out(api: ApiUnderTest) -> None:
    owner = await make_user(api, "owner")
    async with await sign_in(api, owner) as client:
        invited = await client.post("/api/v1/users", json={"email": "ann@example.com", "role": "agent"})
        assert invited.status_code == 201
        token = invited.json()["invitation_token"]
    body = {"token": token, "password": PASSWORD}
    assert (await api.nobody.post("/api/v1/invitations/accept", json=body)).json()["has_password"]
    assert (await api.nobody.post("/api/v1/invitations/accept", json=body)).status_code == 404
    wrong = await api.nobody.post("/api/v1/sessions", json={"email": "ann@example.com", "password": "wrong"})
    assert wrong.status_code == 401
    made = await api.nobody.post("/api/v1/sessions", json={"email": "ann@example.com", "password": PASSWORD})
    assert made.status_code == 201
    assert "set-cookie" not in made.headers
    async with client_of(api.app, made.json()["token"]) as client:
        me = (await client.get("/api/v1/users/me")).json()
        assert (me["email"], me["role"]) == ("ann@example.com", "agent")
        account = (await client.get("/api/v1/account")).json()
        assert account["key"]["session_id"] == made.json()["session"]["session_id"]
        (session,) = (await client.get("/api/v1/sessions")).json()["sessions"]
        assert session["current"]
        assert (await client.delete("/api/v1/sessions/current")).status_code == 204
        assert (await client.get("/api/v1/users/me")).status_code == 401


def browser(api: ApiUnderTest, base_url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url=base_url)


async def sign_in_by_cookie(api: ApiUnderTest, client: httpx.AsyncClient) -> str:
    """Sign an owner in and return the header that sets the cookie."""
    user = await make_user(api, "owner")
    made = await client.post("/api/v1/sessions", json={"email": user.email, "password": PASSWORD, "cookie": True})
    assert made.json()["token"] is None
    return made.headers["set-cookie"]


@pytest.mark.parametrize(("scheme", "name"), [("http", "callwright"), ("https", "__Host-callwright")])
async def test_the_consoles_cookie_is_strict(api: ApiUnderTest, scheme: str, name: str) -> None:
    async with browser(api, f"{scheme}://api.test") as client:
        cookie = await sign_in_by_cookie(api, client)
        assert cookie.startswith(f"{name}=ses_")
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/", "max-age=86400"} <= attributes
        assert ("secure" in attributes) == (scheme == "https")
        assert not any(attribute.startswith("domain") for attribute in attributes)
        assert (await client.get("/api/v1/users/me")).status_code == 200


async def test_a_foreign_page_changes_nothing_by_cookie(api: ApiUnderTest) -> None:
    async with browser(api, "https://api.test") as client:
        await sign_in_by_cookie(api, client)
        for method, path in (("POST", "/api/v1/suppressions"), ("DELETE", "/api/v1/sessions/current")):
            refused = await client.request(method, path, json={"to": "+12125550100"})
            assert refused.status_code == 403
            assert CONSOLE_HEADER in refused.json()["detail"]
        assert await api.database.fetchval("SELECT count(*) FROM suppressions") == 0
        # no other site may ask whether it could send the header
        asked = await client.options(
            "/api/v1/suppressions",
            headers={"Origin": "https://evil.test", "Access-Control-Request-Headers": CONSOLE_HEADER},
        )
        assert not any(header.startswith("access-control") for header in asked.headers)
        headers = {CONSOLE_HEADER: "1"}
        entered = await client.post("/api/v1/suppressions", json={"to": "+12125550100"}, headers=headers)
        assert entered.status_code == 201
        assert (await client.delete("/api/v1/sessions/current", headers=headers)).status_code == 204
        assert (await client.get("/api/v1/users/me")).status_code == 401


async def test_a_key_in_the_cookie_is_no_key(api: ApiUnderTest) -> None:
    key = api.live.headers["Authorization"].removeprefix("Bearer ")
    answer = await api.nobody.get("/api/v1/account", headers={"Cookie": f"callwright={key}"})
    assert answer.status_code == 401


async def test_the_second_factor_over_the_api(api: ApiUnderTest) -> None:
    user = await make_user(api, "manager")
    body: dict[str, Any] = {"email": user.email, "password": PASSWORD}
    async with await sign_in(api, user) as client:
        path = "/api/v1/users/me/second-factor"
        assert (await client.post(path, json={"password": "wrong password"})).status_code == 400
        secret = (await client.post(path, json={"password": PASSWORD})).json()["secret"]
        code = totp.code_of(totp.from_text(secret), totp.step_at(datetime.now(UTC)))
        codes = (await client.post(f"{path}/confirm", json={"code": code})).json()["recovery_codes"]
    asked = await api.nobody.post("/api/v1/sessions", json=body)
    assert asked.status_code == 401
    assert asked.json()["type"] == "urn:callwright:problem:second_factor_needed"
    assert (await api.nobody.post("/api/v1/sessions", json={**body, "code": code})).status_code == 401
    made = await api.nobody.post("/api/v1/sessions", json={**body, "code": codes[0]})
    assert made.json()["session"]["second_factor_at"] is not None


async def test_keys_do_not_take_over_an_account(api: ApiUnderTest) -> None:
    user = await make_user(api, "owner")
    _, secret = await api.services.accounts.key_service.create(
        api.organisation.id, "own", sandbox=False, user_id=user.id
    )
    change = {"current_password": PASSWORD, "new_password": "nine grey storks dance"}
    async with client_of(api.app, secret) as client:
        assert (await client.get("/api/v1/users/me")).json()["user_id"] == user.id
        assert (await client.put("/api/v1/users/me/password", json=change)).status_code == 403
        assert (await client.patch("/api/v1/users/me", json={"name": "x"})).status_code == 403
    async with await sign_in(api, user) as client:
        assert (await client.put("/api/v1/users/me/password", json=change)).status_code == 204
    assert (await api.live.get("/api/v1/users/me")).status_code == 403


async def test_guessing_is_answered_with_a_wait(api: ApiUnderTest) -> None:
    body = {"email": "nobody@example.com", "password": "wrong password"}
    answers = [await api.nobody.post("/api/v1/sessions", json=body) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "1"


async def test_a_reset_tells_nobody_who_has_an_account(api: ApiUnderTest) -> None:
    user = await make_user(api, "agent")
    answers = [
        await api.nobody.post("/api/v1/password-resets", json={"email": email})
        for email in (user.email, "nobody@example.com")
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(202, b"")] * 2


async def test_keys_and_the_log_over_the_api(api: ApiUnderTest) -> None:
    owner = await make_user(api, "owner")
    async with await sign_in(api, owner) as client:
        body = {"name": "shop", "sandbox": True, "permissions": ["calls:write"], "expires_at": "2099-01-01T00:00:00Z"}
        made = (await client.post("/api/v1/keys", json=body)).json()
        assert (made["user_id"], made["permissions"]) == (owner.id, ["calls:write"])
        rotated = (await client.post(f"/api/v1/keys/{made['key_id']}/rotate", json={"overlap_seconds": 0})).json()
        assert rotated["key"]["rotated_from"] == made["key_id"]
        listed = await client.get("/api/v1/keys?limit=200")
        assert made["secret"] not in listed.text
        assert {key["key_id"] for key in listed.json()["keys"]} > {made["key_id"], rotated["key"]["key_id"]}
        assert (await client.delete(f"/api/v1/keys/{rotated['key']['key_id']}")).status_code == 204
        log = (await client.get("/api/v1/audit-log?action=key")).json()["entries"]
        assert [entry["action"] for entry in log][:4] == ["key.revoked", "key.rotated", "key.created", "key.created"]
        assert (log[0]["actor"], log[0]["user_email"], log[0]["address"]) == ("user", owner.email, "127.0.0.1")
        changed = await client.patch("/api/v1/account", json={"calling_hours": {"from": "08:30", "until": "19:00"}})
        assert changed.json()["organisation"]["calling_hours"] == {"from": "08:30", "until": "19:00"}
        for wrong, field in (
            ({}, "body"),
            ({"time_zone": "Mars/Olympus"}, "time_zone"),
            ({"voice": "xx-XX-F"}, "voice"),
            ({"calling_hours": {"from": "8", "until": "19:00"}}, "calling_hours.from"),
            ({"calling_hours": {"from": "08:00", "until": "08:00"}}, "calling_hours"),
        ):
            answer = await client.patch("/api/v1/account", json=wrong)
            assert answer.status_code == 400, wrong
            assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_an_agent_sees_its_own_keys_only(api: ApiUnderTest) -> None:
    agent = await make_user(api, "agent")
    async with await sign_in(api, agent) as client:
        assert (await client.get("/api/v1/keys")).json()["keys"] == []
        refused = await client.post("/api/v1/keys", json={"name": "x", "sandbox": True, "organisation": True})
        assert refused.status_code == 403
        assert (await client.post("/api/v1/keys", json={"name": "x", "sandbox": True})).status_code == 201
        assert len((await client.get("/api/v1/keys")).json()["keys"]) == 1
        refused = await client.get("/api/v1/users")
        assert refused.status_code == 403
        assert "users:read" in refused.json()["detail"]
