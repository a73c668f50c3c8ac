"""Webhooks: written in the transaction of the change, delivered in order per subject by ``DeliveryService``.

The table is the queue. The oldest open delivery of each (organisation, URL, subject) is its head; the others wait for
it. See ``docs/decisions/0005-background-jobs.md`` for why the job queue does not schedule them.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg

from callwright.clock import Clock
from callwright.events.deliveries import WebhookQueries
from callwright.events.formats import Renderer, policy_of
from callwright.events.http_client import GuardedClient
from callwright.events.sending import Delivery, Verdict, send
from callwright.events.urls import check_form
from callwright.ids import new_id
from callwright.rules.webhooks import LADDERS, next_try
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

__all__ = ["DeliveryService", "WebhookQueries", "enqueue"]

log = logging.getLogger(__name__)

_SQL = statements(__package__)

#: A worker that dies leaves its deliveries to others after this time; longer than any try (15 s) with its commit.
LEASE = timedelta(seconds=60)
#: Deliveries in flight in one process, and of one organisation to one host.
CONCURRENCY = 50
PER_HOST = 5
#: Least time between two claims, so that a burst is claimed in batches.
_PASS_SECONDS = 0.02
#: Retries become due, and other processes enqueue, without a kick.
_POLL_SECONDS = 1.0
_RECONNECT_SECONDS = 1.0
#: How long a delivery waits for who makes its body; shorter than its lease.
_RENDERER_SECONDS = 30.0
#: How long a stop waits for tries in flight before it gives them back.
_DRAIN_SECONDS = 5.0


class Schedule(Protocol):
    """The part of ``callwright.jobs.Jobs`` that is needed here."""

    def every(self, name: str, cron: str, handler: Callable[[], Awaitable[object]]) -> None:
        """Run a handler by the clock."""
        ...


async def enqueue(
    connection: Connection,
    *,
    organisation_id: str,
    url: str,
    subject: str,
    event_type: str,
    body: Mapping[str, Any],
    policy: str = "standard",
    owner_id: str | None = None,
    format: str | None = None,
) -> str:
    """Write a delivery in the caller's transaction and return its id; after the commit call ``DeliveryService.kick``.

    Never fails because of the URL: one that cannot be called is recorded as failed, with the reason. Raises
    ``ValueError`` for a ``policy`` that ``rules.webhooks`` does not know. ``format`` names who renders the body when it
    is first sent (``events.formats``), and how often it is tried.
    """
    policy = policy_of(format, event_type) or policy
    if policy not in LADDERS:
        raise ValueError(f"there is no retry policy {policy!r}")
    delivery_id = new_id("dlv")
    try:
        check_form(url)
    except ValueError as error:
        shown = url.encode("ascii", "backslashreplace").decode()[:200].replace("\x00", "\\x00")
        await connection.execute(
            _SQL["record_impossible_delivery"],
            *(delivery_id, organisation_id, shown, subject, event_type, body, policy, owner_id, str(error), format),
        )
        return delivery_id
    await connection.execute(
        _SQL["enqueue_delivery"],
        *(delivery_id, organisation_id, url, subject, event_type, body, policy, owner_id, format),
    )
    return delivery_id


class DeliveryService:
    """The worker that sends webhooks; any number of processes may run one."""

    def __init__(
        self,
        database: Database,
        client: GuardedClient,
        clock: Clock,
        *,
        secret_of: Callable[[str], Awaitable[str]],
        jobs: Schedule | None = None,
        concurrency: int = CONCURRENCY,
        per_host: int = PER_HOST,
        lease: timedelta = LEASE,
        renderers: Mapping[str, Renderer] | None = None,
    ) -> None:
        self._database = database
        #: Who makes the bodies of formats, by their names.
        self._renderers = dict(renderers or {})
        self._told = asyncio.Event()
        self._client = client
        self._clock = clock
        #: Returns the signing secret (``whsec_…``) of an organisation.
        self._secret_of = secret_of
        self._concurrency = concurrency
        self._per_host = per_host
        self._lease = lease
        self._kicked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._sending: dict[asyncio.Task[None], Delivery] = {}
        self._stopping = False
        if jobs is not None:
            jobs.every("webhooks.sweep", "* * * * *", self.sweep)

    def render_by(self, renderers: Mapping[str, Renderer]) -> None:
        """Take who makes the bodies of formats: they read what is made after this service."""
        self._renderers.update(renderers)
        self._told.set()

    async def start(self) -> None:
        """Begin to deliver."""
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name="deliveries")

    async def stop(self) -> None:
        """Claim no more, let tries in flight end for a few seconds, then give them back for another process."""
        if self._task is None:
            return
        # a claim in the middle is let through: cancelled, its deliveries would wait for the end of their lease
        self._stopping = True
        self._kicked.set()
        await asyncio.wait([self._task], timeout=_DRAIN_SECONDS)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        if not self._sending:
            return
        broken_off = dict(self._sending)
        _, late = await asyncio.wait(broken_off, timeout=_DRAIN_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        returned = [broken_off[task] for task in late]
        if returned:
            ids, tries = [delivery.id for delivery in returned], [delivery.tries for delivery in returned]
            await self._database.execute(_SQL["give_back_deliveries"], ids, tries)

    def kick(self) -> None:
        """Say that deliveries were committed. Cheap, and may be called from any code of the event loop."""
        self._kicked.set()

    async def sweep(self) -> None:
        """Make due what waits for a delivery that is no longer open; run now and then as a safety net."""
        tag = await self._database.execute(_SQL["promote_forgotten_deliveries"])
        if not tag.endswith(" 0"):
            log.warning("deliveries that waited for nobody were made due: %s", tag)
            self.kick()

    async def _run(self) -> None:
        while not self._stopping:
            try:
                await self._claim_on()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("webhooks wait for PostgreSQL: %s", error)
            except Exception:
                log.exception("the claim of webhooks failed and is tried again")
            if not self._stopping:
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _claim_on(self) -> None:
        while not self._stopping:
            self._kicked.clear()
            room = self._concurrency - len(self._sending)
            rows = []
            if room > 0:
                rows = await self._database.fetch(_SQL["claim_deliveries"], room, self._per_host, self._lease)
            for row in rows:
                delivery = Delivery(**dict(row))
                task = asyncio.create_task(self._deliver(delivery), name=f"deliver {delivery.id}")
                self._sending[task] = delivery
                task.add_done_callback(self._done)
            await asyncio.sleep(_PASS_SECONDS)
            try:
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._kicked.wait()
            except TimeoutError:
                pass

    def _done(self, task: asyncio.Task[None]) -> None:
        delivery = self._sending.pop(task)
        # a place is free, and the next delivery of the subject may be due
        self._kicked.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("delivery %s broke off and is tried again after its lease", delivery.id, exc_info=error)

    async def _deliver(self, delivery: Delivery) -> None:
        secret = await self._secret_of(delivery.organisation_id)
        delivery = await self._rendered(delivery)
        verdict = await send(self._client, delivery, secret, self._clock.now())
        if verdict.delivered:
            await self._finish(delivery, verdict, "delivered")
            return
        delay = None if verdict.final else self._delay(delivery, verdict)
        if delay is None:
            log.warning("webhook %s failed for good: %s", delivery.id, verdict.error)
            await self._finish(delivery, verdict, "failed")
            return
        await self._database.execute(
            _SQL["postpone_delivery"], delivery.id, delivery.tries, delay, verdict.status, verdict.error
        )

    async def _rendered(self, delivery: Delivery) -> Delivery:
        """Return the delivery with the body of its format, which is made once and kept."""
        if delivery.format is None or delivery.rendered is not None:
            return delivery
        if delivery.format not in self._renderers:
            # one that was left by an earlier process may be claimed before we are told who makes bodies
            async with asyncio.timeout(_RENDERER_SECONDS):
                await self._told.wait()
        body = await self._renderers[delivery.format](delivery)
        return replace(delivery, rendered=await self._database.fetchval(_SQL["keep_rendered"], delivery.id, body))

    def _delay(self, delivery: Delivery, verdict: Verdict) -> timedelta | None:
        now = self._clock.now()
        again = next_try(delivery.policy, delivery.tries, now, random.random())
        if again is None:
            return None
        return max(again - now, timedelta(seconds=verdict.retry_after or 0.0))

    async def _finish(self, delivery: Delivery, verdict: Verdict, state: str) -> None:
        async with self._database.transaction() as connection:
            key = await connection.fetchrow(
                _SQL["finish_delivery"], delivery.id, delivery.tries, state, verdict.status, verdict.error
            )
            if key is not None:
                await connection.execute(_SQL["promote_delivery"], *key)
