"""Who may ask, how often, and how every error looks."""

from __future__ import annotations

import re
import time

import pytest

from callwright.api.native.security import principal
from callwright.store.database import Database
from support.api import ApiUnderTest, client_of, serve_api
from support.routes import OPEN, routes_of

pytestmark = pytest.mark.postgres


async def test_every_route_but_the_open_ones_asks_for_a_key(api: ApiUnderTest) -> None:
    asked = 0
    for route in routes_of(api.app):
        url = re.sub(r"\{\w+\}", "cal_0", route.path)
        answer = await api.nobody.request(route.method, url)
        if (route.method, route.path) in OPEN:
            assert answer.status_code != 401
            continue
        asked += 1
        assert answer.status_code == 401, route
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
    assert asked >= 40


async def test_no_route_is_missing_from_the_walk(api: ApiUnderTest) -> None:
    found = routes_of(api.app)
    assert {(route.method, route.path) for route in found} >= OPEN
    for route in found:
        assert (route.method, route.path) in OPEN or principal in route.dependencies, route
    description = (await api.nobody.get("/api/openapi.json")).json()
    described = {(method.upper(), path) for path, operations in description["paths"].items() for method in operations}
    assert described <= {(route.method, route.path) for route in found}


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic bGl2ZV86", "Bearer live_" + "a" * 32, "Token {live}", "bearer  x y", "Bearer é"],
)
async def test_other_credentials_are_refused(api: ApiUnderTest, header: str) -> None:
    good = api.live.headers["Authorization"].removeprefix("Bearer ")
    headers = {"Authorization": header.replace("{live}", good).encode()}
    answer = await api.nobody.get("/api/v1/account", headers=headers)
    assert answer.status_code == 401
    assert "Bearer" in answer.json()["detail"] or "key" in answer.json()["detail"]


async def test_a_key_in_the_address_is_not_a_key(api: ApiUnderTest) -> None:
    good = api.live.headers["Authorization"].removeprefix("Bearer ")
    assert (await api.nobody.get(f"/api/v1/account?key={good}")).status_code == 401


async def test_revoked_keys_stop_at_once(api: ApiUnderTest) -> None:
    key, secret = await api.services.accounts.create_key(api.organisation.id, "x", sandbox=True)
    async with client_of(api.app, secret) as client:
        assert (await client.get("/api/v1/account")).status_code == 200
        await api.services.accounts.revoke_key(api.organisation.id, key.id)
        assert (await client.get("/api/v1/account")).status_code == 401


async def test_requests_are_limited_by_key(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    # the window does not move while a busy machine runs this
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    async with serve_api(database, requests_per_second=3) as api:
        answers = [await api.live.get("/api/v1/account") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert all(answer.headers["RateLimit-Limit"] == "3" for answer in answers)
        assert all(answer.headers["RateLimit-Reset"] == "1" for answer in answers)
        refused = answers[-1]
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.headers["content-type"] == "application/problem+json"
        assert (await api.sandbox.get("/api/v1/account")).status_code == 200
        assert (await api.nobody.get("/api/v1/account")).status_code == 401


async def test_errors_of_the_framework_are_problems_too(api: ApiUnderTest) -> None:
    for method, path, status in (
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/", 404),
        ("GET", "/api/v1/calls/", 404),
        ("PUT", "/api/v1/calls", 405),
        ("DELETE", "/api/v1/account", 405),
        ("GET", "/api/docs/../../etc/passwd", 404),
        ("GET", "/api/docs/swagger-ui.js.map", 404),
    ):
        answer = await api.live.request(method, path)
        assert answer.status_code == status, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        if status == 405:
            assert answer.headers["allow"]


async def test_our_faults_show_no_stack(api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("secret detail of the inside")

    monkeypatch.setattr(api.services.accounts, "concurrent_calls", fails)
    answer = await api.live.get("/api/v1/account")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


async def test_a_lost_database_is_said_to_be_away(api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        raise ConnectionRefusedError("127.0.0.1:5432")

    monkeypatch.setattr(api.services.accounts, "concurrent_calls", fails)
    answer = await api.live.get("/api/v1/account")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "5432" not in answer.text


async def test_health_and_readiness(api: ApiUnderTest) -> None:
    assert (await api.nobody.get("/healthz")).json() == {"status": "ok"}
    answer = await api.nobody.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "parts": {"database": True, "engine": False}}


async def test_answers_are_not_kept_by_proxies(api: ApiUnderTest) -> None:
    answer = await api.live.get("/api/v1/account")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
