"""``/account/balance``: the organisation's money, and when to be told that it runs low."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts.models import Principal
from callwright.api.native.amounts import Amount, AmountText, check_sees_money, optional_amount
from callwright.api.native.bodies import read_object
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import Utc
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import parsed
from callwright.errors import FieldError, InvalidRequest
from callwright.events.addresses import parse_networks

router = APIRouter(tags=["money"])


class BalanceView(BaseModel):
    """The money of an organisation."""

    metered: bool = Field(description="Whether contacts are charged: a price list is assigned.")
    currency: str | None = Field(description="ISO 4217; null when there never was any money.", examples=["EUR"])
    balance: Amount = Field(description="All that is not spent.")
    reserved: Amount = Field(description="What of it is held for contacts that have not ended.")
    available: Amount = Field(description="What is free for new ones.")
    low_balance_at: Amount | None
    low_since: Utc | None = Field(description="Since when the balance is below `low_balance_at`.")
    low_balance_webhook_url: str | None


class BalanceSettings(BaseModel):
    """When to be told; what is absent stays, null switches off."""

    model_config = ConfigDict(extra="forbid", strict=True)

    low_balance_at: AmountText | None = Field(
        default=None, description="`account.balance_low` is told once when the balance falls below."
    )
    low_balance_webhook_url: str | None = Field(default=None, max_length=2000, description="Where it is posted, too.")


@router.get("/account/balance", summary="Show the balance", responses=problems(403))
async def show_balance(caller: Caller, services: Provided) -> BalanceView:
    """Show the organisation's money. One without a price list pays for nothing."""
    check_sees_money(caller)
    return await _view(caller, services)


@router.patch(
    "/account/balance",
    summary="Set when to be told of a low balance",
    response_model=BalanceView,
    responses=problems(403, 409),
    openapi_extra=json_body(BalanceSettings, {"threshold": {"low_balance_at": "20.00"}}),
)
async def change_balance_settings(request: Request, caller: Caller, services: Provided) -> BalanceView:
    """Set below which balance `account.balance_low` is told."""
    check_sees_money(caller)
    data = await read_object(request)
    wanted = parsed(BalanceSettings, data)
    known = await services.money.balances.find(caller.organisation.id)
    low_at = None if known is None else known.low_at
    url = None if known is None else known.low_webhook_url
    if "low_balance_at" in wanted.model_fields_set:
        low_at = optional_amount(wanted.low_balance_at, field="low_balance_at")
    if "low_balance_webhook_url" in wanted.model_fields_set:
        url = wanted.low_balance_webhook_url
        networks = parse_networks(services.settings.webhook_allow_networks)
        fault = None if url is None else UrlCheck(networks).fault(url)
        if fault is not None:
            raise InvalidRequest([FieldError(field="low_balance_webhook_url", message=fault, received=url)])
    await services.money.balances.set_low(caller.actor, low_at, url)
    return await _view(caller, services)


async def _view(caller: Principal, services: Services) -> BalanceView:
    organisation_id = caller.organisation.id
    plan = await services.money.balances.plan(organisation_id)
    found = await services.money.balances.find(organisation_id)
    return BalanceView.model_validate(
        {
            "metered": plan is not None,
            "currency": None if found is None else found.currency,
            "balance": 0 if found is None else found.balance,
            "reserved": 0 if found is None else found.reserved,
            "available": 0 if found is None else found.available,
            "low_balance_at": None if found is None else found.low_at,
            "low_since": None if found is None else found.low_since,
            "low_balance_webhook_url": None if found is None else found.low_webhook_url,
        }
    )
