"""Balances of organisations: opening, plans, top-ups, corrections, the low-balance mark, and reading the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import asyncpg

from callwright.accounts import audit
from callwright.accounts.models import Actor
from callwright.billing.budgets import BudgetService
from callwright.billing.ledger import SQL, book, lock, tell_if_low
from callwright.billing.mailed_statements import MailedStatements
from callwright.billing.models import Account, Balance, Kind, LedgerLine, Movement, RatePlan
from callwright.billing.rates import RateService, plan_of
from callwright.billing.statements import StatementService
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.store.database import Database, Row

if TYPE_CHECKING:
    from callwright.store.database import Connection

MAX_NOTE = 200
MAX_REFERENCE = 100


@dataclass(frozen=True, kw_only=True)
class LedgerFilter:
    """What a page of the ledger is narrowed to."""

    kind: Kind | None = None
    subject: str | None = None
    call_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


class BalanceService:
    """The writer of balances; contacts are charged by ``billing.holds``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, organisation_id: str) -> Balance | None:
        """Return an organisation's money; ``None`` when it never had any."""
        row = await self._database.fetchrow(SQL["get_balance"], organisation_id)
        return None if row is None else _balance(row)

    async def plan(self, organisation_id: str) -> RatePlan | None:
        """Return the plan by which an organisation is metered; ``None``: it is not."""
        row = await self._database.fetchrow(SQL["plan_of_organisation"], organisation_id)
        return None if row is None else plan_of(row)

    async def assign_plan(self, who: Actor, plan: RatePlan | None) -> None:
        """Meter an organisation by a plan, or not at all. What is held already is settled by its own rate.

        Raises ``Conflict`` when the plan's currency is not that of the organisation's money.
        """
        before = await self.plan(who.organisation_id)
        async with self._database.transaction() as connection:
            if plan is not None:
                await self._open(connection, who.organisation_id, plan.currency)
            assigned = await connection.fetchrow(
                SQL["assign_plan"], who.organisation_id, None if plan is None else plan.id
            )
            if assigned is None:
                raise NotFound(f"there is no organisation {who.organisation_id!r}")
            await connection.execute(SQL["lift_stop"], who.organisation_id)
            await audit.record(
                connection,
                who,
                "rate_plan.assigned",
                who.organisation_id,
                before={"rate_plan": before.name if before else None},
                after={"rate_plan": plan.name if plan else None},
            )

    async def top_up(
        self, who: Actor, amount: Decimal, *, currency: str | None = None, note: str = "", reference: str | None = None
    ) -> Balance:
        """Add what was paid. The same ``reference`` again changes nothing; with another amount it is a ``Conflict``.

        ``currency`` is needed for the first money of an organisation that has no plan.
        """
        if amount <= 0:
            raise InvalidRequest(
                [
                    FieldError(
                        field="amount", message="must be more than 0; adjust takes money away", received=str(amount)
                    )
                ]
            )
        return await self._enter(
            who, Kind.TOPUP, amount, against=Account.CASH, currency=currency, note=note, reference=reference
        )

    async def adjust(
        self, who: Actor, amount: Decimal, *, currency: str | None = None, note: str, reference: str | None = None
    ) -> Balance:
        """Give money, or take it away with a negative amount, as far as it is there; ``note`` says why."""
        if not amount or not note.strip():
            field = "amount" if not amount else "note"
            message = "must not be 0" if not amount else "is required: say why"
            raise InvalidRequest([FieldError(field=field, message=message)])
        return await self._enter(
            who, Kind.ADJUSTMENT, amount, against=Account.CREDIT, currency=currency, note=note, reference=reference
        )

    async def set_low(self, who: Actor, low_at: Decimal | None, webhook_url: str | None) -> Balance:
        """Set below which balance ``account.balance_low`` is told, and to which URL. Raises ``Conflict``."""
        async with self._database.transaction() as connection:
            await lock(connection, [who.organisation_id])
            before = await connection.fetchrow(SQL["get_balance"], who.organisation_id)
            after = await connection.fetchrow(SQL["set_low"], who.organisation_id, low_at, webhook_url)
            if before is None or after is None:
                raise Conflict("this organisation has no balance yet, so it cannot be low")
            await tell_if_low(connection, after)
            await audit.record(
                connection,
                who,
                "balance.threshold_set",
                who.organisation_id,
                before={"low_at": before["low_at"], "low_webhook_url": before["low_webhook_url"]},
                after={"low_at": low_at, "low_webhook_url": webhook_url},
            )
        found = await self.find(who.organisation_id)
        if found is None:
            raise NotFound(f"there is no organisation {who.organisation_id!r}")
        return found

    async def page(
        self, organisation_id: str, narrowed: LedgerFilter, *, limit: int, before: int | None = None
    ) -> list[LedgerLine]:
        """Return up to ``limit`` movements, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_ledger"],
            organisation_id,
            narrowed.kind,
            narrowed.subject,
            narrowed.call_id,
            narrowed.created_after,
            narrowed.created_before,
            before,
            limit,
        )
        return [
            LedgerLine(
                number=row["id"],
                kind=Kind(row["kind"]),
                subject=row["subject"],
                call_id=row["call_id"],
                note=row["note"],
                created_at=row["created_at"],
                amounts={Account(account): Decimal(amount) for account, amount in row["amounts"].items()},
            )
            for row in rows
        ]

    async def _open(self, connection: Connection, organisation_id: str, currency: str) -> None:
        """Give an organisation a balance in this currency; another is taken only while its ledger is empty."""
        try:
            await connection.execute(SQL["open_balance"], organisation_id, currency)
        except asyncpg.ForeignKeyViolationError:
            raise NotFound(f"there is no organisation {organisation_id!r}") from None
        balance = (await lock(connection, [organisation_id]))[organisation_id]
        if balance["currency"] == currency:
            return
        if await connection.fetchval(SQL["has_entries"], organisation_id):
            raise Conflict(
                f"the organisation's money is {balance['currency']}, not {currency}, and cannot change any more"
            )
        await connection.execute(SQL["set_currency"], organisation_id, currency)

    async def _enter(
        self,
        who: Actor,
        kind: Kind,
        amount: Decimal,
        *,
        against: Account,
        currency: str | None,
        note: str,
        reference: str | None,
    ) -> Balance:
        _check_length("note", note, MAX_NOTE)
        _check_length("reference", reference or "", MAX_REFERENCE)
        organisation_id = who.organisation_id
        subject = reference or new_id("pay")
        async with self._database.transaction() as connection:
            if currency is not None:
                await self._open(connection, organisation_id, currency)
            locked = (await lock(connection, [organisation_id])).get(organisation_id)
            if locked is None:
                message = "is required: this organisation has no money yet, and its currency cannot change later"
                raise InvalidRequest([FieldError(field="currency", message=message)])
            earlier = await connection.fetchval(SQL["find_movement"], organisation_id, kind, subject)
            if earlier is not None:
                rows = await connection.fetch(SQL["movement_amounts"], organisation_id, earlier)
                if {row["account"]: row["amount"] for row in rows}[Account.PREPAID] != amount:
                    raise Conflict(f"the reference {subject!r} was used for another amount")
            else:
                if locked["prepaid"] + amount < 0:
                    message = f"only {locked['prepaid']} {locked['currency']} are there to be taken"
                    raise InvalidRequest([FieldError(field="amount", message=message, received=str(amount))])
                movement = Movement(
                    organisation_id=organisation_id,
                    kind=kind,
                    subject=subject,
                    note=note.strip(),
                    amounts={Account.PREPAID: amount, against: -amount},
                )
                await book(connection, [movement])
                after = {"amount": amount, "reference": subject, "note": note.strip()}
                await audit.record(connection, who, f"balance.{kind}", organisation_id, after=after)
            row = await connection.fetchrow(SQL["get_balance"], organisation_id)
        if row is None:
            raise NotFound(f"there is no organisation {organisation_id!r}")
        return _balance(row)


@dataclass(frozen=True, kw_only=True)
class Money:
    """The services of this package together."""

    balances: BalanceService
    rates: RateService
    budgets: BudgetService
    statements: StatementService
    mailed_statements: MailedStatements

    @classmethod
    def on(cls, database: Database, *, mailed: MailedStatements | None = None) -> Money:
        """Return them over one database; without ``mailed`` the appliance sends no mails of its own."""
        return cls(
            balances=BalanceService(database),
            rates=RateService(database),
            budgets=BudgetService(database),
            statements=StatementService(database),
            mailed_statements=mailed or MailedStatements(database),
        )


def _check_length(field: str, text: str, most: int) -> None:
    if len(text) > most or not text.isprintable():
        message = f"must have at most {most} characters, all of them printable"
        raise InvalidRequest([FieldError(field=field, message=message, received=text[:60])])


def _balance(row: Row) -> Balance:
    return Balance(
        organisation_id=row["organisation_id"],
        currency=row["currency"],
        available=row["prepaid"],
        reserved=row["reserved"],
        low_at=row["low_at"],
        low_since=row["low_since"],
        low_webhook_url=row["low_webhook_url"],
    )
