"""``/ledger``: every movement of the organisation's money."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from callwright.api.native.amounts import Amount, check_sees_money
from callwright.api.native.openapi import problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc, aware
from callwright.billing.models import Account, Kind, LedgerLine
from callwright.billing.service import LedgerFilter

router = APIRouter(tags=["money"])


class EntryView(BaseModel):
    """What one account gained or, negative, lost."""

    account: Account
    amount: Amount


class MovementView(BaseModel):
    """A movement: its entries sum to zero."""

    number: int
    kind: Kind
    subject: str = Field(description="The attempt, the message or the payment that it is about.")
    call_id: str | None
    amount: Amount = Field(description="What it changed of the balance; 0 when money was only held or freed.")
    note: str
    created_at: Utc
    entries: list[EntryView]

    @classmethod
    def of(cls, line: LedgerLine) -> MovementView:
        """Return the view of a movement."""
        own = (Account.PREPAID, Account.RESERVED)
        return cls(
            number=line.number,
            kind=line.kind,
            subject=line.subject,
            call_id=line.call_id,
            amount=sum((line.amounts.get(account, Decimal(0)) for account in own), Decimal(0)),
            note=line.note,
            created_at=line.created_at,
            entries=[EntryView(account=account, amount=amount) for account, amount in line.amounts.items()],
        )


class Ledger(BaseModel):
    """A page of movements, newest first."""

    movements: list[MovementView]
    next_cursor: str | None


class LedgerQuery(Page):
    """Query parameters of the ledger."""

    kind: Kind | None = None
    subject: QueryText | None = None
    call_id: QueryText | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


@router.get("/ledger", summary="List movements of money", responses=problems(403))
async def list_ledger(caller: Caller, services: Provided, query: Annotated[LedgerQuery, Query()]) -> Ledger:
    """List every movement of the organisation's money, newest first. None of them ever changes."""
    check_sees_money(caller)
    zone = caller.organisation.time_zone
    narrowed = LedgerFilter(
        kind=query.kind,
        subject=query.subject,
        call_id=query.call_id,
        created_after=aware(query.created_after, zone),
        created_before=aware(query.created_before, zone),
    )
    found = await services.money.balances.page(
        caller.organisation.id, narrowed, limit=query.limit + 1, before=query.before
    )
    shown, next_cursor = cut(found, query)
    return Ledger(movements=[MovementView.of(line) for line in shown], next_cursor=next_cursor)
