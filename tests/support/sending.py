"""Messages of campaigns without a provider: what is claimed for one route is settled by hand."""

from __future__ import annotations

from callwright.campaigns.texting import TextFeeder
from callwright.clock import Clock
from callwright.messages.claims import MessageClaims
from callwright.messages.ledger import MessageLedger
from callwright.messages.models import Outgoing, Sent, SentPart
from callwright.messages.senders import SenderLease
from callwright.store.database import Database


class Sending:
    """Feeds, claims and settles for one route, whose id is set when it is there."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.sender = SenderLease(database, node="node1")
        self.claims = MessageClaims(database, clock)
        self.ledger = MessageLedger(database)
        self.feeder = TextFeeder(database, clock)
        self.route_id = ""

    async def claim(self) -> list[Outgoing]:
        """Make the messages of campaigns and return those that may go."""
        await self.feeder.feed()
        return await self.claims.claim(self.sender.id, {self.route_id: 500})

    async def sent(self, messages: list[Outgoing]) -> None:
        """Tell that the provider took them."""
        results = [
            (each, Sent(message_id=each.id, verdict="sent", parts=[SentPart(provider_id=each.id)])) for each in messages
        ]
        await self.ledger.settle(self.sender.id, results)
