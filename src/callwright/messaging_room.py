"""Texts and emails with all that carries them, put together for one process: routes, channels, the sender, inbound."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus

from callwright.campaigns.texting import TextFeeder
from callwright.channels.email import options as smtp_options
from callwright.channels.sms import smpp_options
from callwright.channels.sms.gateway import GatewayChannel
from callwright.channels.sms.lab import LabTexts
from callwright.channels.sms.reading import TextReading
from callwright.channels.sms.smpp import SmppChannel
from callwright.clock import Clock
from callwright.dispatch.bell import MESSAGES, Bell
from callwright.dispatch.messaging import MessageSender
from callwright.errors import InvalidRequest, NotFound, Unavailable
from callwright.events.http_client import FetchError, GuardedClient
from callwright.foundation import Ground
from callwright.mail.tokens import Tokens
from callwright.messages.channel import Channel, Inbox, Opener
from callwright.messages.desk import Messages
from callwright.messages.email_reports import EmailReports
from callwright.messages.emails import Emails
from callwright.messages.gateways.addresses import HookAddresses
from callwright.messages.gateways.service import GatewayHooks, gateway_errors, gateway_of
from callwright.messages.gateways.sns import SnsMessages
from callwright.messages.inbound import InboundTexts, KeywordCalls
from callwright.messages.inbox import RouteInbox
from callwright.messages.ledger import MessageLedger
from callwright.messages.models import Route
from callwright.messages.picture_fetching import PictureFetcher
from callwright.messages.routes import NewRoute, OptionsCheck
from callwright.settings import Settings

log = logging.getLogger(__name__)

#: The lab's routes, by channel; they are every organisation's.
LAB_ROUTES = {"sms": "lab-texts", "email": "lab-mails"}
LAB_PER_SECOND = 2000.0
_DRAIN_SECONDS = 10.0
#: How often it is looked for long texts whose parts did not all come, and for files that nothing names any more.
_SWEEP_SECONDS = 60.0
#: How often it is looked for pictures that came with texts.
_PICTURE_SECONDS = 2.0
#: Until a gateway's answer; one that takes longer may have the message.
_GATEWAY_SECONDS = 30.0

#: What reads the options of each kind of route.
CHECKS: Mapping[str, OptionsCheck] = {
    "smpp": lambda new: smpp_options.option_errors(new.options, new.secrets),
    "http": gateway_errors,
    "smtp": lambda new: smtp_options.option_errors(new.options, new.secrets),
}


class MessagingRoom:
    """Runs the sender of one process; ``desk`` has the services."""

    def __init__(
        self,
        ground: Ground,
        clock: Clock,
        *,
        settings: Settings,
        calls: KeywordCalls | None = None,
        openers: Mapping[str, Opener] | None = None,
        on_events: Callable[[], None] = lambda: None,
        on_webhooks: Callable[[], None] = lambda: None,
    ) -> None:
        """``calls`` are those that keywords start; ``openers`` are those of further kinds of routes."""
        self._clock = clock
        self.bell = Bell(ground.url, channel=MESSAGES)

        def on_new() -> None:
            self.bell.ring()
            on_events()

        self.desk = Messages.on(ground.database, ground.secrets, checks=CHECKS, on_new=on_new, on_events=on_events)
        ledger = MessageLedger(ground.database, on_events=on_events, on_webhooks=on_webhooks)
        texts = InboundTexts(
            ground.database, self.desk.service, calls=calls, on_events=on_events, on_webhooks=on_webhooks
        )
        self._reading = TextReading(ground.database, texts)
        self._addresses = HookAddresses(ground.secrets, settings.public_url)
        self._client = GuardedClient(settings.webhook_allow_networks, seconds=_GATEWAY_SECONDS)
        self._pictures = PictureFetcher(ground.database, self._client)
        self.gateways = GatewayHooks(
            clock,
            routes=self.desk.routes,
            ledger=ledger,
            keep=texts.read,
            addresses=self._addresses,
            emails=EmailReports(
                ledger.receipts, Emails(ground.database, ground.secrets), Tokens(ground.secrets.derived("mail"))
            ),
            sns=SnsMessages(self._fetch, clock),
        )
        self.sender = MessageSender(
            ground.database,
            clock=clock,
            bell=self.bell,
            routes=self.desk.routes,
            ledger=ledger,
            inbox=RouteInbox(ledger, read=self._reading.read),
            openers={
                "smpp": lambda route, inbox: SmppChannel(route, inbox, clock),
                "http": self._open_gateway,
                "sms/lab": lambda route, inbox: LabTexts(route, inbox, clock),
                **(openers or {}),
            },
            node=settings.node,
            unseal=ground.secrets.open,
            feed=TextFeeder(ground.database, clock).feed,
        )
        self._running: list[asyncio.Task[None]] = []

    async def start(self, operator: str) -> None:
        """Begin to send; ``operator``: the organisation that the lab's route belongs to."""
        await add_lab_routes(self.desk, operator)
        await self.bell.start()
        self._running = [
            asyncio.create_task(self.sender.run(), name="message sender"),
            asyncio.create_task(self._sweep(), name="long texts and files"),
            asyncio.create_task(self._fetch_pictures(), name="pictures of texts"),
        ]

    async def stop(self) -> None:
        """Finish what is being sent, in seconds, and close the routes."""
        await self.sender.drain(_DRAIN_SECONDS)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._client.close()
        await self.bell.stop()

    async def _fetch(self, url: str) -> bytes:
        """Return what a URL of a provider leads to. Raises ``Unavailable``, so that the provider tries again."""
        try:
            answer = await self._client.request("GET", url, content=b"", headers={})
        except FetchError as error:
            raise Unavailable(f"{url}: {error}") from None
        if answer.status != HTTPStatus.OK or answer.truncated:
            raise Unavailable(f"{url}: answered {answer.status}")
        return answer.body

    def _open_gateway(self, route: Route, _: Inbox) -> Channel:
        try:
            gateway = gateway_of(route)
        except InvalidRequest as error:
            raise ValueError(str(error)) from None
        return GatewayChannel(route, gateway, self._client, self._clock, self._addresses.url(route.id))

    async def _fetch_pictures(self) -> None:
        while True:
            await asyncio.sleep(_PICTURE_SECONDS)
            try:
                while await self._pictures.look():
                    pass
            except Exception:
                log.exception("pictures could not be fetched")

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            try:
                # a route that was removed took its parts along
                with suppress(NotFound):
                    await self._reading.sweep(self.desk.routes.opened)
                await self.desk.files.sweep()
            except Exception:
                log.exception("long texts and files could not be looked through")


async def add_lab_routes(desk: Messages, operator: str) -> None:
    """Let sandbox messages reach the lab's telephones and mailbox."""
    known = {route.name for route in await desk.routes.page(operator)}
    for channel, name in LAB_ROUTES.items():
        if name not in known:
            new = NewRoute(channel=channel, kind="lab", name=name, shared=True, per_second=LAB_PER_SECOND)
            await desk.routes.add(operator, new, replace=True)
