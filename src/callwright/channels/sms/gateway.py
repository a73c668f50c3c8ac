"""The channel of a route whose provider has an HTTP interface: one request a message, whatever its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from callwright.clock import Clock
from callwright.events.http_client import Answer, FetchError, GuardedClient, NotReached
from callwright.messages.gateways.language import Gateway
from callwright.messages.gateways.requests import OutgoingText, Verdict, make_request, read_answer
from callwright.messages.models import Outgoing, Route, Sent, SentPart

#: Requests on their way at once.
CONNECTIONS = 20
#: Seconds until an answer; a gateway that takes longer may have the message.
PATIENCE = 30.0
#: A gateway that asks us to come back later is believed up to here, in seconds.
_LONGEST_WAIT = 3600.0
_STOP_SECONDS = 10.0


class GatewayChannel:
    """Carries texts to one gateway; a ``messages.channel.Channel``."""

    def __init__(
        self, route: Route, gateway: Gateway, client: GuardedClient, clock: Clock, webhook_url: str | None
    ) -> None:
        self._route = route
        self._gateway = gateway
        self._client = client
        self._clock = clock
        self._webhook_url = webhook_url
        self._stopping = False
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        #: What went wrong last, until something goes well.
        self._problem: str | None = None

    @property
    def ready(self) -> bool:
        """Whether it takes messages: always, for there is nothing to connect before."""
        return not self._stopping

    @property
    def window(self) -> int:
        """How many requests may be on their way."""
        return CONNECTIONS

    def state(self) -> Mapping[str, Any]:
        """Return what people see."""
        return {"problem": self._problem, "requests": self._under_way}

    async def start(self) -> None:
        """Nothing is to be opened."""

    async def stop(self) -> None:
        """Wait for the answers to what was sent, some seconds."""
        self._stopping = True
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._idle.wait()
        except TimeoutError:
            pass

    async def send(self, message: Outgoing) -> Sent:
        """Send a message and return what came of it."""
        try:
            request = make_request(self._gateway, self._route.secrets, self._text(message))
        except ValueError as error:
            return Sent(message_id=message.id, verdict="failed", reason=str(error))
        self._under_way += 1
        self._idle.clear()
        try:
            answer = await self._client.request(
                request.method, request.url, content=request.body, headers=request.headers
            )
        except NotReached as error:
            self._problem = str(error)
            return Sent(message_id=message.id, verdict="again", reason=str(error))
        except FetchError as error:
            self._problem = str(error)
            return Sent(message_id=message.id, verdict="unknown", reason=str(error))
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()
        content_type = answer.headers.get("content-type", "")
        verdict = read_answer(self._gateway, message.id, answer.status, content_type, answer.body)
        self._problem = None if verdict.outcome == "accepted" or verdict.permanent else verdict.said
        return _sent(message.id, verdict, answer)

    def _text(self, message: Outgoing) -> OutgoingText:
        validity = None
        if message.not_after is not None:
            validity = max(1, int((message.not_after - self._clock.now()).total_seconds()))
        return OutgoingText(
            id=message.id,
            to=message.to_address,
            sender=message.from_address,
            text=message.text or "",
            media=[str(each) for each in message.media],
            webhook_url=self._webhook_url,
            validity_seconds=validity,
        )


def _sent(message_id: str, verdict: Verdict, answer: Answer) -> Sent:
    if verdict.outcome == "accepted":
        parts = (SentPart(provider_id=verdict.provider_id or message_id),)
        return Sent(message_id=message_id, verdict="sent", parts=parts)
    reason = verdict.error or f"the gateway answered {verdict.said}"
    said = verdict.code or f"HTTP {verdict.status}"
    if verdict.outcome == "unknown":
        return Sent(message_id=message_id, verdict="unknown", reason=reason, provider_status=said)
    if verdict.permanent:
        return Sent(message_id=message_id, verdict="failed", reason=reason, provider_status=said)
    return Sent(
        message_id=message_id, verdict="again", reason=reason, provider_status=said, again_after=_wait_of(answer)
    )


def _wait_of(answer: Answer) -> float | None:
    """Return what ``Retry-After`` says in seconds; a date is not read, the ladder is near enough."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), _LONGEST_WAIT) if text.isascii() and text.isdecimal() else None
