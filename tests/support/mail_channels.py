"""A route to a mail server in memory: who sends, what is learnt, who must not be written to any more."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from callwright.channels.email.channel import SmtpChannel
from callwright.channels.email.writing import Leaving, Sender
from callwright.clock import Clock, SystemClock
from callwright.ids import new_id
from callwright.mail.dkim import Signer
from callwright.mail.tokens import Tokens
from callwright.mail.tracking import Counting
from callwright.messages.models import LatePart, Outgoing, Receipt, Route

TOKENS = Tokens(b"a key for tests")


@dataclass
class Desk:
    """What a channel asks and tells."""

    name: str | None = "The Shop"
    signer: Signer | None = None
    receipts_: list[Receipt] = field(default_factory=list)
    stopped: dict[str, str] = field(default_factory=dict)

    async def sender(self, organisation_id: str, address: str) -> Sender:
        """Return the one sender."""
        return Sender(name=self.name, signer=self.signer)

    def leaving(self, message: Outgoing) -> Leaving | None:
        """Return a link to unsubscribe."""
        url = "https://calls.example.com/unsubscribe/x"
        headers = {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        return Leaving(url=url, headers=headers)

    def counting(self, message: Outgoing) -> Counting | None:
        """Count what the content asks for."""
        opens, clicks = bool(message.content.get("track_opens")), bool(message.content.get("track_clicks"))
        if not opens and not clicks:
            return None
        return Counting(
            opens=opens, clicks=clicks, base="https://calls.example.com", message_id=message.id, tokens=TOKENS
        )

    async def gone(self, message_id: str, evidence: str) -> None:
        """Take note of who must not be written to any more."""
        self.stopped[message_id] = evidence

    async def receipts(self, route_id: str, receipts: Sequence[Receipt]) -> None:
        """Take note of what became of mails."""
        self.receipts_ += receipts

    async def late(self, late: Sequence[LatePart]) -> None:
        """Nothing comes late by SMTP."""

    async def texts(self, route: Route, parts: Sequence[Any]) -> None:
        """No texts come on a route of mails."""


def mail_route(port: int, *, secrets: Mapping[str, str] | None = None, **options: Any) -> Route:
    """Return a route to a server of this machine."""
    now = datetime.now(UTC)
    return Route(
        id=new_id("rte"),
        organisation_id=new_id("org"),
        shared=False,
        channel="email",
        kind="smtp",
        name="mail",
        options={"host": "127.0.0.1", "port": port, "security": "none", "hello": "test.example"} | options,
        secrets=secrets or {},
        per_second=1000,
        updated_at=now,
    )


def mail_to(address: str, *, purpose: str = "transactional", attempts: int = 1, **content: Any) -> Outgoing:
    """Return a mail as a sender has claimed it."""
    return Outgoing(
        id=new_id("eml"),
        number=1,
        organisation_id=new_id("org"),
        owner_id=None,
        channel="email",
        sandbox=False,
        purpose=purpose,
        campaign_id=None,
        to_address=address,
        from_address="shop@example.com",
        content={"subject": "Hello {NAME}", "text": "Dear {NAME},\n\n{unsubscribe_url}\n"} | content,
        variables={"NAME": "Ann"},
        text=None,
        parts=1,
        media=(),
        topic=None,
        not_after=None,
        attempts=attempts,
        route_id="rte_x",
        accepted=frozenset(),
        not_before=datetime.now(UTC),
    )


@contextlib.asynccontextmanager
async def channel_of(route: Route, desk: Desk, clock: Clock | None = None) -> AsyncIterator[SmtpChannel]:
    """Run the channel of a route until the end of the block."""
    channel = SmtpChannel(route, desk, desk=desk, gone=desk, tokens=TOKENS, clock=clock or SystemClock())
    await channel.start()
    try:
        yield channel
    finally:
        await channel.stop()
