from __future__ import annotations

import asyncio
import base64
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from callwright.clock import SystemClock
from callwright.errors import NotFound
from callwright.events import webhooks
from callwright.events.deliveries import WebhookQueries
from callwright.events.http_client import GuardedClient
from callwright.events.webhooks import DeliveryService
from callwright.store.database import Database
from support.http_servers import Received, receiving
from support.organisations import insert_organisation

pytestmark = pytest.mark.postgres

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()


async def _secret(organisation_id: str) -> str:
    return SECRET


@asynccontextmanager
async def _service(database: Database, **options) -> AsyncIterator[DeliveryService]:
    client = GuardedClient("127.0.0.0/8", seconds=options.pop("seconds", 15.0))
    service = DeliveryService(database, client, SystemClock(), secret_of=_secret, **options)
    await service.start()
    try:
        yield service
    finally:
        await service.stop()
        await client.close()


async def _enqueue(
    database: Database, url: str, subject: str, *bodies: dict, organisation_id: str = "org_1"
) -> list[str]:
    async with database.transaction() as connection:
        return [
            await webhooks.enqueue(
                connection,
                organisation_id=organisation_id,
                url=url,
                subject=subject,
                event_type=body.get("event", "call.completed"),
                body=body,
            )
            for body in bodies
        ]


async def _hurry(database: Database) -> None:
    """Make retries due now."""
    await database.execute(
        "UPDATE deliveries SET next_try_at = now()"
        " WHERE state = 'pending' AND lease_until IS NULL AND next_try_at < 'infinity'"
    )


async def _until(database: Database, states: dict[str, int], *, hurrying: DeliveryService | None = None) -> None:
    async with asyncio.timeout(40):
        while True:
            rows = await database.fetch("SELECT state, count(*) FROM deliveries GROUP BY state")
            if dict(map(tuple, rows)) == states:
                return
            if hurrying is not None:
                await _hurry(database)
                hurrying.kick()
            await asyncio.sleep(0.05)


async def test_a_delivery_carries_the_body_in_order_and_a_signature_that_verifies(database: Database) -> None:
    await insert_organisation(database)
    body = {"event": "call.completed", "call_id": "cal_1", "to": "+12125550123", "status": "answered", "a": 1}
    async with receiving() as receiver, _service(database) as service:
        (delivery_id,) = await _enqueue(database, receiver.url, "cal_1", body)
        service.kick()
        (request,) = await receiver.wait_for(1)
        await _until(database, {"delivered": 1})
    assert Webhook(SECRET).verify(request.body, request.headers) == body
    assert list(request.json) == list(body)
    assert request.headers["webhook-id"] == delivery_id
    assert request.headers["content-type"] == "application/json"
    (view,) = await WebhookQueries(database).of_subject("org_1", "cal_1")
    assert (view.state, view.tries, view.response_status, view.error) == ("delivered", 1, 200, None)
    assert view.delivered_at is not None
    assert view.next_try_at is None
    assert await WebhookQueries(database).of_subject("org_2", "cal_1") == []


async def test_later_deliveries_of_a_subject_wait_for_the_first_and_others_do_not(database: Database) -> None:
    await insert_organisation(database)
    healthy = asyncio.Event()

    async def answer(request: Received) -> int:
        return 200 if request.json["subject"] == "cal_2" or healthy.is_set() else 500

    def body(subject: str, number: int) -> dict:
        return {"subject": subject, "number": number}

    async with receiving(answer) as receiver, _service(database) as service:
        await _enqueue(database, receiver.url, "cal_1", body("cal_1", 0), body("cal_1", 1))
        service.kick()
        await receiver.wait_for(1)
        # another transaction, while the first one waits for its retry
        await _enqueue(database, receiver.url, "cal_1", body("cal_1", 2))
        await _enqueue(database, receiver.url, "cal_2", body("cal_2", 0), body("cal_2", 1))
        service.kick()
        await _until(database, {"pending": 3, "delivered": 2})
        await _hurry(database)
        await receiver.wait_for(4)
        healthy.set()
        await _until(database, {"delivered": 5}, hurrying=service)
    of_first = [request.json["number"] for request in receiver.requests if request.json["subject"] == "cal_1"]
    assert of_first[:2] == [0, 0]
    assert of_first[-3:] == [0, 1, 2]
    ids = {request.headers["webhook-id"] for request in receiver.requests if request.json == body("cal_1", 0)}
    assert len(ids) == 1
    stamps = [Webhook(SECRET).verify(request.body, request.headers) for request in receiver.requests]
    assert len(stamps) == len(receiver.requests)


async def test_the_ladder_ends_and_the_next_delivery_goes_on(database: Database) -> None:
    await insert_organisation(database)

    async def answer(request: Received) -> int:
        return 503 if request.json["n"] == 0 else 204

    async with receiving(answer) as receiver, _service(database) as service:
        await _enqueue(database, receiver.url, "cal_1", {"n": 0}, {"n": 1})
        service.kick()
        await _until(database, {"failed": 1, "delivered": 1}, hurrying=service)
    first, second = await WebhookQueries(database).of_subject("org_1", "cal_1")
    assert (first.state, first.response_status, first.error) == ("failed", 503, "the server answered 503")
    assert first.tries == len(receiver.requests) - 1 > 1
    assert (second.state, second.response_status, second.tries) == ("delivered", 204, 1)


async def test_gone_stops_a_delivery_at_once_and_a_redirect_is_a_failure(database: Database) -> None:
    await insert_organisation(database)

    async def gone(_: Received) -> int:
        return 410

    async with receiving() as inner:

        async def redirect(_: Received):
            return 302, {"location": inner.url}

        async with receiving(gone) as leaving, receiving(redirect) as moving, _service(database) as service:
            await _enqueue(database, leaving.url, "cal_1", {"n": 0})
            await _enqueue(database, moving.url, "cal_2", {"n": 0})
            service.kick()
            await _until(database, {"failed": 1, "pending": 1})
            await moving.wait_for(1)
            queries = WebhookQueries(database)
            async with asyncio.timeout(10):
                while (moved := (await queries.of_subject("org_1", "cal_2"))[0]).error is None:
                    await asyncio.sleep(0.02)
    assert len(leaving.requests) == 1
    assert inner.requests == []
    assert moved.response_status == 302
    assert "redirects are not followed" in moved.error


async def test_retry_after_is_honoured(database: Database) -> None:
    await insert_organisation(database)

    async def busy(_: Received):
        return 429, {"retry-after": "7200"}

    async with receiving(busy) as receiver, _service(database) as service:
        await _enqueue(database, receiver.url, "cal_1", {"n": 0})
        service.kick()
        await receiver.wait_for(1)
        async with asyncio.timeout(10):
            while await database.fetchval("SELECT lease_until IS NOT NULL FROM deliveries"):
                await asyncio.sleep(0.02)
    wait = await database.fetchval("SELECT next_try_at - now() FROM deliveries")
    assert timedelta(minutes=119) < wait <= timedelta(minutes=120)


async def test_a_url_that_cannot_be_called_is_recorded_and_fails_nothing(database: Database) -> None:
    await insert_organisation(database)
    for url in ("ftp://x", "http://user:pw@x/", "http://x/" + "y" * 5000, "http://x/\x00", "", "http://\udc80/"):
        await _enqueue(database, url, "cal_1", {"n": 0})
    views = await WebhookQueries(database).of_subject("org_1", "cal_1")
    assert [view.state for view in views] == ["failed"] * 6
    assert all(view.error for view in views)
    with pytest.raises(ValueError, match="no retry policy 'x'"):
        async with database.transaction() as connection:
            await webhooks.enqueue(
                connection,
                organisation_id="org_1",
                url="http://x/",
                subject="cal_1",
                event_type="call.completed",
                body={},
                policy="x",
            )
    # one that leads inside is found out when it is sent
    await _enqueue(database, "http://10.0.0.1/", "cal_2", {"n": 0})
    async with _service(database) as service:
        service.kick()
        async with asyncio.timeout(10):
            while (view := (await WebhookQueries(database).of_subject("org_1", "cal_2"))[0]).error is None:
                await asyncio.sleep(0.02)
    assert "not public" in view.error
    assert view.response_status is None


async def test_two_workers_deliver_each_once_and_in_order(database: Database) -> None:
    await insert_organisation(database)

    async def answer(_: Received) -> int:
        await asyncio.sleep(0.002)
        return 200

    async with receiving(answer) as receiver, _service(database) as first, _service(database) as second:

        async def write(subject: str) -> None:
            for number in range(5):
                await _enqueue(database, receiver.url, subject, {"subject": subject, "n": number})
                first.kick()
                second.kick()

        await asyncio.gather(*(write(f"cal_{number}") for number in range(30)))
        await _until(database, {"delivered": 150})
    counts = Counter(request.headers["webhook-id"] for request in receiver.requests)
    assert set(counts.values()) == {1}
    assert len(counts) == 150
    for number in range(30):
        subject = f"cal_{number}"
        assert [r.json["n"] for r in receiver.requests if r.json["subject"] == subject] == [0, 1, 2, 3, 4]


async def test_a_slow_host_takes_its_few_places_and_others_go_on(database: Database) -> None:
    await insert_organisation(database)
    release = asyncio.Event()
    at_once = most = 0

    async def slow(_: Received) -> int:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await release.wait()
        at_once -= 1
        return 200

    async with receiving(slow) as stuck, receiving() as quick, _service(database, per_host=3) as service:
        for number in range(20):
            await _enqueue(database, stuck.url, f"slow_{number}", {"n": number})
        for number in range(20):
            await _enqueue(database, quick.url, f"quick_{number}", {"n": number})
        service.kick()
        await quick.wait_for(20)
        await _until(database, {"pending": 20, "delivered": 20})
        assert len(stuck.requests) == 3
        release.set()
        await _until(database, {"delivered": 40})
    assert most == 3


async def test_replay_sends_again_with_the_same_id(database: Database) -> None:
    await insert_organisation(database)
    queries = WebhookQueries(database)
    async with receiving() as receiver, _service(database) as service:
        (delivery_id,) = await _enqueue(database, receiver.url, "cal_1", {"n": 0})
        service.kick()
        await _until(database, {"delivered": 1})
        view = await queries.replay("org_1", delivery_id)
        assert (view.state, view.tries, view.delivered_at) == ("pending", 0, None)
        service.kick()
        await _until(database, {"delivered": 1})
        for organisation_id, unknown in (("org_2", delivery_id), ("org_1", "dlv_unknown")):
            with pytest.raises(NotFound, match="there is no delivery"):
                await queries.replay(organisation_id, unknown)
    assert [request.headers["webhook-id"] for request in receiver.requests] == [delivery_id] * 2


async def test_a_worker_that_stops_gives_back_what_is_in_flight(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await insert_organisation(database)
    monkeypatch.setattr(webhooks, "_DRAIN_SECONDS", 0.1)
    stuck = asyncio.Event()

    async def answer(_: Received) -> int:
        if not stuck.is_set():
            stuck.set()
            await asyncio.sleep(60)
        return 200

    async with receiving(answer) as receiver:
        async with _service(database) as service:
            await _enqueue(database, receiver.url, "cal_1", {"n": 0})
            service.kick()
            await stuck.wait()
        async with _service(database):
            await _until(database, {"delivered": 1})
    assert len(receiver.requests) == 2
    (view,) = await WebhookQueries(database).of_subject("org_1", "cal_1")
    assert view.tries == 1


_WORKER = """
import asyncio, sys
from datetime import timedelta
from callwright.clock import SystemClock
from callwright.events.http_client import GuardedClient
from callwright.events.webhooks import DeliveryService
from callwright.store.database import Database

async def secret(organisation_id):
    return sys.argv[2]

async def main():
    database = await Database.open(sys.argv[1])
    client = GuardedClient("127.0.0.0/8")
    await DeliveryService(database, client, SystemClock(), secret_of=secret, lease=timedelta(seconds=2)).start()
    await asyncio.sleep(3600)

asyncio.run(main())
"""


async def test_nothing_is_lost_when_a_worker_is_killed_in_the_middle(database: Database, database_url: str) -> None:
    await insert_organisation(database)
    killed = asyncio.Event()

    async def answer(_: Received) -> int:
        if not killed.is_set():
            await killed.wait()
        return 200

    async with receiving(answer) as receiver:
        for number in range(12):
            await _enqueue(
                database, receiver.url, f"cal_{number}", *({"subject": f"cal_{number}", "n": n} for n in range(3))
            )
        worker = await asyncio.create_subprocess_exec(sys.executable, "-c", _WORKER, database_url, SECRET)
        try:
            # five in flight: all that one host may have
            await receiver.wait_for(5)
        finally:
            worker.kill()
            await worker.wait()
        killed.set()
        async with _service(database):
            await _until(database, {"delivered": 36})
    counts = Counter(request.headers["webhook-id"] for request in receiver.requests)
    assert len(counts) == 36
    assert sum(counts.values()) == 36 + 5
    for number in range(12):
        numbers = [r.json["n"] for r in receiver.requests if r.json["subject"] == f"cal_{number}"]
        assert numbers == sorted(numbers)


async def test_a_forgotten_delivery_is_found_by_the_sweep(database: Database) -> None:
    await insert_organisation(database)

    class Schedule:
        def __init__(self) -> None:
            self.jobs: dict[str, object] = {}

        def every(self, name: str, cron: str, handler) -> None:
            self.jobs[name] = handler

    schedule = Schedule()
    async with receiving() as receiver, _service(database, jobs=schedule) as service:
        assert schedule.jobs == {"webhooks.sweep": service.sweep}
        await _enqueue(database, receiver.url, "cal_1", {"n": 0}, {"n": 1})
        await database.execute("UPDATE deliveries SET next_try_at = 'infinity'")
        await service.sweep()
        await _until(database, {"delivered": 2})
    assert [request.json["n"] for request in receiver.requests] == [0, 1]
