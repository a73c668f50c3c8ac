"""The dialer of one engine node: owns the node, recovers what an earlier owner left, then dispatches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from callwright.calls.claims import CallClaims, Owner
from callwright.calls.dialing import CallDialing
from callwright.calls.feeding import Feeder
from callwright.calls.patience import AWAY
from callwright.calls.recovery import CallRecovery, Orphan
from callwright.clock import Clock
from callwright.dispatch.bell import Bell
from callwright.dispatch.dispatcher import Dispatcher
from callwright.dispatch.ownership import NodeOwnership
from callwright.errors import CallwrightError
from callwright.store.database import Database
from callwright.telephony.caller import EngineCaller
from callwright.telephony.reception import Reception
from callwright.telephony.second_legs import first_leg_id

log = logging.getLogger(__name__)

#: How often attempts without a living owner are looked for.
REAP_SECONDS = 5.0
_CONNECT_POLL_SECONDS = 0.05
_BEGIN_AGAIN_SECONDS = 1.0
#: Asterisk writes a line for an end a moment after the channel has left its list.
_WRITTEN_SECONDS = 0.5


class Dialer:
    """Runs until stopped; loses and regains its node as the database comes and goes."""

    def __init__(
        self,
        database: Database,
        *,
        ownership: NodeOwnership,
        caller: EngineCaller,
        bell: Bell,
        clock: Clock,
        reception: Reception | None = None,
        feeder: Feeder | None = None,
    ) -> None:
        """``feeder``: makes calls of the recipients of campaigns; ``None``: there are none."""
        self._database = database
        #: Takes the calls that come in; ``None``: there are none.
        self._reception = reception
        self._ownership = ownership
        self._caller = caller
        self._bell = bell
        self._clock = clock
        self._claims = CallClaims(database, clock, feeder=feeder, signs=caller.signs)
        self._dialing = CallDialing(database, clock, signs=caller.signs)
        self._recovery = CallRecovery(database, dialing=self._dialing)
        self._dispatcher: Dispatcher | None = None
        #: Leased to us and not yet driven or settled: what could not be done is done at the next look.
        self._orphans: dict[str, Orphan] = {}
        self._ending = False
        self._owning = False

    @property
    def owning(self) -> bool:
        """Whether the node is ours now: without the database it is not, some seconds later at most."""
        return self._owning

    @property
    def live(self) -> int:
        """Calls that this process holds."""
        return len(self._dispatcher.live) if self._dispatcher is not None else 0

    async def run(self) -> None:
        """Own the node and work, again and again, until cancelled, drained or left."""
        while not self._ending:
            owner = await self._ownership.acquire()
            log.info("dialer owns %s in epoch %d", owner.node, owner.epoch)
            self._owning = True
            try:
                await self._work(owner)
            except Exception:
                # a dialer that ends is an appliance that calls nobody and says that it is well
                log.exception("the dialer broke off and begins again")
                await self._clock.sleep(_BEGIN_AGAIN_SECONDS)
            finally:
                self._owning = False
                await self._ownership.release()

    async def drain(self, timeout_seconds: float) -> None:
        """Claim no more and wait for the calls in the air, at most ``timeout_seconds``; the node stays ours."""
        self._ending = True
        if self._reception is not None:
            self._reception.closed = True
        if self._dispatcher is not None:
            await self._dispatcher.drain(timeout_seconds)

    async def leave(self) -> None:
        """Claim no more and let go of the calls in the air: the next owner of the node goes on with them."""
        self._ending = True
        if self._dispatcher is not None:
            await self._dispatcher.leave()

    async def _work(self, owner: Owner) -> None:
        dispatcher = Dispatcher(
            self._database,
            claims=self._claims,
            dialing=self._dialing,
            caller=self._caller,
            bell=self._bell,
            clock=self._clock,
            owner=owner,
        )
        if self._dispatcher is not None:
            # calls that we went on driving while the database was away are still ours
            dispatcher.inherit(self._dispatcher)
        self._dispatcher = dispatcher
        if self._ending:
            # the node came while we were being stopped: what we hold is driven to its end, nothing is claimed
            await dispatcher.drain(0)
        work = [
            asyncio.create_task(self._reap(owner, dispatcher), name="reaper"),
            asyncio.create_task(dispatcher.run(), name="dispatcher"),
            asyncio.create_task(self._ownership.lost.wait(), name="ownership lost"),
        ]
        if self._reception is not None:
            work.append(asyncio.create_task(self._reception.run(owner, dispatcher), name="reception"))
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _reap(self, owner: Owner, dispatcher: Dispatcher) -> None:
        while True:
            # also while nothing new is placed: the calls in the air are somebody's
            while not self._caller.engine.connected:
                await asyncio.sleep(_CONNECT_POLL_SECONDS)
            try:
                await self._recover(owner, dispatcher)
            except (*AWAY, CallwrightError) as error:
                log.warning("no recovery now: %s", error or type(error).__name__)
            await self._clock.sleep(REAP_SECONDS)

    async def _recover(self, owner: Owner, dispatcher: Dispatcher) -> None:
        engine = self._caller.engine
        living = await engine.living()
        taken = await self._recovery.take_over(owner, held=dispatcher.live)
        self._orphans |= {orphan.attempt.id: orphan for orphan in taken}
        gone = []
        for attempt_id, orphan in list(self._orphans.items()):
            if attempt_id not in living or not await self._go_on(orphan, dispatcher):
                gone.append(orphan)
        if gone:
            await self._conclude(gone)
        # the other side of a transfer belongs to whoever has the call
        first = {channel: first_leg_id(channel) for channel in living}
        unheld = frozenset(first.values()) - dispatcher.live - self._orphans.keys()
        strays = await self._recovery.without_attempt(unheld)
        for channel in [channel for channel in first if first[channel] in strays]:
            if self._reception is not None and await self._reception.find(channel):
                continue
            leg = await engine.adopt(channel)
            if leg is not None:
                log.warning("channel %s has no attempt and is hung up", channel)
                await leg.hang_up()

    async def _go_on(self, orphan: Orphan, dispatcher: Dispatcher) -> bool:
        # a leg that we dialled and whose work broke off is nobody's
        self._caller.engine.let_go(orphan.attempt.id)
        leg = await self._caller.engine.adopt(orphan.attempt.id)
        if leg is None:
            return False
        log.info("took over attempt %s", orphan.attempt.id)
        self._orphans.pop(orphan.attempt.id, None)
        dispatcher.hold(orphan.attempt.id, self._caller.go_on(orphan, leg))
        return True

    async def _conclude(self, gone: Sequence[Orphan]) -> None:
        """Settle what ended while nobody watched, with what the engine wrote down about it."""
        wanted = {orphan.attempt.id for orphan in gone}
        since = min(orphan.dialled_at for orphan in gone)
        past = await self._caller.engine.past(wanted, since)
        if wanted - past.keys():
            await self._clock.sleep(_WRITTEN_SECONDS)
            past = await self._caller.engine.past(wanted, since)
        for orphan in gone:
            known = past.get(orphan.attempt.id)
            log.info(
                "attempt %s ended unseen; %s", orphan.attempt.id, "the engine knows how" if known else "how is unknown"
            )
            await self._caller.conclude(orphan, known)
            self._orphans.pop(orphan.attempt.id, None)
