"""An organisation with routes and messages in a fresh database, for tests of the messages domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.fernet import Fernet

from callwright.accounts.models import Principal, operator
from callwright.accounts.service import AccountService
from callwright.audit import audit
from callwright.calls.limits import CallLimitService
from callwright.messages.claims import MessageClaims
from callwright.messages.ledger import MessageLedger
from callwright.messages.models import Message, NewMessage, Outgoing, Sent, SentPart
from callwright.messages.queries import MessageQueries
from callwright.messages.routes import MessageRoutes, NewRoute, RouteView
from callwright.messages.senders import SenderLease
from callwright.messages.service import MessageService
from callwright.messages.texts import render
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from support.calls import ShiftedClock


@dataclass(kw_only=True)
class MessageWorld:
    """The services of the messages domain over one database, and an organisation to act for."""

    database: Database
    accounts: AccountService
    secrets: SecretBox
    principal: Principal
    clock: ShiftedClock
    routes: MessageRoutes
    route: RouteView
    service: MessageService
    queries: MessageQueries
    claims: MessageClaims
    ledger: MessageLedger
    sender: SenderLease

    async def post(
        self, *numbers: str, text: str = "Hello", principal: Principal | None = None, **fields: Any
    ) -> list[Message]:
        """Create a text to each number."""
        cut = render(text, {})
        new = [
            NewMessage(
                channel="sms",
                to_address=number,
                from_address="+12125550100",
                content={"text": text},
                text=cut.text,
                parts=cut.parts,
                encoding=cut.encoding,
                **fields,
            )
            for number in numbers
        ]
        async with self.database.transaction() as connection:
            return await self.service.create(principal or self.principal, new, connection=connection)

    async def claim(self, window: int = 100) -> list[Outgoing]:
        """Claim what is due over all routes."""
        owned = await self.routes.own(self.sender.id, ["sms", "email"])
        return await self.claims.claim(self.sender.id, {route.id: window for route in owned})

    async def sent(self, messages: Sequence[Outgoing]) -> None:
        """Let the provider have accepted all parts, each under the id ``id-part``."""
        await self.ledger.settle(
            self.sender.id,
            [
                (
                    message,
                    Sent(
                        message_id=message.id,
                        verdict="sent",
                        parts=[SentPart(provider_id=f"{message.id}-{n}", part=n) for n in range(1, message.parts + 1)],
                    ),
                )
                for message in messages
            ],
        )

    async def get(self, message_id: str, channel: str = "sms") -> Message:
        """Return a message as it is now."""
        return await self.queries.get(self.principal.organisation.id, message_id, channel=channel)

    async def events(self, message_id: str) -> list[str]:
        """Return the types of a message's events in order."""
        rows = await self.database.fetch("SELECT type FROM events WHERE subject = $1 ORDER BY id", message_id)
        return [row["type"] for row in rows]

    async def open_countries(self) -> None:
        """Let the organisation write to every country."""
        organisation = self.principal.organisation
        limits = CallLimitService(self.database, self.clock)
        await limits.change(organisation, {"allowed_countries": None}, operator(organisation.id))

    async def assert_sound(self) -> None:
        """Fail when one of the audit's queries finds something."""
        found = {result.query: result.findings for result in await audit(self.database) if result.findings}
        assert not found, found


async def make_message_world(database: Database, **route: Any) -> MessageWorld:
    """Return a world with a live organisation, one route for texts that nobody has opened, and a sender."""
    clock = ShiftedClock()
    secrets = SecretBox(Fernet.generate_key())
    accounts = AccountService(database, secrets, clock)
    organisation = await accounts.create_organisation("Clinic", time_zone="America/New_York")
    key, _ = await accounts.create_key(organisation.id, name="test", sandbox=False, purpose="emergency")
    routes = MessageRoutes(database, secrets)
    fields: dict[str, Any] = {"channel": "sms", "kind": "smpp", "name": "centre", "per_second": 10_000.0} | route
    view = await routes.add(organisation.id, NewRoute(**fields))
    sender = SenderLease(database, node="node1")
    await sender.renew()
    return MessageWorld(
        database=database,
        accounts=accounts,
        secrets=secrets,
        principal=Principal(organisation=organisation, key_id=key.id, sandbox=False, purpose="emergency"),
        clock=clock,
        routes=routes,
        route=view,
        service=MessageService(database),
        queries=MessageQueries(database),
        claims=MessageClaims(database, clock),
        ledger=MessageLedger(database),
        sender=sender,
    )


@dataclass(kw_only=True)
class ScriptedChannel:
    """A ``Channel`` in memory: answers what a test says, by the message's number; without a script all are accepted."""

    answers: dict[str, Sent] = field(default_factory=dict)
    sent: list[Outgoing] = field(default_factory=list)
    is_ready: bool = True
    room: int = 100

    @property
    def ready(self) -> bool:
        return self.is_ready

    @property
    def window(self) -> int:
        return self.room

    def state(self) -> Mapping[str, Any]:
        return {}

    async def start(self) -> None:
        """Nothing is to be connected."""

    async def stop(self) -> None:
        """Nothing is to be closed."""

    async def send(self, message: Outgoing) -> Sent:
        """Take the message."""
        self.sent.append(message)
        answer = self.answers.get(message.to_address)
        if answer is not None:
            return replace(answer, message_id=message.id)
        parts = [SentPart(provider_id=f"{message.id}-{n}", part=n) for n in range(1, message.parts + 1)]
        return Sent(message_id=message.id, verdict="sent", parts=parts)
