"""``/statements``: a month of the organisation's money, as JSON or CSV."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.amounts import Amount, check_sees_money
from callwright.api.native.bodies import read_object
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.validation import parsed
from callwright.billing.mailed_statements import MAX_ADDRESSES
from callwright.billing.models import Statement
from callwright.billing.statements import as_csv, read_month

router = APIRouter(tags=["money"])


class StatementQuery(BaseModel):
    """Which month."""

    model_config = ConfigDict(extra="forbid")

    month: str = Field(max_length=20, examples=["2026-01"])
    format: Literal["json", "csv"] = "json"


class StatementMailing(BaseModel):
    """Who gets each month's statement."""

    model_config = ConfigDict(extra="forbid", strict=True)

    emails: list[str] = Field(max_length=MAX_ADDRESSES, description="Empty: nobody.")


class StatementMailRequest(BaseModel):
    """Which statement is mailed, and to whom."""

    model_config = ConfigDict(extra="forbid", strict=True)

    month: str = Field(max_length=20, examples=["2026-01"])
    emails: list[str] = Field(
        default_factory=list, max_length=MAX_ADDRESSES, description="Absent: those who get each month's."
    )


class StatementAddressView(BaseModel):
    """Somebody who gets each month's statement."""

    email: str
    next_month: str = Field(description="The month that they get next, when it is over.", examples=["2026-02"])


class StatementAddresses(BaseModel):
    """Everybody who gets each month's statement."""

    emails: list[StatementAddressView]


class MailedStatement(BaseModel):
    """To whom a statement goes."""

    month: str
    emails: list[str]


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


@router.get("/statements/mailing", summary="Show who gets statements", responses=problems(403))
async def show_statement_mailing(caller: Caller, services: Provided) -> StatementAddresses:
    """Show who gets each month's statement by email."""
    check_sees_money(caller)
    return await _mailing(services, caller.organisation.id)


@router.put(
    "/statements/mailing",
    summary="Say who gets statements",
    responses={200: {"model": StatementAddresses}, **problems(403, 409)},
    openapi_extra=json_body(StatementMailing, {"plain": {"emails": ["office@example.com"]}}),
)
async def set_statement_mailing(request: Request, caller: Caller, services: Provided) -> StatementAddresses:
    """Mail each month's statement, with a table as CSV, to these addresses when it is over on the account's clock."""
    check_sees_money(caller)
    data = await read_object(request)
    await services.money.mailed_statements.set(caller, parsed(StatementMailing, data).emails)
    return await _mailing(services, caller.organisation.id)


@router.post(
    "/statements/mail",
    summary="Mail a statement",
    status_code=202,
    responses={202: {"model": MailedStatement}, **problems(403, 409)},
    openapi_extra=json_body(StatementMailRequest, {"january": {"month": "2026-01", "emails": ["office@example.com"]}}),
)
async def mail_statement(request: Request, caller: Caller, services: Provided) -> MailedStatement:
    """Mail the statement of a month, or of the one that runs so far."""
    check_sees_money(caller)
    data = await read_object(request)
    wanted = parsed(StatementMailRequest, data)
    emails = await services.money.mailed_statements.send(caller, read_month(wanted.month), wanted.emails)
    return MailedStatement(month=wanted.month, emails=emails)


async def _mailing(services: Services, organisation_id: str) -> StatementAddresses:
    found = await services.money.mailed_statements.of(organisation_id)
    return StatementAddresses(
        emails=[StatementAddressView(email=each.address, next_month=f"{each.next_month:%Y-%m}") for each in found]
    )
