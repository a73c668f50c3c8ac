"""Turns a message that was claimed into a mail: its content read once, its sender's name and signature, its links."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Protocol

from callwright.channels.email.connections import Letter
from callwright.clock import Clock
from callwright.mail.addresses import domain_of, in_ascii
from callwright.mail.building import Envelope, Template
from callwright.mail.content import read_content
from callwright.mail.dkim import Signer
from callwright.mail.tokens import Tokens
from callwright.mail.tracking import Counting, counted_links
from callwright.messages.emails import UNSUBSCRIBE_VARIABLE
from callwright.messages.models import Outgoing

#: Contents that are kept ready: a batch has one, a busy appliance some dozens.
_MOST_TEMPLATES = 100
#: Those with files hold up to 9 MB each.
_MOST_WITH_FILES = 4


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who a mail comes from."""

    name: str | None = None
    signer: Signer | None = None


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """How the reader of a mail unsubscribes from its kind."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


class MailDesk(Protocol):
    """What the rest of the appliance knows of mails; wired in the composition root."""

    async def sender(self, organisation_id: str, address: str) -> Sender:
        """Return who an address is."""
        ...

    def leaving(self, message: Outgoing) -> Leaving | None:
        """Return how the reader unsubscribes; ``None``: the appliance has no address of its own on the net."""
        ...

    def counting(self, message: Outgoing) -> Counting | None:
        """Return how openings and clicks of a message are counted; ``None``: they are not."""
        ...


class Writer:
    """Writes the mails of one route."""

    def __init__(
        self,
        desk: MailDesk,
        tokens: Tokens,
        clock: Clock,
        *,
        bounce_address: str | None,
        signers: Executor,
        provider_headers: Callable[[str], Mapping[str, str]] = lambda _: {},
    ) -> None:
        """``provider_headers``: what a provider wants to read in each mail, by the message's token."""
        self._desk = desk
        self._tokens = tokens
        self._clock = clock
        self._bounce_address = bounce_address
        #: Threads that build and sign; the signature is the larger part and leaves the others running.
        self._signers = signers
        self._provider_headers = provider_headers
        #: By the identity of the content, which is kept with it so that it stays the same.
        self._templates: dict[int, tuple[Mapping[str, Any], Template]] = {}

    async def letter(self, message: Outgoing) -> Letter:
        """Return a mail for its envelope.

        Raises ``ValueError`` (an ``InvalidRequest``, a header's or an address's fault) for a message that cannot be
        written.
        """
        to, sender_address = in_ascii(message.to_address), in_ascii(message.from_address)
        sender = await self._desk.sender(message.organisation_id, message.from_address)
        leaving = self._desk.leaving(message)
        if leaving is None and message.purpose == "marketing":
            raise ValueError("marketing needs a link to unsubscribe, and CALLWRIGHT_PUBLIC_URL is not set")
        counting = self._desk.counting(message)
        variables = dict(message.variables)
        if leaving is not None:
            variables.setdefault(UNSUBSCRIBE_VARIABLE, leaving.url)
        envelope = Envelope(
            to=to,
            sender=sender_address,
            sender_name=sender.name,
            variables=variables,
            message_id=self._tokens.message_id(message.id, domain_of(sender_address)),
            date=self._clock.now(),
            headers={
                **({} if leaving is None or message.purpose != "marketing" else leaving.headers),
                **self._provider_headers(self._tokens.token(message.id)),
            },
        )
        template = self._template(message.content)

        def build() -> bytes:
            change = None if counting is None else counted_links(counting)
            return template.build(
                envelope,
                signer=sender.signer,
                add_html="" if counting is None else counting.picture,
                change_html=change,
            )

        if sender.signer is None:
            octets = build()
        else:
            octets = await asyncio.get_running_loop().run_in_executor(self._signers, build)
        return Letter(return_path=self._return_path(message.id, sender_address), to=to, octets=octets)

    def _return_path(self, message_id: str, sender: str) -> str:
        if self._bounce_address is None:
            return sender
        return self._tokens.return_path(message_id, self._bounce_address)

    def _template(self, content: Mapping[str, Any]) -> Template:
        known = self._templates.get(id(content))
        if known is not None:
            return known[1]
        template = Template(read_content(content))
        if len(self._templates) >= _MOST_TEMPLATES:
            self._templates.pop(next(iter(self._templates)))
        if content.get("attachments"):
            large = [key for key, (body, _) in self._templates.items() if body.get("attachments")]
            for key in large[: max(0, len(large) + 1 - _MOST_WITH_FILES)]:
                del self._templates[key]
        self._templates[id(content)] = (content, template)
        return template
