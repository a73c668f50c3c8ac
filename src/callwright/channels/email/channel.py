"""The channel of a route to a mail server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from callwright.channels.email.connections import Connections, NotConnected, Refused, Taken, Unknown
from callwright.channels.email.domains import Domains, is_too_fast
from callwright.channels.email.options import read_options
from callwright.channels.email.reports import ReportSources
from callwright.channels.email.writing import MailDesk, Writer
from callwright.clock import Clock
from callwright.errors import InvalidRequest
from callwright.mail.addresses import domain_of
from callwright.mail.reports import is_gone
from callwright.mail.tokens import Tokens
from callwright.messages.channel import Inbox
from callwright.messages.email_reports import EmailReports, Gone
from callwright.messages.models import Outgoing, Route, Sent, SentPart

log = logging.getLogger(__name__)

#: Mails of a route in hand for each of its connections: one on the way, others being written meanwhile.
_IN_HAND = 4
#: Seconds a message waits here for its domain; one that has to wait for longer is put back.
_PATIENCE = 1.0
_FIRST_RETRY, _LAST_RETRY = 1.0, 60.0
#: A log-in that was refused will not be right in a second.
_REFUSED_SECONDS = 30.0
_STOP_SECONDS = 10.0
_THREADS = 2


class SmtpChannel:
    """Carries mails to one server; a ``messages.channel.Channel``."""

    def __init__(self, route: Route, inbox: Inbox, *, desk: MailDesk, gone: Gone, tokens: Tokens, clock: Clock) -> None:
        """Raises ``ValueError`` with what is wrong with the route's options."""
        try:
            self._options = read_options(route.options, route.secrets)
        except InvalidRequest as error:
            raise ValueError(str(error)) from None
        self._route, self._gone, self._clock = route, gone, clock
        self._connections = Connections(self._options)
        self._domains = Domains(self._options.domain_rates)
        self._signers = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"mail {route.name}")
        self._writer = Writer(
            desk,
            tokens,
            clock,
            bounce_address=self._options.bounce_address,
            signers=self._signers,
            provider_headers=self._provider_headers,
        )
        self._sources = ReportSources(route.id, self._options, EmailReports(inbox.receipts, gone, tokens))
        self._problem: str | None = "not connected yet"
        self._stopping = False
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._lost = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    def _provider_headers(self, token: str) -> Mapping[str, str]:
        """Return the headers by which Postmark's webhooks name a mail, and the stream of its mails."""
        if self._options.provider != "postmark":
            return {}
        stream = {} if self._options.stream is None else {"X-PM-Message-Stream": self._options.stream}
        return {"X-PM-Metadata-callwright": token, **stream}

    @property
    def ready(self) -> bool:
        """Whether the server was reached last time."""
        return self._problem is None and not self._stopping

    @property
    def window(self) -> int:
        """How many mails it may have in hand at once."""
        return self._options.connections * _IN_HAND

    def state(self) -> Mapping[str, Any]:
        """Return what people see of it."""
        return {"problem": self._problem, "connections": self._connections.open, **self._sources.state()}

    async def start(self) -> None:
        """Begin to connect, and to take reports."""
        self._lost.set()
        self._keeper = asyncio.create_task(self._keep(), name=f"mail server of {self._route.name}")
        await self._sources.start()

    async def stop(self) -> None:
        """Take no more mails, wait some seconds for answers, close."""
        self._stopping = True
        await self._sources.stop()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await self._idle.wait()
        await self._connections.close()
        self._signers.shutdown(wait=False)

    async def send(self, message: Outgoing) -> Sent:
        """Send a mail and return what came of it."""
        self._under_way += 1
        self._idle.clear()
        try:
            return await self._send(message)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def _send(self, message: Outgoing) -> Sent:
        domain = domain_of(message.to_address)
        wait = self._domains.wait(message.id, domain, self._clock.monotonic())
        if wait > _PATIENCE:
            reason = f"{domain} takes no more mails at the moment"
            return Sent(message_id=message.id, verdict="back", reason=reason, again_after=wait)
        if wait > 0:
            await self._clock.sleep(wait)
        try:
            letter = await self._writer.letter(message)
        except ValueError as error:
            return Sent(message_id=message.id, verdict="failed", reason=str(error))
        except InvalidRequest as error:
            return Sent(message_id=message.id, verdict="failed", reason=str(error))
        if self._stopping:
            return Sent(message_id=message.id, verdict="back", reason="its route is away")
        try:
            answer = await self._connections.deliver(letter)
        except NotConnected as error:
            self._problem = str(error)
            self._lost.set()
            return Sent(message_id=message.id, verdict="back", reason=str(error))
        return await self._sent(message, domain, answer)

    async def _sent(self, message: Outgoing, domain: str, answer: Taken | Refused | Unknown) -> Sent:
        match answer:
            case Taken():
                self._domains.accepted(domain)
                return Sent(message_id=message.id, verdict="sent", parts=(SentPart(provider_id=message.id),))
            case Unknown():
                return Sent(message_id=message.id, verdict="unknown", reason=answer.reason)
        said = f"{answer.code} {' '.join(answer.said.split())}"[:300]
        if answer.permanent:
            if answer.command == "RCPT" and is_gone(answer.said):
                await self._gone.gone(message.id, f"the mail server refused the address: {said}")
            return Sent(
                message_id=message.id, verdict="failed", reason="the mail server refused it", provider_status=said
            )
        pause = (
            self._domains.refused(domain, self._clock.monotonic()) if is_too_fast(answer.code, answer.said) else None
        )
        return Sent(
            message_id=message.id,
            verdict="again",
            reason="the mail server refused it for now",
            provider_status=said,
            again_after=pause,
        )

    async def _keep(self) -> None:
        """Find out when the server is back; without it every message would be claimed to learn that it is not."""
        delay = _FIRST_RETRY
        while True:
            await self._lost.wait()
            try:
                await self._connections.probe()
            except NotConnected as error:
                if str(error) != self._problem:
                    log.warning("the mail server of the route %s: %s", self._route.name, error)
                self._problem = str(error)
                await self._clock.sleep(max(delay, _REFUSED_SECONDS) if error.refused else delay)
                delay = min(delay * 2, _LAST_RETRY)
                continue
            self._problem, delay = None, _FIRST_RETRY
            self._lost.clear()
            self._domains.forget(self._clock.monotonic())
