"""An organisation that is metered, and what is asked of its money."""

from __future__ import annotations

from decimal import Decimal

from callwright.accounts.models import operator
from callwright.audit import audit
from callwright.billing.models import HoldRequest, RatePlan
from callwright.billing.ratesheet import read_sheet
from callwright.billing.service import Money
from callwright.rules.pricing import Channel
from callwright.store.database import Database

#: New York costs 6 cents a minute by 6 seconds; London and Los Angeles 60 by the minute and 10 for the setup.
SHEET = """channel,prefix,price,increments,setup_fee,setup_on
call,1212,0.06,6/6,,
call,44,0.60,60/60,0.10,attempt
call,1213,0.60,60/60,0.10,attempt
sms,1,0.0075,,,
"""


async def meter(
    database: Database, organisation_id: str, *, paid: str = "10", sheet: str = SHEET, plan: str = "Standard"
) -> RatePlan:
    """Assign a plan and pay something in."""
    money = Money.on(database)
    known = [each for each in await money.rates.plans() if each.name == plan]
    made = known[0] if known else await money.rates.create(plan, "EUR")
    await money.rates.put(made, read_sheet(sheet), replace=True)
    await money.balances.assign_plan(operator(organisation_id), made)
    if Decimal(paid):
        await money.balances.top_up(operator(organisation_id), Decimal(paid))
    return made


def request(
    subject: str, organisation_id: str, to: str = "+12125550100", *, campaign_id: str | None = None
) -> HoldRequest:
    """A call that is about to begin."""
    return HoldRequest(
        subject=subject, organisation_id=organisation_id, channel=Channel.CALL, destination=to, campaign_id=campaign_id
    )


async def assert_money_is_right(database: Database, *, but: frozenset[str] = frozenset()) -> None:
    """Fail when the audit finds something about money."""
    asked = {"ledger", "balances", "holds", "spending"} - but
    found = {r.query: r.findings for r in await audit(database) if r.query in asked and r.findings}
    assert not found, found
