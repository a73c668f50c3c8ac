"""``/budgets``: hard limits on what is spent."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.amounts import Amount, AmountText, check_sees_money, optional_amount
from callwright.api.native.bodies import read_object
from callwright.api.native.ids import CampaignId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.validation import parsed
from callwright.billing.budgets import NewBudgets
from callwright.billing.models import Budget, Budgets

router = APIRouter(tags=["money"])


class BudgetView(BaseModel):
    """A limit and what of it is spent or held."""

    amount: Amount | None = Field(description="null: no limit.")
    used: Amount

    @classmethod
    def of(cls, budget: Budget) -> BudgetView:
        """Return the view of a budget."""
        return cls(amount=budget.amount, used=budget.used)


class CampaignBudgetView(BudgetView):
    """The limit of a campaign."""

    campaign_id: str


class BudgetsView(BaseModel):
    """The limits of an organisation and of its campaigns."""

    currency: str | None
    daily: BudgetView
    monthly: BudgetView
    total: BudgetView
    campaigns: list[CampaignBudgetView]

    @classmethod
    def of(cls, budgets: Budgets) -> BudgetsView:
        """Return the view of an organisation's limits."""
        return cls(
            currency=budgets.currency,
            daily=BudgetView.of(budgets.daily),
            monthly=BudgetView.of(budgets.monthly),
            total=BudgetView.of(budgets.total),
            campaigns=[
                CampaignBudgetView(campaign_id=campaign_id, amount=budget.amount, used=budget.used)
                for campaign_id, budget in budgets.campaigns.items()
            ],
        )


class BudgetsRequest(BaseModel):
    """Limits to be set; one that is absent or null is lifted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    daily: AmountText | None = None
    monthly: AmountText | None = None
    total: AmountText | None = None


class CampaignBudgetRequest(BaseModel):
    """The limit of a campaign; null lifts it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    amount: AmountText | None


@router.get("/budgets", summary="Show budgets", responses=problems(403))
async def show_budgets(caller: Caller, services: Provided) -> BudgetsView:
    """Show the limits and what of them is used. Days and months are those of the organisation's time zone."""
    check_sees_money(caller)
    return BudgetsView.of(await services.money.budgets.show(caller.organisation.id))


@router.put(
    "/budgets",
    summary="Set budgets",
    response_model=BudgetsView,
    responses=problems(403, 409),
    openapi_extra=json_body(BudgetsRequest, {"a day and a month": {"daily": "50.00", "monthly": "800.00"}}),
)
async def set_budgets(request: Request, caller: Caller, services: Provided) -> BudgetsView:
    """Set the organisation's limits. What does not fit waits; calls in the air end at the last paid increment."""
    check_sees_money(caller)
    data = await read_object(request)
    wanted = parsed(BudgetsRequest, data)
    new = NewBudgets(
        daily=optional_amount(wanted.daily, field="daily"),
        monthly=optional_amount(wanted.monthly, field="monthly"),
        total=optional_amount(wanted.total, field="total"),
    )
    return BudgetsView.of(await services.money.budgets.set(caller.actor, new))


@router.put(
    "/budgets/{campaign_id}",
    summary="Set a campaign's budget",
    response_model=BudgetsView,
    responses=problems(403, 404),
    openapi_extra=json_body(CampaignBudgetRequest, {"limit": {"amount": "120.00"}}),
)
async def set_campaign_budget(
    campaign_id: CampaignId, request: Request, caller: Caller, services: Provided
) -> BudgetsView:
    """Set the limit of one campaign."""
    check_sees_money(caller)
    data = await read_object(request)
    wanted = parsed(CampaignBudgetRequest, data)
    amount = optional_amount(wanted.amount, field="amount")
    return BudgetsView.of(await services.money.budgets.set_campaign(caller.actor, campaign_id, amount))
