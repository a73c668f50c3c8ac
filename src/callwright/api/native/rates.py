"""``/rates`` and ``/prices``: the organisation's price list, and what a contact would cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts.models import Principal
from callwright.api.native.amounts import Amount, check_sees_money
from callwright.api.native.openapi import problems
from callwright.api.native.paging import Page, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import Utc
from callwright.billing.models import Quote
from callwright.errors import FieldError, PaymentRequired
from callwright.numbers.parsing import read_number
from callwright.rules import pricing
from callwright.rules.pricing import Channel, Rate, SetupOn

router = APIRouter(tags=["money"])


class RateView(BaseModel):
    """A line of the price list."""

    channel: Channel
    prefix: str = Field(description="Beginning of the number; empty: every destination.", examples=["+4915"])
    price: Amount = Field(description="Per minute of a call, per unit of everything else.")
    increments: str | None = Field(description="First and following seconds of a call.", examples=["60/60"])
    setup_fee: Amount
    setup_on: SetupOn
    effective_from: Utc


class RateList(BaseModel):
    """A page of the price list."""

    plan: str | None = Field(description="Name of the price list; null: the organisation pays for nothing.")
    currency: str | None
    rates: list[RateView]
    next_cursor: str | None


class RateQuery(Page):
    """Query parameters of the price list."""

    channel: Channel | None = None
    prefix: str | None = Field(default=None, pattern=r"^\+?[0-9]{1,15}$")


class PriceQuery(BaseModel):
    """What is to be priced."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(default="", max_length=200, pattern=r"^[^\x00]*$", description="Number; not for email.")
    channel: Channel = Channel.CALL
    seconds: int = Field(default=60, ge=0, le=86_400, description="Expected length of a call after the answer.")
    units: int = Field(default=1, ge=1, le=1000, description="Segments of an SMS, or messages.")


class PriceView(BaseModel):
    """What a contact would cost."""

    to: str
    channel: Channel
    metered: bool
    currency: str | None
    estimated_cost: Amount | None = Field(description="null: the organisation pays for nothing.")
    billed_seconds: int | None
    prefix: str | None
    price: Amount | None
    increments: str | None
    setup_fee: Amount | None
    setup_on: SetupOn | None


@router.get("/rates", summary="Show the price list", responses=problems(403))
async def list_rates(caller: Caller, services: Provided, query: Annotated[RateQuery, Query()]) -> RateList:
    """List the rates of the organisation's price list, the newest first; several dates may stand for a prefix."""
    check_sees_money(caller)
    plan = await services.money.balances.plan(caller.organisation.id)
    if plan is None:
        return RateList(plan=None, currency=None, rates=[], next_cursor=None)
    prefix = None if query.prefix is None else "+" + query.prefix.removeprefix("+")
    found = await services.money.rates.page(
        plan.id, limit=query.limit + 1, before=query.before, channel=query.channel, prefix=prefix
    )
    shown, next_cursor = cut(found, query)
    return RateList(
        plan=plan.name,
        currency=plan.currency,
        rates=[
            RateView(
                channel=dated.rate.channel,
                prefix=dated.rate.prefix,
                price=dated.rate.price,
                increments=_increments(dated.rate),
                setup_fee=dated.rate.setup_fee,
                setup_on=dated.rate.setup_on,
                effective_from=dated.effective_from,
            )
            for dated in shown
        ],
        next_cursor=next_cursor,
    )


@router.get("/prices", summary="Estimate a price", responses=problems(402))
async def estimate_price(caller: Caller, services: Provided, query: Annotated[PriceQuery, Query()]) -> PriceView:
    """Say what a contact would cost: a call of so many seconds after its answer, or so many units."""
    to = query.to
    if query.channel is not Channel.EMAIL:
        to = read_number(to, field="to", region=caller.organisation.region, sandbox=caller.sandbox)
    quote = next(iter(await quoted(caller, services, query.channel, [to])), None)
    rate = None if quote is None else quote.rate
    if quote is not None and rate is None:
        raise PaymentRequired([no_rate("to", to)])
    cost, billed = None, None
    if rate is not None and rate.channel.by_time:
        billed = pricing.billed_seconds(rate, Decimal(query.seconds))
        cost = pricing.cost_of_seconds(rate, billed)
    elif rate is not None:
        cost = pricing.cost_of_units(rate, query.units)
    return PriceView(
        to=to,
        channel=query.channel,
        metered=quote is not None,
        currency=None if quote is None else quote.currency,
        estimated_cost=cost,
        billed_seconds=billed,
        prefix=None if rate is None else rate.prefix,
        price=None if rate is None else rate.price,
        increments=None if rate is None else _increments(rate),
        setup_fee=None if rate is None else rate.setup_fee,
        setup_on=None if rate is None else rate.setup_on,
    )


async def quoted(caller: Principal, services: Services, channel: Channel, destinations: list[str]) -> list[Quote]:
    """Return what destinations cost the caller; empty for one who pays for nothing."""
    if caller.sandbox or caller.organisation.rate_plan_id is None:
        return []
    return await services.money.rates.quotes(caller.organisation.id, channel, destinations)


def no_rate(field: str, destination: str) -> FieldError:
    """Return what is said of a destination that the price list does not have."""
    message = "the organisation's price list has no rate for this destination; ask the operator"
    return FieldError(field=field, message=message, received=destination)


def _increments(rate: Rate) -> str | None:
    return f"{rate.initial_seconds}/{rate.increment_seconds}" if rate.channel.by_time else None
