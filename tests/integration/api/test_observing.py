"""Metrics are for the operator; every request has an id, a line and a count, and no secret is in them."""

from __future__ import annotations

import dataclasses
import logging
import re

import httpx
import pytest

from callwright.api.native.app import create_app
from callwright.clock import SystemClock
from callwright.metrics import Metrics
from callwright.store.database import Database
from support.api import ApiUnderTest, serve_api

pytestmark = pytest.mark.postgres

SAMPLE = re.compile(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+')


def client_from(api: ApiUnderTest, address: str, *, token: str | None = None) -> httpx.AsyncClient:
    """A client at this address, on an application with metrics."""
    metrics = Metrics(
        api.database,
        SystemClock(),
        counts=api.services.counts,
        ready=api.services.ready,
        restarts=lambda: {"asterisk": 2},
        held=lambda: 3,
    )
    settings = api.services.settings.model_copy(update={"metrics_token": token})
    app = create_app(dataclasses.replace(api.services, metrics=metrics.text, settings=settings))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 4000)), base_url="http://api.test")


@pytest.fixture
async def api(database: Database) -> ApiUnderTest:
    async with serve_api(database) as made:
        yield made


async def test_metrics_are_well_formed_and_name_nobody(api: ApiUnderTest) -> None:
    for to in ("+15550100083", "+15550100084"):
        assert (await api.sandbox.post("/api/v1/calls", json={"to": to, "message": "Hi"})).status_code == 201
    await api.nobody.get("/made-up/by/a/scanner")
    async with client_from(api, "127.0.0.1") as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert all(line.startswith("# ") or SAMPLE.fullmatch(line) for line in lines), answer.text
    families = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(families) == len(set(families))
    for expected in (
        "callwright_calls_queued 2",
        "callwright_calls_due 2",
        'callwright_attempts_live{state="ringing"} 0',
        "callwright_database_up 1",
        'callwright_part_up{part="engine"} 0',
        'callwright_restarts_total{program="asterisk"} 2',
        "callwright_calls_held 3",
        'callwright_http_requests_total{method="POST",route="/api/v1/calls",status="201"} 2',
        'callwright_http_requests_total{method="GET",route="none",status="404"} 1',
    ):
        assert expected in lines, expected
    assert "Elm Street" not in answer.text
    assert api.organisation.id not in answer.text
    assert "scanner" not in answer.text


async def test_finished_calls_are_counted_by_outcome(api: ApiUnderTest) -> None:
    call = (await api.sandbox.post("/api/v1/calls", json={"to": "+15550100083", "message": "Hi"})).json()
    assert (await api.sandbox.post(f"/api/v1/calls/{call['call_id']}/cancel")).is_success
    async with client_from(api, "::1") as client:
        text = (await client.get("/metrics")).text
    assert 'callwright_calls_finished{status="cancelled",outcome="cancelled"} 1' in text.splitlines()
    route = "/api/v1/calls/{call_id}/cancel"
    assert f'callwright_http_requests_total{{method="POST",route="{route}"' in text


async def test_metrics_are_for_loopback_or_the_token(api: ApiUnderTest) -> None:
    async with client_from(api, "192.0.2.7", token="s3cret-of-the-operator") as client:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}):
            assert (await client.get("/metrics", headers=headers)).status_code == 401
        good = {"Authorization": "Bearer s3cret-of-the-operator"}
        assert (await client.get("/metrics", headers=good)).status_code == 200
    async with client_from(api, "192.0.2.7") as client:
        assert (await client.get("/metrics", headers={"Authorization": "Bearer "})).status_code == 401
    async with client_from(api, "127.0.0.1") as client:
        # a proxy on this machine brings strangers
        assert (await client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})).status_code == 401


async def test_metrics_survive_the_database(api: ApiUnderTest) -> None:
    async with client_from(api, "127.0.0.1") as client:
        await api.database.execute("ALTER TABLE attempts RENAME TO gone")
        text = (await client.get("/metrics")).text
    assert "callwright_database_up 0" in text.splitlines()
    assert "callwright_calls_held 3" in text.splitlines()


async def test_a_request_id_is_echoed_or_made(api: ApiUnderTest) -> None:
    answer = await api.nobody.get("/api/v1/calls", headers={"X-Request-Id": "trace-7.a"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (401, "trace-7.a")
    made = {(await api.nobody.get("/healthz")).headers["x-request-id"] for _ in range(2)}
    assert len(made) == 2
    bad = await api.nobody.get("/healthz", headers={"X-Request-Id": 'a" forged'})
    assert bad.headers["x-request-id"].startswith("req_")


async def test_the_access_line_has_no_query_and_no_line_break(
    api: ApiUnderTest, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="callwright.access"):
        await api.live.get("/api/v1/calls?limit=1&secret=hush-hush")
        await api.nobody.get("/a%0d%0aINFO%20forged")
        await api.nobody.get("/healthz")
    lines = [record.getMessage() for record in caplog.records if record.name == "callwright.access"]
    assert len(lines) == 2
    assert lines[0].startswith("GET /api/v1/calls ")
    assert not any("hush" in line or "\n" in line for line in lines)
