"""An organisation with keys, trunks and calls in a fresh database, for tests of the calls domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet

from callwright.accounts.models import Principal, operator
from callwright.accounts.service import AccountService
from callwright.audit import audit
from callwright.calls.claims import CallClaims, Owner
from callwright.calls.dialing import CallDialing
from callwright.calls.ledger import CallLedger
from callwright.calls.limits import CallLimitService
from callwright.calls.models import Call, NewCall
from callwright.calls.queries import CallQueries
from callwright.calls.recovery import CallRecovery
from callwright.calls.service import CallService
from callwright.clock import SystemClock
from callwright.ids import new_id
from callwright.numbers.trunks import NewTrunk, Trunks
from callwright.store.database import Database
from callwright.store.secrets import SecretBox

OWNER = Owner(node="node1", epoch=1)
FLOW: dict[str, Any] = {"version": 1, "start": "s1", "steps": {"s1": {"type": "say", "text": "Hello", "next": None}}}


class ShiftedClock(SystemClock):
    """The machine's clock, moved by what a test says."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def set_to(self, moment: datetime) -> None:
        """Let it be ``moment`` now."""
        self.shift = moment - super().now()

    def now(self) -> datetime:
        """Return the shifted time."""
        return super().now() + self.shift


@dataclass(kw_only=True)
class World:
    """The services of the calls domain over one database, and an organisation to act for."""

    database: Database
    accounts: AccountService
    trunks: Trunks
    principal: Principal
    clock: ShiftedClock
    calls: CallService
    queries: CallQueries
    claims: CallClaims
    dialing: CallDialing
    ledger: CallLedger
    recovery: CallRecovery
    cancelled: list[str]

    async def post(self, *numbers: str, principal: Principal | None = None, **fields: Any) -> list[Call]:
        """Create a call to each number."""
        async with self.database.transaction() as connection:
            return await self.calls.create(
                principal or self.principal,
                [NewCall(to_number=n, from_number="+12125550100", flow=FLOW, **fields) for n in numbers],
                connection=connection,
            )

    async def open_countries(self) -> None:
        """Let the organisation call every country."""
        organisation = self.principal.organisation
        limits = CallLimitService(self.database, self.clock)
        await limits.change(organisation, {"allowed_countries": None}, operator(organisation.id))

    async def agree(self, *numbers: str) -> None:
        """Let people have agreed to marketing by telephone."""
        for number in numbers:
            await self.database.execute(
                "INSERT INTO consents (id, organisation_id, address, channel, purpose, state, source, given_at,"
                " recorded_by) VALUES ($1, $2, $3, 'call', 'marketing', 'given', 'test', now(), 'system')",
                *(new_id("cns"), self.principal.organisation.id, number),
            )

    async def events(self, call_id: str) -> list[str]:
        """Return the types of a call's events in order."""
        rows = await self.database.fetch("SELECT type FROM events WHERE subject = $1 ORDER BY id", call_id)
        return [row["type"] for row in rows]

    async def assert_sound(self) -> None:
        """Fail when one of the audit's queries finds something."""
        found = {result.query: result.findings for result in await audit(self.database) if result.findings}
        assert not found, found


async def make_world(database: Database, *, capacity: int = 50, channels: int = 30, rate: float = 1000) -> World:
    """Return a world with a live organisation and one trunk."""
    clock = ShiftedClock()
    secrets = SecretBox(Fernet.generate_key())
    accounts = AccountService(database, secrets, clock)
    organisation = await accounts.create_organisation("Clinic", time_zone="America/New_York")
    await accounts.set_concurrent_calls(organisation.id, capacity)
    trunks = Trunks(database, secrets)
    await trunks.add(
        organisation.id,
        NewTrunk(name="provider", host="127.0.0.1", channels=channels, calls_per_second=rate),
    )
    key, _ = await accounts.create_key(organisation.id, name="test", sandbox=False, purpose="emergency")
    cancelled: list[str] = []
    ledger = CallLedger(database, clock)
    dialing = CallDialing(database, clock)
    return World(
        database=database,
        accounts=accounts,
        trunks=trunks,
        principal=Principal(organisation=organisation, key_id=key.id, sandbox=False, purpose="emergency"),
        clock=clock,
        calls=CallService(database, on_cancel=cancelled.append),
        queries=CallQueries(database),
        claims=CallClaims(database),
        dialing=dialing,
        ledger=ledger,
        recovery=CallRecovery(database, dialing=dialing),
        cancelled=cancelled,
    )


def marketing(principal: Principal) -> Principal:
    """Return the same principal with the purpose that hours bind most strictly."""
    return replace(principal, purpose="marketing")


def numbers(count: int, *, start: int = 5550000) -> Sequence[str]:
    """Return valid numbers of New York."""
    return [f"+1212{start + index}" for index in range(count)]
