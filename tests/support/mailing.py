"""Emails of campaigns without a mail server: a route, its sender, and what they are told."""

from __future__ import annotations

from callwright.campaigns.texting import TextFeeder
from callwright.clock import SystemClock
from callwright.messages.claims import MessageClaims
from callwright.messages.ledger import MessageLedger
from callwright.messages.models import Outgoing, Sent, SentPart
from callwright.messages.routes import NewRoute
from callwright.messages.senders import SenderLease
from support.api import ApiUnderTest

FROM = "shop@example.com"
#: Nobody listens there: what is claimed is sent by hand.
OPTIONS = {"host": "127.0.0.1", "security": "none"}


class Mailing:
    """Feeds, claims and settles for one organisation's mail route."""

    def __init__(self, api: ApiUnderTest) -> None:
        database = api.database
        self.api = api
        self.sender = SenderLease(database, node="node1")
        self.claims = MessageClaims(database, SystemClock())
        self.ledger = MessageLedger(database)
        self.feeder = TextFeeder(database, SystemClock())
        self.route_id = ""

    async def open(self) -> None:
        """Add the route, its sandbox's, and a proved sender."""
        messages, organisation_id = self.api.services.messages, self.api.organisation.id
        new = NewRoute(channel="email", kind="smtp", name="mail", options=OPTIONS, per_second=100)
        self.route_id = (await messages.routes.add(organisation_id, new)).id
        await messages.routes.add(organisation_id, NewRoute(channel="email", kind="lab", name="mail-lab"))
        await messages.senders.add(
            organisation_id, channel="email", address=FROM, name="The Shop", verified_by="operator"
        )
        await self.sender.renew()
        await messages.routes.own(self.sender.id, ["email"])

    async def claim(self) -> list[Outgoing]:
        """Make the messages of campaigns and return those that may go."""
        await self.feeder.feed()
        return await self.claims.claim(self.sender.id, {self.route_id: 500})

    async def sent(self, messages: list[Outgoing]) -> None:
        """Tell that the server took them."""
        results = [
            (each, Sent(message_id=each.id, verdict="sent", parts=[SentPart(provider_id=each.id)])) for each in messages
        ]
        await self.ledger.settle(self.sender.id, results)


async def mailing_of(api: ApiUnderTest) -> Mailing:
    """Return a mailing with its route."""
    mailing = Mailing(api)
    await mailing.open()
    return mailing
