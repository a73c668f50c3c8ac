"""Whatever happens to an organisation's money, in whatever order, repeated or broken off: the ledger is right."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from callwright.accounts.models import operator
from callwright.billing import holds
from callwright.billing.budgets import NewBudgets
from callwright.billing.service import Money
from callwright.errors import InvalidRequest
from callwright.store.database import Connection, Database
from support.money import assert_money_is_right, meter, request
from support.organisations import insert_organisation

pytestmark = pytest.mark.postgres

small = st.decimals(min_value="0.01", max_value=3, places=2)
subjects = st.integers(min_value=0, max_value=3)
destinations = st.sampled_from(["+12125550100", "+12125550100", "+442079460000", "+81312345678"])
budgets = st.none() | st.decimals(min_value="0.5", max_value=5, places=2)

Work = Callable[[Connection], Awaitable[Any]]


class _Crash(Exception):
    """The process dies before the commit."""


class LedgerMachine(RuleBasedStateMachine):
    """Random holds, renewals, ends, payments and corrections of one organisation with budgets."""

    url: str
    serial = 0

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = self.runner.run(Database.open(self.url, max_size=2))
        self.money = Money.on(self.database)
        self.paid = Decimal(0)

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()

    @initialize(daily=budgets, campaign=budgets, paid=st.decimals(min_value=1, max_value=5, places=2))
    def begin(self, daily: Decimal | None, campaign: Decimal | None, paid: Decimal) -> None:
        type(self).serial += 1
        self.organisation = f"org_{self.serial}"
        self.campaign = f"cmp_{self.serial}"
        self.limits = (daily, campaign)
        self.paid = paid

        async def work() -> None:
            await insert_organisation(self.database, self.organisation)
            await meter(self.database, self.organisation, paid=str(paid))
            await self.money.budgets.set(operator(self.organisation), NewBudgets(daily=daily, monthly=None, total=None))
            await self.database.execute(
                "INSERT INTO campaigns (id, organisation_id, name, budget) VALUES ($1, $2, 'c', $3)",
                self.campaign,
                self.organisation,
                campaign,
            )

        self.runner.run(work())

    def change(self, work: Work, how: str) -> None:
        """Do something once, twice, or not to the end."""

        async def once(crash: bool) -> None:
            async with self.database.transaction() as connection:
                await work(connection)
                if crash:
                    raise _Crash

        if how == "crash":
            with pytest.raises(_Crash):
                self.runner.run(once(True))
            return
        self.runner.run(once(False))
        if how == "twice":
            self.runner.run(once(False))

    hows = st.sampled_from(["once", "once", "twice", "crash"])

    def subject(self, number: int) -> str:
        return f"{self.organisation}/{number}"

    @rule(amount=small, away=st.booleans())
    def pay_or_correct(self, amount: Decimal, away: bool) -> None:
        balances, who = self.money.balances, operator(self.organisation)
        before = self.runner.run(balances.find(self.organisation))
        assert before is not None
        if not away:
            after = self.runner.run(balances.top_up(who, amount, reference=f"payment of {amount}"))
            # the same payment told twice is one
            assert after.balance - before.balance in {amount, 0}
            self.paid += after.balance - before.balance
            return
        adjusted = balances.adjust(who, -amount, note="correction")
        if before.available < amount:
            with pytest.raises(InvalidRequest):
                self.runner.run(adjusted)
        else:
            self.runner.run(adjusted)
            self.paid -= amount

    @rule(
        numbers=st.lists(subjects, min_size=1, max_size=4, unique=True),
        to=destinations,
        in_campaign=st.booleans(),
        how=hows,
    )
    def hold(self, numbers: list[int], to: str, in_campaign: bool, how: str) -> None:
        campaign_id = self.campaign if in_campaign else None
        wanted = [request(self.subject(n), self.organisation, to, campaign_id=campaign_id) for n in numbers]
        self.change(lambda connection: holds.hold(connection, wanted), how)

    @rule(numbers=st.lists(subjects, min_size=1, max_size=4, unique=True), how=hows)
    def renew(self, numbers: list[int], how: str) -> None:
        wanted = [(self.organisation, self.subject(n)) for n in numbers]
        self.change(lambda connection: holds.renew(connection, wanted), how)

    @rule(
        number=subjects,
        seconds=st.none() | st.decimals(min_value=0, max_value=400, places=1),
        lost=st.booleans(),
        how=hows,
    )
    def end(self, number: int, seconds: Decimal | None, lost: bool, how: str) -> None:
        if lost and seconds is None:
            self.change(lambda connection: holds.release(connection, self.organisation, self.subject(number)), how)
            return
        self.change(
            lambda connection: holds.settle_call(
                connection,
                self.organisation,
                self.subject(number),
                answered_seconds=seconds,
                at_most_covered=lost,
            ),
            how,
        )

    @rule(number=subjects, how=hows)
    def refund(self, number: int, how: str) -> None:
        self.change(
            lambda connection: holds.refund(connection, self.organisation, self.subject(number), note="broken"), how
        )

    @invariant()
    def the_money_is_right(self) -> None:
        async def work() -> None:
            await assert_money_is_right(self.database)
            balance = await self.money.balances.find(self.organisation)
            charged = await self.database.fetchval(
                "SELECT coalesce(sum(charged), 0) FROM charges WHERE organisation_id = $1", self.organisation
            )
            assert balance is not None
            assert balance.available >= 0
            assert balance.balance == self.paid - charged
            budgets = await self.money.budgets.show(self.organisation)
            daily, campaign = self.limits
            assert daily is None or budgets.daily.used <= daily
            assert campaign is None or budgets.campaigns[self.campaign].used <= campaign

        if hasattr(self, "organisation"):
            self.runner.run(work())


def test_the_ledger_is_always_right(database_url: str) -> None:
    machine = type("Machine", (LedgerMachine,), {"url": database_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
