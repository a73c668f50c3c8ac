"""The loop that sends messages: keeps routes connected, claims what is due, hands it over, writes what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from callwright.calls.patience import AWAY
from callwright.clock import Clock
from callwright.dispatch.routes_kept import KeptRoutes
from callwright.messages.channel import Inbox, Opener
from callwright.messages.claims import MessageClaims
from callwright.messages.ledger import MessageLedger
from callwright.messages.models import LatePart, Outgoing, Receipt, Route, Sent
from callwright.messages.routes import MessageRoutes
from callwright.messages.senders import LEASE, SenderLease
from callwright.store.database import Database

log = logging.getLogger(__name__)

#: How often it is looked when nobody rings, and when there was more than there was room for.
POLL_SECONDS = 1.0
BOUNDED_SECONDS = 0.05
KEEP_SECONDS = 5.0
SWEEP_SECONDS = 2.0
TROUBLE_SECONDS = 0.5
#: Answers of one commit; those that come meanwhile wait for the next.
_ANSWERS = 500
#: A route gets more when no more than this share of its window is in hand.
_REFILL = 0.5


class Waker(Protocol):
    """The part of ``dispatch.bell.Bell`` that is needed here."""

    async def wait(self, seconds: float) -> None:
        """Return when rung, or after ``seconds``."""
        ...

    def ring_here(self) -> None:
        """Wake the sender of this process."""
        ...


class MessageSender:
    """Sends the messages of the routes that this process owns; any number of processes may run one."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        bell: Waker,
        routes: MessageRoutes,
        ledger: MessageLedger,
        inbox: Inbox,
        openers: Mapping[str, Opener],
        node: str,
        unseal: Callable[[str], str] | None = None,
        feed: Callable[[], Awaitable[int]] | None = None,
    ) -> None:
        """``openers``: by kind of route, prefixed with its channel where the kind is not enough (``email/lab``);
        ``unseal`` opens the codes that messages bring; ``feed`` makes messages of the recipients of campaigns.
        """
        self._feed = feed
        self._clock = clock
        self._bell = bell
        self._ledger = ledger
        self._claims = MessageClaims(database, clock, unseal=unseal)
        self._lease = SenderLease(database, node=node)
        self._routes = KeptRoutes(routes, _AfterAnswers(inbox, self.answers_written), openers, sender_id=self._lease.id)
        #: Claimed, by id, until what came of each is committed.
        self._live: dict[str, asyncio.Task[None]] = {}
        self._in_hand: dict[str, int] = {}
        self._answers: list[tuple[Outgoing, Sent]] = []
        self._answered = asyncio.Event()
        self._writing = asyncio.Lock()
        self._ending = False
        #: Until when other processes believe that this one lives, by the monotonic clock.
        self._believed = 0.0

    @property
    def live(self) -> int:
        """Messages that this process holds."""
        return len(self._live)

    @property
    def states(self) -> Mapping[str, Mapping[str, Any]]:
        """What the routes' connections do, by the route's id."""
        return self._routes.states()

    async def run(self) -> None:
        """Work until cancelled or drained; loses and regains the database without losing messages."""
        work: dict[str, Callable[[], Awaitable[None]]] = {
            "message routes": self._keep,
            "message answers": self._write_answers,
            "message sweep": self._sweep,
        }
        helpers = [asyncio.create_task(self._lasting(name, each), name=name) for name, each in work.items()]
        try:
            while not self._ending:
                await self._claim()
                bounded = self._claims.bounded and any(free > 0 for free in self._windows().values())
                await self._bell.wait(BOUNDED_SECONDS if bounded else POLL_SECONDS)
            while self._live or self._answers:
                await asyncio.sleep(BOUNDED_SECONDS)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    async def drain(self, timeout_seconds: float) -> None:
        """Claim no more, wait for what is being sent, close the routes and say that this sender ends."""
        self._ending = True
        self._bell.ring_here()
        try:
            async with asyncio.timeout(timeout_seconds):
                while self._live or self._answers:
                    await asyncio.sleep(BOUNDED_SECONDS)
        except TimeoutError:
            log.warning("%d messages were still being sent", len(self._live))
        await self._routes.close()
        # what the closing of a route answered is written, too
        for task in list(self._live.values()):
            if not task.done():
                task.cancel()
        await asyncio.gather(*self._live.values(), return_exceptions=True)
        try:
            await self._commit_answers()
            await self._lease.leave()
        except AWAY as error:
            log.warning("the sender could not say that it ends: %s", error)

    async def answers_written(self) -> None:
        """Write the answers that have come; a receipt that is written before its answer costs twice as much."""
        # what was read from the connection before is handed over in this pass of the loop
        await asyncio.sleep(0)
        if self._answers:
            try:
                await self._commit_answers()
            except AWAY as error:
                log.warning("answers wait for the database: %s", error)

    def _windows(self) -> dict[str, int]:
        return {route_id: free - self._in_hand.get(route_id, 0) for route_id, free in self._routes.windows().items()}

    async def _claim(self) -> None:
        if self._clock.monotonic() >= self._believed:
            return
        try:
            windows = self._windows()
            if self._feed is not None and any(free > 0 for free in windows.values()):
                await self._feed()
            claimed = await self._claims.claim(self._lease.id, windows)
        except AWAY as error:
            log.warning("no messages claimed: %s", error)
            await self._clock.sleep(TROUBLE_SECONDS)
            return
        except Exception:
            # a sender that ends is an appliance that sends nothing and says that it is well
            log.exception("claiming messages broke off and begins again")
            await self._clock.sleep(TROUBLE_SECONDS)
            return
        for message in claimed:
            self._in_hand[message.route_id] = self._in_hand.get(message.route_id, 0) + 1
            self._live[message.id] = asyncio.create_task(self._send(message))

    async def _send(self, message: Outgoing) -> None:
        try:
            sent = await self._sent(message)
        finally:
            self._in_hand[message.route_id] -= 1
        self._answers.append((message, sent))
        self._answered.set()
        # a claim for every answer would cost more than what it claims
        if self._claims.bounded:
            channel = self._routes.channel(message.route_id)
            window = channel.window if channel is not None and channel.ready else 0
            if self._in_hand[message.route_id] <= window * _REFILL:
                self._bell.ring_here()

    async def _sent(self, message: Outgoing) -> Sent:
        back = Sent(message_id=message.id, verdict="back", reason="its route is away")
        ahead = (message.not_before - self._clock.now()).total_seconds()
        try:
            if ahead > 0:
                await self._clock.sleep(ahead)
        except asyncio.CancelledError:
            return back
        channel = self._routes.channel(message.route_id)
        if channel is None or self._clock.monotonic() >= self._believed:
            # others may have called it unknown already: nothing of it may leave now
            return back
        try:
            return await channel.send(message)
        except asyncio.CancelledError:
            return Sent(message_id=message.id, verdict="unknown", reason="the sender stopped before the answer came")
        except Exception as error:
            log.exception("message %s was left", message.id)
            return Sent(message_id=message.id, verdict="unknown", reason=f"the sender failed: {error}")

    async def _write_answers(self) -> None:
        while True:
            await self._answered.wait()
            self._answered.clear()
            while self._answers:
                await self._commit_answers()

    async def _commit_answers(self) -> None:
        async with self._writing:
            while batch := self._answers[:_ANSWERS]:
                await self._ledger.settle(self._lease.id, batch)
                self._forget(batch)

    def _forget(self, batch: Sequence[tuple[Outgoing, Sent]]) -> None:
        del self._answers[: len(batch)]
        for message, _ in batch:
            self._live.pop(message.id, None)

    async def _keep(self) -> None:
        while True:
            begun = self._clock.monotonic()
            await self._lease.renew()
            self._believed = begun + LEASE.total_seconds() * 0.8
            if not self._ending and await self._routes.keep():
                self._bell.ring_here()
            await self._lease.show(self._routes.states())
            await self._clock.sleep(KEEP_SECONDS)

    async def _sweep(self) -> None:
        while True:
            await self._clock.sleep(SWEEP_SECONDS)
            while await self._ledger.give_up_lapsed():
                pass
            await self._ledger.sweep()

    async def _lasting(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except AWAY as error:
                log.warning("%s wait for the database: %s", name, error)
            except Exception:
                log.exception("%s broke off and begin again", name)
            # what could not be written is still there
            self._answered.set()
            await self._clock.sleep(TROUBLE_SECONDS)


class _AfterAnswers:
    """An ``Inbox`` that writes what came of parts after the answers to them, where those are here."""

    def __init__(self, inbox: Inbox, answers_written: Callable[[], Awaitable[None]]) -> None:
        self._inbox = inbox
        self._answers_written = answers_written

    async def receipts(self, route_id: str, receipts: Sequence[Receipt]) -> None:
        """Take what became of parts."""
        await self._answers_written()
        await self._inbox.receipts(route_id, receipts)

    async def late(self, late: Sequence[LatePart]) -> None:
        """Take answers that came after their message was ``unknown``."""
        await self._answers_written()
        await self._inbox.late(late)

    async def texts(self, route: Route, parts: Sequence[Any]) -> None:
        """Take inbound texts."""
        await self._inbox.texts(route, parts)
