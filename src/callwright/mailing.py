"""Emails put together for one process: what their channel asks of the rest, and the lab's mailbox."""

from __future__ import annotations

import time
from collections.abc import Mapping

from callwright.channels.email.channel import SmtpChannel
from callwright.channels.email.lab import LabMails
from callwright.channels.email.writing import Leaving, Sender
from callwright.clock import Clock
from callwright.consents.links import UnsubscribeLinks, Wish
from callwright.foundation import Ground
from callwright.mail.dkim import KeyFault, Signer
from callwright.mail.tokens import Tokens
from callwright.mail.tracking import Counting
from callwright.messages.channel import Opener
from callwright.messages.emails import Emails
from callwright.messages.models import Outgoing
from callwright.settings import Settings

#: Seconds for which a sender is remembered: a new key is used after them.
_REMEMBERED = 30.0
_MOST_SENDERS = 1000
LAB_FOLDER = "mail"


def tokens_of(ground: Ground) -> Tokens:
    """Return what names the mails of this appliance."""
    return Tokens(ground.secrets.derived("mail"))


def mail_openers(ground: Ground, settings: Settings, clock: Clock, *, listens_at: str) -> Mapping[str, Opener]:
    """Return what opens the routes of emails; ``listens_at``: our address where no public one is set."""
    emails = Emails(ground.database, ground.secrets)
    tokens = tokens_of(ground)
    desk = Desk(
        emails,
        tokens=tokens,
        links=UnsubscribeLinks(ground.secrets),
        public_url=settings.public_url,
        listens_at=listens_at,
    )
    folder = settings.data_dir / LAB_FOLDER
    return {
        "smtp": lambda route, inbox: SmtpChannel(route, inbox, desk=desk, gone=emails, tokens=tokens, clock=clock),
        "email/lab": lambda route, inbox: LabMails(route, inbox, desk=desk, tokens=tokens, clock=clock, folder=folder),
    }


class Desk:
    """The ``MailDesk`` of this appliance."""

    def __init__(
        self,
        emails: Emails,
        *,
        tokens: Tokens,
        links: UnsubscribeLinks,
        public_url: str | None,
        listens_at: str,
    ) -> None:
        self._emails, self._tokens, self._links = emails, tokens, links
        self._public_url, self._listens_at = public_url, listens_at
        #: With the time until which it is believed.
        self._senders: dict[tuple[str, str], tuple[float, Sender]] = {}

    async def sender(self, organisation_id: str, address: str) -> Sender:
        """Return who an address is, and what signs for it."""
        known = self._senders.get((organisation_id, address))
        if known is not None and known[0] > time.monotonic():
            return known[1]
        row = await self._emails.sender(organisation_id, address)
        signer = None
        if row.dkim_key is not None and row.dkim_domain is not None and row.dkim_selector is not None:
            try:
                signer = Signer(domain=row.dkim_domain, selector=row.dkim_selector, key=row.dkim_key)
            except KeyFault as error:
                raise ValueError(f"the key that signs for {row.dkim_domain} cannot be used: {error}") from None
        sender = Sender(name=row.name, signer=signer)
        if len(self._senders) >= _MOST_SENDERS:
            self._senders.clear()
        self._senders[organisation_id, address] = (time.monotonic() + _REMEMBERED, sender)
        return sender

    def leaving(self, message: Outgoing) -> Leaving | None:
        """Return how the reader of a mail unsubscribes: from its topic, else from all emails of the organisation."""
        base = self._base(message)
        if base is None:
            return None
        scope, key = ("topic", message.topic) if message.topic else ("channel", "email")
        wish = Wish(organisation_id=message.organisation_id, address=message.to_address, scope=scope, scope_key=key)
        return Leaving(url=self._links.url(base, wish), headers=self._links.headers(base, wish))

    def counting(self, message: Outgoing) -> Counting | None:
        """Return how openings and clicks are counted, where the content asks for it."""
        opens, clicks = bool(message.content.get("track_opens")), bool(message.content.get("track_clicks"))
        base = self._base(message)
        if base is None or not (opens or clicks):
            return None
        return Counting(opens=opens, clicks=clicks, base=base, message_id=message.id, tokens=self._tokens)

    def _base(self, message: Outgoing) -> str | None:
        """Return where links lead: people need the public address, the lab's are read on this machine."""
        return self._public_url or (self._listens_at if message.sandbox else None)
