"""What gateways tell us: whether it comes from them, and to whom it goes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from callwright.clock import Clock
from callwright.errors import FieldError, Forbidden, InvalidRequest, NotFound
from callwright.messages.email_reports import EmailReports
from callwright.messages.gateways.addresses import HookAddresses
from callwright.messages.gateways.hooks import GatewayReceipt, GatewayText, read_hook
from callwright.messages.gateways.language import Gateway, Reply, read_gateway
from callwright.messages.gateways.paths import form
from callwright.messages.gateways.presets import with_preset
from callwright.messages.gateways.proofs import is_proved
from callwright.messages.gateways.requests import MESSAGE
from callwright.messages.gateways.sns import SnsMessages
from callwright.messages.inbound import InboundText
from callwright.messages.ledger import MessageLedger
from callwright.messages.models import LatePart, Receipt, Route
from callwright.messages.routes import MessageRoutes, NewRoute

log = logging.getLogger(__name__)

#: Keeps inbound texts, committed when it returns.
TextKeeper = Callable[[Route, Sequence[InboundText]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Hook:
    """What was called."""

    #: Without query.
    url: str
    query: str
    #: Names in small letters.
    headers: Mapping[str, str]
    body: bytes


class GatewayHooks:
    """Takes what gateways call us with."""

    def __init__(
        self,
        clock: Clock,
        *,
        routes: MessageRoutes,
        ledger: MessageLedger,
        keep: TextKeeper,
        addresses: HookAddresses,
        emails: EmailReports | None = None,
        sns: SnsMessages | None = None,
    ) -> None:
        """``emails`` takes what providers of mail report, ``sns`` checks what comes by Amazon's."""
        self._clock = clock
        self._routes = routes
        self._ledger = ledger
        self._keep = keep
        self._emails = emails
        self._sns = sns
        self.addresses = addresses

    async def take(self, route_id: str, token: str, hook: Hook) -> Reply:
        """Commit what a gateway tells and return what it is answered.

        Raises ``NotFound`` for an address that we did not give out, ``Forbidden`` when the signature is wrong,
        ``InvalidRequest`` for a damaged body.
        """
        if not self.addresses.is_token(route_id, token):
            raise NotFound("there is no such address")
        route = await self._routes.opened(route_id)
        if route.kind == "smtp" and self._emails is not None:
            topic = route.options.get("sns_topic")
            if self._sns is not None and not await self._sns.take(hook.body, topic=topic):
                return Reply()
            await self._emails.take(route.id, hook.headers.get("content-type", ""), hook.body)
            return Reply()
        if route.kind != "http":
            raise NotFound("there is no such address")
        gateway = gateway_of(route)
        known = self.addresses.url(route.id) or hook.url
        url = f"{known}?{hook.query}" if hook.query else known
        if not is_proved(
            gateway.proof, route.secrets, url=url, headers=hook.headers, body=hook.body, now=self._clock.now()
        ):
            log.warning("a call to the address of the route %s has no right signature", route.name)
            raise Forbidden("the signature is missing or wrong")
        try:
            told = read_hook(
                gateway, query=hook.query, content_type=hook.headers.get("content-type", ""), body=hook.body
            )
        except ValueError as error:
            raise InvalidRequest([FieldError(field="body", message=str(error))]) from None
        texts = [_text(each) for each in told if isinstance(each, GatewayText)]
        if texts:
            await self._keep(route, texts)
        receipts = [_receipt(each) for each in told if isinstance(each, GatewayReceipt)]
        if receipts:
            # of a message whose answer was lost it is known now what the gateway calls it
            if message_id := form(hook.query).get(MESSAGE):
                late = [LatePart(message_id=message_id, part=1, provider_id=each.provider_id) for each in receipts[:1]]
                await self._ledger.late(late, route_id=route.id, whole=True)
            await self._ledger.receipts(route.id, receipts)
        return gateway.reply


def gateway_of(route: Route) -> Gateway:
    """Return the gateway that a route describes. Raises ``InvalidRequest``."""
    return read_gateway(with_preset(route.options, route.secrets), route.secrets)


def gateway_errors(new: NewRoute) -> Sequence[FieldError]:
    """Return what is wrong with the options of a new route: an ``OptionsCheck``."""
    secrets = new.secrets or {}
    try:
        read_gateway(with_preset(new.options, secrets), secrets)
    except InvalidRequest as error:
        return error.errors
    return ()


def _receipt(told: GatewayReceipt) -> Receipt:
    return Receipt(provider_id=told.provider_id, state=told.state, error=told.error)


def _text(told: GatewayText) -> InboundText:
    return InboundText(
        sender=told.sender,
        recipient=told.recipient,
        text=told.text,
        media=told.media,
        provider_id=told.provider_id,
    )
