"""``/statements``: a month of the organisation's money, as JSON or CSV."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.amounts import Amount, check_sees_money
from callwright.api.native.openapi import problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.billing.models import Statement
from callwright.billing.statements import as_csv, read_month

router = APIRouter(tags=["money"])


class StatementQuery(BaseModel):
    """Which month."""

    model_config = ConfigDict(extra="forbid")

    month: str = Field(max_length=20, examples=["2026-01"])
    format: Literal["json", "csv"] = "json"


class MovementsView(BaseModel):
    """Sums of a month; usage is negative."""

    topup: Amount
    adjustment: Amount
    usage: Amount
    refund: Amount


class UsageView(BaseModel):
    """What usage consists of."""

    channel: str
    contacts: int
    cost: Amount


class StatementView(BaseModel):
    """A month: opening, movements, closing."""

    month: str
    first_day: date
    last_day: date
    currency: str
    opening: Amount
    movements: MovementsView
    usage: list[UsageView]
    closing: Amount

    @classmethod
    def of(cls, statement: Statement) -> StatementView:
        """Return the view of a statement."""
        return cls(
            month=f"{statement.first:%Y-%m}",
            first_day=statement.first,
            last_day=statement.last,
            currency=statement.currency,
            opening=statement.opening,
            movements=MovementsView.model_validate(dict(statement.movements)),
            usage=[
                UsageView(channel=channel, contacts=contacts, cost=cost) for channel, contacts, cost in statement.usage
            ],
            closing=statement.closing,
        )


@router.get(
    "/statements",
    summary="Show a statement",
    response_model=StatementView,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **problems(403, 409)},
)
async def show_statement(
    caller: Caller, services: Provided, query: Annotated[StatementQuery, Query()]
) -> StatementView | Response:
    """Show a month: what was there, what moved by kind, what is left. Money that is held is still there."""
    check_sees_money(caller)
    organisation = caller.organisation
    statement = await services.money.statements.month(organisation.id, read_month(query.month), organisation.time_zone)
    if query.format == "csv":
        name = f"statement-{statement.first:%Y-%m}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(as_csv(statement), media_type="text/csv; charset=utf-8", headers=headers)
    return StatementView.of(statement)
