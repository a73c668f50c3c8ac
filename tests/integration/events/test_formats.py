"""A webhook in another service's body: made once, the same at each try, tried as often as that service would."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import Any

import pytest

from callwright.clock import SystemClock
from callwright.events import webhooks
from callwright.events.http_client import GuardedClient
from callwright.events.sending import Delivery
from callwright.events.webhooks import DeliveryService
from callwright.store.database import Database
from support.http_servers import Received, receiving
from support.organisations import insert_organisation

pytestmark = pytest.mark.postgres

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()


async def _secret(organisation_id: str) -> str:
    return SECRET


async def _accepted(_: Received) -> int:
    return 202


async def _states(database: Database, states: list[tuple[str, int]]) -> None:
    """Wait until the deliveries are in these states after so many tries; retries are made due."""
    async with asyncio.timeout(60):
        while True:
            rows = await database.fetch("SELECT state, tries FROM deliveries ORDER BY ordinal")
            if [(row["state"], row["tries"]) for row in rows] == states:
                return
            await database.execute(
                "UPDATE deliveries SET next_try_at = now()"
                " WHERE state = 'pending' AND lease_until IS NULL AND next_try_at < 'infinity'"
            )
            await asyncio.sleep(0.05)


async def test_the_body_is_made_once_and_sent_at_every_try(database: Database) -> None:
    await insert_organisation(database, "org_1")
    made: list[str] = []

    async def render(delivery: Delivery) -> Mapping[str, Any]:
        made.append(delivery.event_type)
        return {"id": 7, "of": delivery.subject, "made": len(made)}

    client = GuardedClient("127.0.0.0/8")
    service = DeliveryService(database, client, SystemClock(), secret_of=_secret)
    service.render_by({"effebot": render})
    # a 202 is no 200 for that vendor
    async with receiving(_accepted) as server:
        async with database.transaction() as connection:
            for event in ("call.ringing", "call.completed"):
                await webhooks.enqueue(
                    connection,
                    organisation_id="org_1",
                    url=server.url,
                    subject="cal_1",
                    event_type=event,
                    body={"event": event},
                    format="effebot",
                )
        await service.start()
        try:
            await _states(database, [("delivered", 1), ("failed", 3)])
        finally:
            await service.stop()
            await client.close()
        bodies = [request.json for request in server.requests]
    assert made == ["call.ringing", "call.completed"]
    assert bodies == [{"id": 7, "of": "cal_1", "made": 1}] + [{"id": 7, "of": "cal_1", "made": 2}] * 3
    shown = await webhooks.WebhookQueries(database).of_subject("org_1", "cal_1")
    assert shown[1].body == {"id": 7, "of": "cal_1", "made": 2}


async def test_one_that_was_left_waits_for_who_makes_its_body(database: Database) -> None:
    await insert_organisation(database, "org_1")

    async def render(delivery: Delivery) -> Mapping[str, Any]:
        return {"of": delivery.subject}

    client = GuardedClient("127.0.0.0/8")
    service = DeliveryService(database, client, SystemClock(), secret_of=_secret)
    async with receiving(_accepted) as server:
        async with database.transaction() as connection:
            await webhooks.enqueue(
                connection,
                organisation_id="org_1",
                url=server.url,
                subject="cal_1",
                event_type="call.completed",
                body={},
                format="multisender",
            )
        await service.start()
        try:
            async with asyncio.timeout(60):
                while not await database.fetchval("SELECT lease_until IS NOT NULL FROM deliveries"):
                    await asyncio.sleep(0.01)
            service.render_by({"multisender": render})
            await _states(database, [("delivered", 1)])
        finally:
            await service.stop()
            await client.close()
        assert [request.json for request in server.requests] == [{"of": "cal_1"}]
