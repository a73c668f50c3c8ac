"""The loop that decides who is called now, for one engine node that this process owns."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from callwright.calls.claims import LEASE, CallClaims, Owner
from callwright.calls.dialing import CallDialing
from callwright.calls.expiry import CallExpiry
from callwright.calls.models import Attempt, Permission
from callwright.calls.patience import AWAY
from callwright.calls.queries import SQL
from callwright.calls.renewals import CallRenewals
from callwright.clock import Clock
from callwright.dispatch.bell import Bell
from callwright.dispatch.expiring import keep_from_waiting
from callwright.dispatch.lengths import keep_within_length
from callwright.dispatch.paying import keep_paid
from callwright.store.database import Database

log = logging.getLogger(__name__)

#: Without a bell the loop looks this often: for calls whose time comes, and for a bell that was lost.
POLL_SECONDS = 1.0
#: The same while calls that are due wait for room or for a trunk's rate.
BOUNDED_SECONDS = 0.1
#: A lease is renewed three times before it would lapse.
RENEW_SECONDS = LEASE.total_seconds() / 3
#: Wait after an error of the database or the engine.
TROUBLE_SECONDS = 1.0


class Caller(Protocol):
    """Places a call and drives it to its settlement; the telephony layer implements it."""

    @property
    def ready(self) -> bool:
        """Whether the engine can place calls now."""
        ...

    async def prepare(self, attempt: Attempt, *, decided: bool) -> None:
        """Do what would keep the callee waiting; ``decided``: it has its permission. Takes seconds, never raises."""
        ...

    async def call(self, attempt: Attempt, permission: Permission) -> bool:
        """Dial and drive; returns after the settlement, or false when the engine is away and nothing was sent."""
        ...

    async def cancel(self, attempt_id: str) -> None:
        """Hang up a call in the air, if it is one of ours."""
        ...

    async def end(self, attempt_id: str, reason: str) -> None:
        """Hang up a call in the air that may not go on, if it is one of ours; it keeps its outcome."""
        ...


async def lasting(work: Callable[[], Awaitable[None]], *, clock: Clock, name: str) -> None:
    """Do ``work`` and begin again when it breaks off: nobody would miss it before calls go on unpaid or unleased."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("%s broke off and begins again", name)
            await clock.sleep(TROUBLE_SECONDS)
        else:
            return


class Dispatcher:
    """Claims, paces, hands over, renews leases."""

    def __init__(
        self,
        database: Database,
        *,
        claims: CallClaims,
        dialing: CallDialing,
        caller: Caller,
        bell: Bell,
        clock: Clock,
        owner: Owner,
    ) -> None:
        self._database = database
        self._claims = claims
        self._dialing = dialing
        self._caller = caller
        self._bell = bell
        self._clock = clock
        self.owner = owner
        self._live: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    @property
    def live(self) -> frozenset[str]:
        """Attempts that this process holds."""
        return frozenset(self._live)

    def inherit(self, earlier: Dispatcher) -> None:
        """Take the live attempts of a dispatcher that lost its node and has it again."""
        for attempt_id, task in earlier._live.items():
            self._live[attempt_id] = task
            task.add_done_callback(lambda done, key=attempt_id: self._let_go(key, done))  # type: ignore[misc]
        earlier._live = {}

    async def run(self) -> None:
        """Work until cancelled or ``drain``ed."""
        renewals, expiry = CallRenewals(self._database), CallExpiry(self._database, self._clock)
        live, end, clock = (lambda: self.live), self._caller.end, self._clock
        work: dict[str, Callable[[], Awaitable[None]]] = {
            "renew leases": self._renew_leases,
            "keep calls paid": lambda: keep_paid(renewals, live=live, end=end, clock=clock),
            "keep calls within their length": lambda: keep_within_length(
                self._database, live=live, end=end, clock=clock
            ),
            "end late calls": lambda: keep_from_waiting(expiry, clock=clock),
        }
        helpers = [asyncio.create_task(lasting(each, clock=clock, name=name), name=name) for name, each in work.items()]
        try:
            while not self._stopping:
                if not self._caller.ready:
                    await self._bell.wait(POLL_SECONDS)
                    continue
                try:
                    attempts = await self._claims.claim(self.owner)
                except AWAY as error:
                    log.warning("no claim: %s", error)
                    await self._clock.sleep(TROUBLE_SECONDS)
                    continue
                for attempt in attempts:
                    self.hold(attempt.id, self._place(attempt))
                # what was due and had room is claimed; a bell that rang meanwhile ends the wait at once
                bounded = self._claims.bounded
                await self._bell.wait(BOUNDED_SECONDS if bounded else POLL_SECONDS, idle=not bounded)
            # a lease that lapsed during a long drain would give a living call to another process
            while self._live:
                await asyncio.wait(list(self._live.values()))
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    def hold(self, attempt_id: str, work: Awaitable[None]) -> None:
        """Run ``work`` as the task of an attempt and renew its lease until it ends."""
        task = asyncio.ensure_future(work)
        self._live[attempt_id] = task
        task.add_done_callback(lambda done: self._let_go(attempt_id, done))

    def _let_go(self, attempt_id: str, task: asyncio.Future[None]) -> None:
        self._live.pop(attempt_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # its lease lapses and the reaper closes or adopts it: the call is not lost
            log.error("attempt %s was left: %s", attempt_id, error, exc_info=error)
        if self._claims.bounded:
            self._bell.ring_here()

    async def drain(self, timeout_seconds: float) -> None:
        """Claim no more and wait for the calls in the air."""
        self._stopping = True
        self._bell.ring_here()
        if self._live:
            await asyncio.wait(list(self._live.values()), timeout=timeout_seconds)

    async def leave(self) -> None:
        """Claim no more and stop driving the calls in the air; on the engine they go on, for the next owner."""
        self._stopping = True
        tasks = list(self._live.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._bell.ring_here()

    async def _place(self, attempt: Attempt) -> None:
        # before the permission, which looks at opt-outs and hours once more; and while the trunk's pace lets it wait
        await self._caller.prepare(attempt, decided=attempt.permission is not None)
        ahead = (attempt.not_before - self._clock.now()).total_seconds()
        if ahead > 0:
            await self._clock.sleep(ahead)
        if not self._caller.ready:
            await self._put_back(attempt)
            return
        permission = attempt.permission or await self._permission(attempt)
        if permission is not None and not await self._caller.call(attempt, permission):
            await self._put_back(attempt)

    async def _put_back(self, attempt: Attempt) -> None:
        """Return it to the queue, asking until the database answers: given up, it would end as ``interrupted``."""
        while True:
            try:
                await self._dialing.put_back(attempt.id, reason="the telephone engine is away", undialled=True)
            except AWAY as error:
                log.warning("attempt %s waits for the database: %s", attempt.id, error)
                await self._clock.sleep(TROUBLE_SECONDS)
            else:
                return

    async def _permission(self, attempt: Attempt) -> Permission | None:
        """Ask until the database answers: given up, an attempt that nobody dialled would end as ``interrupted``."""
        asked: Owner | None = None
        while True:
            try:
                return await self._dialing.begin(attempt, asked)
            except AWAY as error:
                log.warning("attempt %s waits for the database: %s", attempt.id, error)
            asked = self.owner
            await self._clock.sleep(TROUBLE_SECONDS)

    async def _renew_leases(self) -> None:
        while True:
            await self._clock.sleep(RENEW_SECONDS)
            if self._live:
                try:
                    await self._database.execute(SQL["renew_leases"], list(self._live), LEASE, self.owner.epoch)
                except AWAY as error:
                    log.warning("leases not renewed: %s", error)
