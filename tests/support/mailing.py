"""Emails of campaigns without a mail server: a route, its sender, and what they are told."""

from __future__ import annotations

from callwright.clock import SystemClock
from callwright.messages.routes import NewRoute
from support.api import ApiUnderTest
from support.sending import Sending

FROM = "shop@example.com"
#: Nobody listens there: what is claimed is sent by hand.
OPTIONS = {"host": "127.0.0.1", "security": "none"}


class Mailing(Sending):
    """Feeds, claims and settles for one organisation's mail route."""

    def __init__(self, api: ApiUnderTest) -> None:
        super().__init__(api.database, SystemClock())
        self.api = api

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


async def mailing_of(api: ApiUnderTest) -> Mailing:
    """Return a mailing with its route."""
    mailing = Mailing(api)
    await mailing.open()
    return mailing
