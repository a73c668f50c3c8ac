"""Calls of a metered organisation: held at the claim, renewed in the air, settled with the attempt."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.fernet import Fernet

from callwright.accounts.models import operator
from callwright.audit import audit
from callwright.billing.budgets import NewBudgets
from callwright.billing.models import Balance
from callwright.billing.service import Money
from callwright.calls.claims import CallClaims
from callwright.calls.inbound import InboundCalls, Incoming, Refusal
from callwright.calls.models import Attempt, NewCall, Settlement
from callwright.calls.renewals import CallRenewals
from callwright.calls.transfers import CallTransfers, TransferPermission, TransferRefused
from callwright.flows.commands import Transfer
from callwright.numbers.service import NumberService
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from support.calls import FLOW, OWNER, World, make_world, numbers
from support.money import SHEET, meter

pytestmark = pytest.mark.postgres

LOS_ANGELES = "+12135550199"


async def metered(database: Database, *, paid: str = "10", sheet: str = SHEET, **more: Any) -> World:
    world = await make_world(database, **more)
    await meter(database, world.principal.organisation.id, paid=paid, sheet=sheet)
    return world


async def balance(world: World) -> Balance:
    found = await Money.on(world.database).balances.find(world.principal.organisation.id)
    assert found is not None
    return found


async def answer(world: World, attempt: Attempt, *, seconds_ago: float) -> None:
    """Let the attempt have been answered so long ago."""
    await world.dialing.begin(attempt)
    await world.ledger.answered(attempt.id, {}, ())
    await world.database.execute(
        "UPDATE attempts SET answered_at = now() - $2::interval WHERE id = $1",
        attempt.id,
        timedelta(seconds=seconds_ago),
    )


def ended(outcome: Outcome = Outcome.ANSWERED) -> Settlement:
    return Settlement(outcome=outcome, cause=16, sip_status=None, ended_by="callee")


async def test_a_call_is_held_and_settled_exactly(database: Database) -> None:
    world = await metered(database)
    await world.post(*numbers(1))
    (attempt,) = await world.claims.claim(OWNER)
    assert (await balance(world)).reserved == Decimal("0.012")
    await answer(world, attempt, seconds_ago=7)
    await world.ledger.settle(attempt.id, ended())
    await world.ledger.settle(attempt.id, ended())
    after = await balance(world)
    # 7 s and a little are two increments of 6 s at 6 cents a minute
    assert (after.reserved, after.available) == (0, Decimal("9.988"))
    call = await world.queries.get(world.principal.organisation.id, attempt.call_id)
    assert (call.price, call.currency) == (Decimal("0.012"), "EUR")
    await world.assert_sound()


async def test_who_is_not_answered_pays_only_what_is_due_on_the_attempt(database: Database) -> None:
    world = await metered(database)
    await world.post(numbers(1)[0], LOS_ANGELES)
    for attempt in await world.claims.claim(OWNER):
        await world.dialing.begin(attempt)
        await world.ledger.settle(attempt.id, ended(Outcome.BUSY))
    after = await balance(world)
    assert (after.reserved, after.available) == (0, Decimal("9.90"))
    await world.assert_sound()


async def test_what_is_not_dialled_gives_its_hold_back(database: Database) -> None:
    world = await metered(database)
    (call,) = await world.post(numbers(1)[0])
    (attempt,) = await world.claims.claim(OWNER)
    await world.dialing.put_back(attempt.id, reason="the engine is away")
    assert (await balance(world)).reserved == 0
    await database.execute("UPDATE calls SET due_at = now()")
    (attempt,) = await world.claims.claim(OWNER)
    await world.calls.cancel(world.principal, call.id)
    assert await world.dialing.begin(attempt) is None
    after = await balance(world)
    assert (after.reserved, after.available) == (0, Decimal(10))
    await world.assert_sound()


async def test_calls_without_money_wait_and_go_when_it_comes(database: Database) -> None:
    world = await metered(database, paid="0.025")
    calls = await world.post(*numbers(4))
    attempts = await world.claims.claim(OWNER)
    assert len(attempts) == 2
    waiting = [c.id for c in calls if c.id not in {a.call_id for a in attempts}]
    for call_id in waiting:
        call = await world.queries.get(world.principal.organisation.id, call_id)
        assert (call.status, call.outcome) == ("queued", None)
        assert call.reason is not None
        assert "budget exhausted" in call.reason
        assert await world.events(call_id) == ["call.queued", "call.deferred"]
    # nobody looks again and again: the organisation's lane is closed until money comes
    assert await world.claims.claim(OWNER) == []
    assert not world.claims.bounded
    await Money.on(database).balances.top_up(operator(world.principal.organisation.id), Decimal(1))
    assert len(await world.claims.claim(OWNER)) == 2
    call = await world.queries.get(world.principal.organisation.id, waiting[0])
    assert call.reason is None
    await world.assert_sound()


async def test_a_campaigns_budget_holds_up_only_its_calls(database: Database) -> None:
    world = await metered(database)
    async with database.transaction() as connection:
        own = await world.calls.create(
            world.principal,
            [NewCall(to_number=n, from_number="+12125550100", flow=FLOW) for n in numbers(3)],
            campaign_name="spring",
            connection=connection,
        )
    money = Money.on(database)
    await money.budgets.set_campaign(
        operator(world.principal.organisation.id), str(own[0].campaign_id), Decimal("0.03")
    )
    (other,) = await world.post("+12125559999")
    claimed = {attempt.call_id for attempt in await world.claims.claim(OWNER)}
    assert other.id in claimed
    assert len(claimed) == 3
    await world.assert_sound()


async def test_a_destination_without_a_rate_waits(database: Database) -> None:
    world = await metered(database)
    (call,) = await world.post("+81312345678")
    assert await world.claims.claim(OWNER) == []
    found = await world.queries.get(world.principal.organisation.id, call.id)
    assert found.reason is not None
    assert "no rate" in found.reason
    await world.assert_sound()


async def test_sandbox_calls_cost_nothing(database: Database) -> None:
    world = await metered(database, paid="0")
    await database.execute("UPDATE trunks SET kind = 'lab'")
    sandbox = type(world.principal)(
        organisation=world.principal.organisation, key_id=world.principal.key_id, sandbox=True, purpose="emergency"
    )
    await world.post(*numbers(1), principal=sandbox)
    (attempt,) = await world.claims.claim(OWNER)
    await answer(world, attempt, seconds_ago=10)
    await world.ledger.settle(attempt.id, ended())
    assert (await world.queries.get(world.principal.organisation.id, attempt.call_id)).price is None


async def test_concurrent_claims_never_spend_more_than_there_is(database: Database) -> None:
    world = await metered(database, paid="0.30", capacity=100, channels=100)
    await Money.on(database).budgets.set(
        operator(world.principal.organisation.id), NewBudgets(daily=Decimal("0.25"), monthly=None, total=None)
    )
    await world.post(*numbers(60))
    claims = [CallClaims(database) for _ in range(6)]

    async def work(mine: CallClaims) -> list[Attempt]:
        taken: list[Attempt] = []
        for _ in range(8):
            for attempt in await mine.claim(OWNER):
                taken.append(attempt)
                await world.dialing.begin(attempt)
                await world.ledger.settle(attempt.id, ended(Outcome.BUSY if len(taken) % 2 else Outcome.FAILED))
        return taken

    async def hoard(mine: CallClaims) -> list[Attempt]:
        return await mine.claim(OWNER)

    await asyncio.gather(*(hoard(each) for each in claims[:3]), *(work(each) for each in claims[3:]))
    budgets = await Money.on(database).budgets.show(world.principal.organisation.id)
    assert budgets.daily.used <= Decimal("0.25")
    assert (await balance(world)).available >= 0
    await world.assert_sound()


async def test_a_call_is_renewed_while_it_lives(database: Database) -> None:
    world = await metered(database)
    await world.post(LOS_ANGELES)
    (attempt,) = await world.claims.claim(OWNER)
    assert (await balance(world)).reserved == Decimal("0.70")
    renewals = CallRenewals(database)
    await answer(world, attempt, seconds_ago=50)
    assert await renewals.renew([attempt.id]) == []
    assert (await balance(world)).reserved == Decimal("0.70")
    await answer_again(world, attempt, seconds_ago=56)
    assert await renewals.renew([attempt.id]) == []
    assert (await balance(world)).reserved == Decimal("1.30")
    await answer_again(world, attempt, seconds_ago=61)
    await world.ledger.settle(attempt.id, ended())
    assert (await balance(world)).available == Decimal("8.70")
    await world.assert_sound()


async def answer_again(world: World, attempt: Attempt, *, seconds_ago: float) -> None:
    await world.database.execute(
        "UPDATE attempts SET answered_at = now() - $2::interval WHERE id = $1",
        attempt.id,
        timedelta(seconds=seconds_ago),
    )


async def test_a_refused_renewal_ends_the_call_with_its_paid_time(database: Database) -> None:
    world = await metered(database, paid="0.75")
    await world.post(LOS_ANGELES)
    (attempt,) = await world.claims.claim(OWNER)
    renewals = CallRenewals(database)
    await answer(world, attempt, seconds_ago=56)
    # there is time to pay in
    assert await renewals.renew([attempt.id]) == []
    await answer_again(world, attempt, seconds_ago=59)
    for _ in range(2):
        (end,) = await renewals.renew([attempt.id])
        assert end.attempt_id == attempt.id
        assert 0 <= end.left <= 1.5
        assert "budget exhausted" in end.reason
    assert (await world.events(attempt.call_id)).count("call.budget_exhausted") == 1
    # the hang-up takes a moment, and is not paid
    await answer_again(world, attempt, seconds_ago=61)
    await world.ledger.settle(attempt.id, ended())
    after = await balance(world)
    assert (after.available, after.reserved) == (Decimal("0.05"), 0)
    await world.assert_sound()


async def test_an_interrupted_call_pays_no_more_than_was_held(database: Database) -> None:
    world = await metered(database)
    await world.post(LOS_ANGELES)
    (attempt,) = await world.claims.claim(OWNER)
    await answer(world, attempt, seconds_ago=7200)
    await world.ledger.settle(attempt.id, ended(Outcome.INTERRUPTED))
    assert (await balance(world)).available == Decimal("9.30")
    await world.assert_sound()


async def test_time_that_nobody_renewed_is_paid_as_far_as_the_money_goes(database: Database) -> None:
    world = await metered(database, paid="2")
    await world.post(LOS_ANGELES)
    (attempt,) = await world.claims.claim(OWNER)
    await answer(world, attempt, seconds_ago=299)
    await world.ledger.settle(attempt.id, ended())
    # 0.10 and three minutes of five
    assert (await balance(world)).available == Decimal("0.10")
    assert await database.fetchval("SELECT forgone FROM charges") == Decimal("1.20")
    await world.assert_sound()


async def test_a_low_balance_is_told_once(database: Database) -> None:
    world = await metered(database, paid="1")
    money, who = Money.on(database), operator(world.principal.organisation.id)
    await money.balances.set_low(who, Decimal("0.60"), None)
    for _ in range(2):
        await world.post(LOS_ANGELES)
        (attempt,) = await world.claims.claim(OWNER)
        assert await world.events(who.organisation_id) == []
        await world.dialing.begin(attempt)
        await world.ledger.settle(attempt.id, ended(Outcome.BUSY))
    await money.balances.adjust(who, Decimal("-0.30"), note="x")
    assert await world.events(who.organisation_id) == ["account.balance_low"]
    await money.balances.adjust(who, Decimal("-0.10"), note="y")
    assert await world.events(who.organisation_id) == ["account.balance_low"]
    await money.balances.top_up(who, Decimal(1))
    await money.balances.adjust(who, Decimal(-1), note="z")
    assert await world.events(who.organisation_id) == ["account.balance_low"] * 2


def transfer(to: str) -> Transfer:
    """A step that connects the callee with a number."""
    return Transfer(to=to)


async def test_the_other_side_of_a_transfer_is_charged(database: Database) -> None:
    world = await metered(database)
    await world.post(*numbers(1))
    (attempt,) = await world.claims.claim(OWNER)
    await answer(world, attempt, seconds_ago=1)
    transfers = CallTransfers(database)
    assert isinstance(await transfers.begin(attempt, "att_t1_x", transfer(LOS_ANGELES)), TransferPermission)
    assert (await balance(world)).reserved == Decimal("0.712")
    await transfers.connected(attempt, "att_t1_x")
    await database.execute("UPDATE transfers SET connected_at = now() - interval '56 seconds'")
    assert await CallRenewals(database).renew([attempt.id]) == []
    assert (await balance(world)).reserved == Decimal("1.312")
    await transfers.ended(attempt, "att_t1_x")
    await world.ledger.settle(attempt.id, ended())
    call = await world.queries.get(world.principal.organisation.id, attempt.call_id)
    assert call.price == Decimal("0.706")
    await world.assert_sound()


async def test_a_transfer_that_cannot_be_paid_fails_and_holds_nothing(database: Database) -> None:
    world = await metered(database, paid="0.5")
    await world.post(*numbers(1))
    (attempt,) = await world.claims.claim(OWNER)
    await answer(world, attempt, seconds_ago=1)
    refused = await CallTransfers(database).begin(attempt, "att_t1_x", transfer(LOS_ANGELES))
    assert isinstance(refused, TransferRefused)
    assert "budget exhausted" in refused.detail
    assert (await balance(world)).reserved == Decimal("0.012")
    await world.assert_sound()


async def test_money_that_is_held_for_nothing_is_found_and_given_back(database: Database) -> None:
    world = await metered(database)
    await world.post(*numbers(1))
    assert len(await world.claims.claim(OWNER)) == 1
    # what no code of ours does
    await database.execute("UPDATE attempts SET state = 'ended'")
    found = {result.query for result in await audit(database) if result.findings}
    assert "leaked_holds" in found
    await world.recovery.release_leaked_holds()
    after = await balance(world)
    assert (after.reserved, after.available) == (0, Decimal(10))
    assert not [r for r in await audit(database) if r.query == "leaked_holds" and r.findings]


@pytest.mark.parametrize(("paid", "sheet", "price"), [("1", "inbound,1,0.12,6/6\n", "0.024"), ("0", "", None)])
async def test_a_call_that_comes_in_is_charged_if_there_is_a_rate(
    database: Database, paid: str, sheet: str, price: str | None
) -> None:
    world = await metered(database, paid=paid, sheet=f"channel,prefix,price,increments\ncall,1,1,\n{sheet}")
    await NumberService(database, SecretBox(Fernet.generate_key()), world.clock).add_number(
        world.principal.organisation.id, "+12125550100", verified_by="operator"
    )
    calls = InboundCalls(database, world.clock)
    incoming = Incoming(attempt_id="att_in_1", trunk="provider", dialled="+12125550100", caller="+12125550123")
    attempt = await calls.accept(incoming, OWNER)
    assert isinstance(attempt, Attempt)
    await world.ledger.answered(attempt.id, {}, ())
    await answer_again(world, attempt, seconds_ago=10)
    await world.ledger.settle(attempt.id, ended())
    call = await world.queries.get(world.principal.organisation.id, attempt.call_id)
    assert call.price == (None if price is None else Decimal(price))
    await world.assert_sound()


async def test_a_call_that_comes_in_and_cannot_be_paid_is_busy(database: Database) -> None:
    world = await metered(database, paid="0", sheet="channel,prefix,price\ninbound,1,0.12\n")
    await NumberService(database, SecretBox(Fernet.generate_key()), world.clock).add_number(
        world.principal.organisation.id, "+12125550100", verified_by="operator"
    )
    incoming = Incoming(attempt_id="att_in_1", trunk="provider", dialled="+12125550100", caller="+12125550123")
    assert await InboundCalls(database, world.clock).accept(incoming, OWNER) is Refusal.BUSY
    assert "budget exhausted" in await database.fetchval("SELECT reason FROM calls")
    await world.assert_sound()


async def test_a_transfer_that_nobody_watched_is_charged_until_the_call_ended(database: Database) -> None:
    world = await metered(database)
    await world.post(*numbers(1))
    (attempt,) = await world.claims.claim(OWNER)
    await answer(world, attempt, seconds_ago=1)
    transfers = CallTransfers(database)
    assert isinstance(await transfers.begin(attempt, "att_t1_x", transfer(LOS_ANGELES)), TransferPermission)
    await transfers.connected(attempt, "att_t1_x")
    await database.execute("UPDATE transfers SET connected_at = now() - interval '70 seconds'")
    ended_at = await database.fetchval("SELECT now() - interval '30 seconds'")
    await transfers.ended_with(attempt, at=ended_at)
    charged = await database.fetchrow("SELECT charged, quantity FROM charges WHERE subject = 'att_t1_x'")
    # a minute and the setup: the thirty seconds after the end are nobody's
    assert charged is not None
    assert (charged["charged"], charged["quantity"]) == (Decimal("0.7"), 60)
    await world.ledger.settle(attempt.id, ended())
    await world.assert_sound()
