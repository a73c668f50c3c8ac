"""Price lists: made and filled by the operator, assigned to organisations, asked what a destination costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from callwright.billing import holds
from callwright.billing.models import DatedRate, Quote, RatePlan
from callwright.billing.ratesheet import SheetRate
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.rules.pricing import Channel
from callwright.store.database import Database, Row
from callwright.store.statements import statements

SQL = statements(__package__)

_BATCH = 5000
_MAX_NAME = 80


class RateService:
    """Rate plans and their rates; for the operator, who alone writes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, name: str, currency: str) -> RatePlan:
        """Make an empty plan. Raises ``InvalidRequest`` or ``Conflict``."""
        cleaned = name.strip()
        if not cleaned or len(cleaned) > _MAX_NAME or not cleaned.isprintable():
            message = f"must have 1 to {_MAX_NAME} printable characters"
            raise InvalidRequest([FieldError(field="plan", message=message, received=name[:_MAX_NAME])])
        row = await self._database.fetchrow(SQL["insert_plan"], new_id("rtp"), cleaned, currency)
        if row is None:
            raise Conflict(f"there is a price list {cleaned!r} already")
        return plan_of(row)

    async def plans(self) -> list[RatePlan]:
        """Return all plans, oldest first."""
        return [plan_of(row) for row in await self._database.fetch(SQL["plans"])]

    async def find(self, reference: str) -> RatePlan:
        """Return the plan that an operator means by id, name or number. Raises ``NotFound``."""
        rows = await self._database.fetch(SQL["find_plan"], reference)
        by_name = [row for row in rows if row["name"] == reference] or rows
        if not by_name:
            raise NotFound(f"there is no price list {reference!r}; callwright rates list shows them")
        return plan_of(by_name[0])

    async def put(self, plan: RatePlan, rates: Sequence[SheetRate], *, replace: bool = False) -> RatePlan:
        """Write the rates of a sheet, all or none; with ``replace`` those that were there are gone.

        One of the same channel, prefix and date as before takes its place; a later date leaves the earlier one.
        """
        async with self._database.transaction() as connection:
            if await connection.fetchrow(SQL["lock_plan"], plan.id) is None:
                raise NotFound(f"there is no price list {plan.name!r}")
            if replace:
                await connection.execute(SQL["delete_rates"], plan.id)
            for start in range(0, len(rates), _BATCH):
                records = [_record(rate) for rate in rates[start : start + _BATCH]]
                await connection.execute(SQL["insert_rates"], plan.id, records)
        return await self.find(plan.id)

    async def page(
        self,
        plan_id: str,
        *,
        limit: int,
        before: int | None = None,
        channel: Channel | None = None,
        prefix: str | None = None,
    ) -> list[DatedRate]:
        """Return up to ``limit`` rates, newest first; ``prefix`` narrows to those that begin with it."""
        rows = await self._database.fetch(SQL["page_of_rates"], plan_id, channel, prefix, before, limit)
        return [
            DatedRate(number=row["id"], rate=holds.rate_of(row), effective_from=row["effective_from"]) for row in rows
        ]

    async def quotes(self, organisation_id: str, channel: Channel, destinations: Sequence[str]) -> list[Quote]:
        """Return what destinations cost an organisation now, in their order; empty when it is not metered."""
        return await holds.quotes(self._database, organisation_id, channel, destinations)


def plan_of(row: Row) -> RatePlan:
    """Return the value of a row of ``rate_plans``."""
    return RatePlan(
        id=row["id"],
        number=row["number"],
        name=row["name"],
        currency=row["currency"],
        size=row["size"],
        created_at=row["created_at"],
    )


def _record(rate: SheetRate) -> dict[str, Any]:
    return {
        "channel": rate.rate.channel,
        "prefix": rate.rate.prefix,
        "price": str(rate.rate.price),
        "initial_seconds": rate.rate.initial_seconds,
        "increment_seconds": rate.rate.increment_seconds,
        "setup_fee": str(rate.rate.setup_fee),
        "setup_on": rate.rate.setup_on,
        "effective_from": None if rate.effective_from is None else rate.effective_from.isoformat(),
    }
