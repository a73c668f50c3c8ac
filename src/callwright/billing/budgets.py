"""Budgets: hard limits on what an organisation spends in a day, in a month, ever, and on each campaign.

What is held counts as spent. A contact counts in the day and the month in which it began, in the organisation's zone,
with all that it costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from callwright.accounts import audit
from callwright.accounts.models import Actor
from callwright.billing.ledger import SQL
from callwright.billing.models import Budget, Budgets, Charge
from callwright.errors import Conflict, NotFound
from callwright.rules.pricing import Refusal
from callwright.store.database import Database, Row

if TYPE_CHECKING:
    from callwright.store.database import Connection


def budgets_of(charge: Charge) -> dict[str, Refusal]:
    """Return the budgets that a charge counts in, as ``spending`` names them, and what is short without room."""
    named = {
        f"day {charge.day:%Y-%m-%d}": Refusal.ORGANISATION_BUDGET,
        f"month {charge.day:%Y-%m}": Refusal.ORGANISATION_BUDGET,
        "total": Refusal.ORGANISATION_BUDGET,
    }
    if charge.campaign_id is not None:
        named[f"campaign {charge.campaign_id}"] = Refusal.CAMPAIGN_BUDGET
    return named


_LIMITS = {"day": "daily_budget", "month": "monthly_budget", "total": "total_budget"}


async def rooms(
    connection: Connection, balances: Mapping[str, Row], charges: Sequence[Charge]
) -> dict[tuple[str, str], Decimal]:
    """Return what each budget of these charges leaves; those without a limit are not there.

    ``balances`` are the locked rows: nobody else spends meanwhile.
    """
    limits: dict[tuple[str, str], Decimal] = {}
    campaigns = {charge.campaign_id for charge in charges if charge.campaign_id is not None}
    if campaigns:
        for row in await connection.fetch(SQL["limits_of_campaigns"], sorted(balances), sorted(campaigns)):
            limits[row["organisation_id"], f"campaign {row['id']}"] = row["budget"]
    for charge in charges:
        for budget in budgets_of(charge):
            column = _LIMITS.get(budget.partition(" ")[0])
            limit = None if column is None else balances[charge.organisation_id][column]
            if limit is not None:
                limits[charge.organisation_id, budget] = limit
    if not limits:
        return {}
    keys = sorted(limits)
    rows = await connection.fetch(SQL["spent"], [key[0] for key in keys], [key[1] for key in keys])
    used = {(row["organisation_id"], row["period"]): row["used"] for row in rows}
    return {key: limits[key] - used.get(key, Decimal(0)) for key in keys}


@dataclass(frozen=True, kw_only=True)
class NewBudgets:
    """Limits to be set; ``None``: no limit."""

    daily: Decimal | None
    monthly: Decimal | None
    total: Decimal | None


class BudgetService:
    """Shows and sets budgets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def show(self, organisation_id: str) -> Budgets:
        """Return the limits and what of them is used. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["budgets"], organisation_id)
        if row is None:
            raise NotFound(f"there is no organisation {organisation_id!r}")
        campaigns = await self._database.fetch(SQL["campaign_budgets"], organisation_id)
        return Budgets(
            currency=row["currency"],
            daily=Budget(amount=row["daily_budget"], used=row["today"]),
            monthly=Budget(amount=row["monthly_budget"], used=row["this_month"]),
            total=Budget(amount=row["total_budget"], used=row["ever"]),
            campaigns={each["id"]: Budget(amount=each["budget"], used=each["used"]) for each in campaigns},
        )

    async def set(self, who: Actor, new: NewBudgets) -> Budgets:
        """Set the organisation's limits; what waited for room is looked at again. Raises ``Conflict``."""
        before = await self.show(who.organisation_id)
        async with self._database.transaction() as connection:
            found = await connection.fetchrow(
                SQL["set_budgets"], who.organisation_id, new.daily, new.monthly, new.total
            )
            if found is None:
                raise Conflict("this organisation has no balance yet, so there is nothing to limit")
            await audit.record(
                connection, who, "budgets.set", who.organisation_id, before=_fields(before), after=_plain(new)
            )
        return await self.show(who.organisation_id)

    async def set_campaign(self, who: Actor, campaign_id: str, amount: Decimal | None) -> Budgets:
        """Set the limit of a campaign. Raises ``NotFound``."""
        before = (await self.show(who.organisation_id)).campaigns.get(campaign_id)
        async with self._database.transaction() as connection:
            found = await connection.fetchrow(SQL["set_campaign_budget"], who.organisation_id, campaign_id, amount)
            if found is None:
                raise NotFound(f"there is no campaign {campaign_id!r}")
            await connection.execute(SQL["lift_stop"], who.organisation_id)
            await audit.record(
                connection,
                who,
                "budgets.set",
                campaign_id,
                before={"amount": None if before is None else before.amount},
                after={"amount": amount},
            )
        return await self.show(who.organisation_id)


def _fields(budgets: Budgets) -> dict[str, Any]:
    return {
        "daily": budgets.daily.amount,
        "monthly": budgets.monthly.amount,
        "total": budgets.total.amount,
    }


def _plain(new: NewBudgets) -> dict[str, Any]:
    return {"daily": new.daily, "monthly": new.monthly, "total": new.total}
