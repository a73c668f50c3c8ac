"""Calls that come in: asked after, answered and driven, or refused with the cause that the caller shall hear."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from callwright.calls.claims import Owner
from callwright.calls.inbound import InboundCalls, Incoming, Refusal
from callwright.calls.models import Attempt
from callwright.calls.patience import AWAY
from callwright.clock import Clock
from callwright.dispatch.dispatcher import Dispatcher
from callwright.telephony.caller import EngineCaller
from callwright.telephony.port import Arrival, ReceivingEngine

log = logging.getLogger(__name__)

#: Q.850 causes; a SIP caller gets 404, 480, 486 and 403.
CAUSES: Final = {Refusal.NOT_FOUND: 1, Refusal.UNAVAILABLE: 19, Refusal.BUSY: 17, Refusal.FORBIDDEN: 21}
#: No circuit: 503. We are stopping, or the database has been away for too long.
_NO_ROOM: Final = 34
#: A caller hears the ringing tone for so long while the database is away.
_PATIENCE_SECONDS: Final = 15.0
_RETRY_SECONDS: Final = 0.25


class Reception:
    """Takes the calls that come in on one engine, while this process owns its node."""

    def __init__(self, engine: ReceivingEngine, *, inbound: InboundCalls, caller: EngineCaller, clock: Clock) -> None:
        self._engine = engine
        self._inbound = inbound
        self._caller = caller
        self._clock = clock
        self._arrivals: asyncio.Queue[Arrival] = asyncio.Queue()
        #: Set when the process is about to stop: callers are turned away.
        self.closed = False
        engine.on_arrival = self._arrivals.put_nowait

    async def run(self, owner: Owner, dispatcher: Dispatcher) -> None:
        """Work until cancelled; what came in before the node was ours has waited."""
        while True:
            arrival = await self._arrivals.get()
            dispatcher.hold(arrival.leg.id, self._receive(arrival, owner))

    async def find(self, attempt_id: str) -> bool:
        """Take a living channel without an attempt if it is a call that nobody has taken yet; return whether it was.

        Such a call came in while no control plane ran, or died with it before it was accepted.
        """
        arrival = await self._engine.arrival(attempt_id)
        if arrival is not None:
            log.info("a call that came in while nobody looked is taken")
            self._arrivals.put_nowait(arrival)
        return arrival is not None

    async def _receive(self, arrival: Arrival, owner: Owner) -> None:
        if self.closed or self._caller.paused:
            await arrival.leg.refuse(_NO_ROOM)
            return
        try:
            found = await self._accept(arrival, owner)
        except AWAY:
            log.error("a call that came in is turned away: the database is not back")
            await arrival.leg.refuse(_NO_ROOM)
            return
        if isinstance(found, Attempt):
            await self._caller.receive(found, arrival.leg)
        elif isinstance(found, Refusal):
            await arrival.leg.refuse(CAUSES[found])
        else:
            # accepted by a process before us: the reaper goes on with it
            arrival.leg.let_go()

    async def _accept(self, arrival: Arrival, owner: Owner) -> Attempt | Refusal | None:
        incoming = Incoming(
            attempt_id=arrival.leg.id, trunk=arrival.trunk, dialled=arrival.dialled, caller=arrival.caller
        )
        waited = 0.0
        while True:
            try:
                return await self._inbound.accept(incoming, owner)
            except AWAY as error:
                log.warning("a call that came in waits for the database: %s", error)
                if waited >= _PATIENCE_SECONDS:
                    raise
            await arrival.leg.ring()
            await self._clock.sleep(_RETRY_SECONDS)
            waited += _RETRY_SECONDS
