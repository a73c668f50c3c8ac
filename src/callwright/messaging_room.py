"""Texts and emails with all that carries them, put together for one process: routes, channels, the sender, inbound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from callwright.channels.sms import smpp_options
from callwright.channels.sms.lab import LabTexts
from callwright.channels.sms.smpp import SmppChannel
from callwright.clock import Clock
from callwright.dispatch.bell import MESSAGES, Bell
from callwright.dispatch.messaging import MessageSender
from callwright.errors import Unavailable
from callwright.foundation import Ground
from callwright.messages.channel import Opener
from callwright.messages.desk import Messages
from callwright.messages.inbox import RouteInbox, TextReader
from callwright.messages.ledger import MessageLedger
from callwright.messages.models import Route
from callwright.messages.routes import NewRoute, OptionsCheck

#: The lab's route of texts; it is every organisation's.
LAB_ROUTE = "lab-texts"
LAB_PER_SECOND = 2000.0
_DRAIN_SECONDS = 10.0

#: What reads the options of each kind of route.
CHECKS: Mapping[str, OptionsCheck] = {
    "smpp": lambda new: smpp_options.option_errors(new.options, new.secrets),
}


class MessagingRoom:
    """Runs the sender of one process; ``desk`` has the services."""

    def __init__(
        self,
        ground: Ground,
        clock: Clock,
        *,
        node: str,
        read: TextReader | None = None,
        openers: Mapping[str, Opener] | None = None,
        on_events: Callable[[], None] = lambda: None,
        on_webhooks: Callable[[], None] = lambda: None,
    ) -> None:
        """``read`` keeps inbound texts; ``openers`` are those of further kinds of routes."""
        self.bell = Bell(ground.url, channel=MESSAGES)

        def on_new() -> None:
            self.bell.ring()
            on_events()

        self.desk = Messages.on(ground.database, ground.secrets, checks=CHECKS, on_new=on_new, on_events=on_events)
        ledger = MessageLedger(ground.database, on_events=on_events, on_webhooks=on_webhooks)
        self.sender = MessageSender(
            ground.database,
            clock=clock,
            bell=self.bell,
            routes=self.desk.routes,
            ledger=ledger,
            inbox=RouteInbox(ledger, read=read or _kept_back),
            openers={
                "smpp": lambda route, inbox: SmppChannel(route, inbox, clock),
                "sms/lab": lambda route, inbox: LabTexts(route, inbox, clock),
                **(openers or {}),
            },
            node=node,
        )
        self._running: asyncio.Task[None] | None = None

    async def start(self, operator: str) -> None:
        """Begin to send; ``operator``: the organisation that the lab's route belongs to."""
        await add_lab_route(self.desk, operator)
        await self.bell.start()
        self._running = asyncio.create_task(self.sender.run(), name="message sender")

    async def stop(self) -> None:
        """Finish what is being sent, in seconds, and close the routes."""
        await self.sender.drain(_DRAIN_SECONDS)
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self.bell.stop()


async def _kept_back(route: Route, parts: Sequence[Any]) -> None:
    """Refuse texts where nobody reads them: their centre keeps them."""
    raise Unavailable(f"nobody reads what comes in on {route.name}")


async def add_lab_route(desk: Messages, operator: str) -> None:
    """Let sandbox texts reach the lab's telephones."""
    known = {route.name for route in await desk.routes.page(operator, channel="sms")}
    if LAB_ROUTE not in known:
        new = NewRoute(channel="sms", kind="lab", name=LAB_ROUTE, shared=True, per_second=LAB_PER_SECOND)
        await desk.routes.add(operator, new, replace=True)
