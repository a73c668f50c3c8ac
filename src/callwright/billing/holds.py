"""What a contact holds and pays: held before it begins, renewed while it lives, settled when it ends.

Every function works in the caller's transaction and can be repeated: what has happened already changes nothing.
Whoever holds counters of limits has locked those before (organisation, trunk, then the balance).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from callwright.billing.budgets import budgets_of, rooms
from callwright.billing.ledger import SQL, book, lock
from callwright.billing.models import Account, Charge, HoldRequest, Kind, Movement, Quote, Shortage
from callwright.rules import pricing
from callwright.rules.pricing import Channel, Rate, SetupOn, Wanted, share_out
from callwright.store.database import Row

if TYPE_CHECKING:
    from callwright.store.database import Connection, Database

#: How long an organisation that is short waits, unless money comes meanwhile.
STOP = timedelta(seconds=30)
_NOTHING = Decimal(0)


def rate_of(row: Row | Mapping[str, Any]) -> Rate:
    """Return the rate of a row that has its columns."""
    return Rate(
        channel=Channel(row["channel"]),
        prefix=row["prefix"],
        price=row["price"],
        initial_seconds=row["initial_seconds"],
        increment_seconds=row["increment_seconds"],
        setup_fee=row["setup_fee"],
        setup_on=SetupOn(row["setup_on"]),
    )


async def hold(connection: Connection, wanted: Sequence[HoldRequest]) -> dict[str, Shortage]:
    """Hold the first money of contacts of metered organisations, first come, first served; return who is refused.

    Contacts of organisations without a plan are neither held nor refused.
    """
    balances = await lock(connection, {want.organisation_id for want in wanted})
    quoted = {row["subject"]: row for row in await _quotes(connection, wanted)}
    metered = [want for want in wanted if want.subject in quoted]
    refused = {want.subject: Shortage.NO_RATE for want in metered if quoted[want.subject]["channel"] is None}
    charges = [
        _new_charge(want, quoted[want.subject])
        for want in metered
        if want.subject not in refused and not quoted[want.subject]["known"]
    ]
    for charge in charges:
        if charge.organisation_id not in balances:
            refused[charge.subject] = Shortage.BALANCE
    charges = [charge for charge in charges if charge.subject not in refused]
    refused |= await _take(connection, balances, [(charge, charge) for charge in charges], Kind.RESERVE)
    stopped = {
        want.organisation_id for want in wanted if want.subject in refused and refused[want.subject].stops_organisation
    }
    if stopped:
        await connection.execute(SQL["stop_organisations"], sorted(stopped), STOP)
    return refused


async def renew(connection: Connection, wanted: Sequence[tuple[str, str]]) -> dict[str, Shortage]:
    """Hold the next increments of calls in the air, given as (organisation, subject); return who is refused.

    What is not held any more is passed over.
    """
    balances = await lock(connection, {organisation_id for organisation_id, _ in wanted})
    charges = [charge_of(row) for row in await _rows(connection, wanted) if row["charged"] is None]
    steps = []
    for charge in charges:
        covered = pricing.next_cover(charge.rate, charge.covered_seconds)
        amount = pricing.cost_of_seconds(charge.rate, covered)
        steps.append((charge, replace(charge, held=max(charge.held, amount), covered_seconds=covered)))
    return await _take(connection, balances, steps, Kind.RENEW)


async def settle_call(
    connection: Connection,
    organisation_id: str,
    subject: str,
    *,
    answered_seconds: Decimal | None,
    dialled: bool = True,
    at_most_covered: bool = False,
) -> Charge | None:
    """Charge a call that has ended and give the rest of its hold back; returns the charge, ``None`` if unmetered.

    ``answered_seconds`` is ``None`` when nobody answered. With ``at_most_covered`` nothing beyond the hold is charged:
    nobody knows how long the call went on.
    """
    balances, charge = await _locked(connection, organisation_id, subject)
    if charge is None or charge.charged is not None:
        return charge
    rate = charge.rate
    if answered_seconds is None:
        return await _settle(connection, charge, pricing.cost_of_unanswered(rate, dialled=dialled), quantity=0)
    seconds = pricing.billed_seconds(rate, answered_seconds)
    cost = charged = pricing.cost_of_seconds(rate, seconds)
    if cost > charge.held:
        available = _NOTHING
        if not at_most_covered and charge.exhausted_at is None:
            available = await _available(connection, balances[organisation_id], charge)
        charged = pricing.affordable(
            rate, held=charge.held, covered=charge.covered_seconds, wanted=seconds, available=available
        )
    return await _settle(connection, charge, charged, quantity=seconds, forgone=cost - charged)


async def settle_units(connection: Connection, organisation_id: str, subject: str, units: int) -> Charge | None:
    """Charge a message by the units that were sent, at most those that are held; 0 costs nothing."""
    return (await settle_many_units(connection, [(organisation_id, subject, units)])).get(subject)


async def settle_many_units(connection: Connection, sent: Sequence[tuple[str, str, int]]) -> dict[str, Charge]:
    """Charge messages, given as (organisation, subject, units), in one movement of the ledger; return the charges.

    What was settled before, or holds nothing, is left as it is.
    """
    balances = await lock(connection, {organisation_id for organisation_id, _, _ in sent})
    units = {subject: count for _, subject, count in sent}
    rows = await _rows(connection, [(key, subject) for key, subject, _ in sent if key in balances])
    charges = {row["subject"]: charge_of(row) for row in rows}
    movements, records = [], []
    for subject, charge in charges.items():
        if charge.charged is not None:
            continue
        cost = pricing.cost_of_units(charge.rate, units[subject]) if units[subject] else _NOTHING
        charged = min(cost, charge.held)
        charges[subject] = replace(charge, charged=charged, quantity=units[subject])
        movements.append(_settlement(charge, charged))
        records.append(_record(charges[subject], forgone=cost - charged))
    if movements:
        await book(connection, movements, records)
    return charges


async def release(connection: Connection, organisation_id: str, subject: str) -> Charge | None:
    """Give back all that a contact holds: it did not take place."""
    return await settle_call(connection, organisation_id, subject, answered_seconds=None, dialled=False)


async def exhaust(connection: Connection, organisation_id: str, subject: str) -> bool:
    """Mark a call that must end because a renewal was refused: it will pay no more than it holds.

    Returns whether it was marked now.
    """
    return await connection.fetchval(SQL["mark_exhausted"], organisation_id, subject) is not None


async def refund(connection: Connection, organisation_id: str, subject: str, *, note: str) -> Charge | None:
    """Give back what was charged for a contact; a second time nothing happens. ``None``: nothing was."""
    _, charge = await _locked(connection, organisation_id, subject)
    if charge is None or not charge.charged:
        return charge
    movement = Movement(
        organisation_id=organisation_id,
        kind=Kind.REFUND,
        subject=subject,
        call_id=charge.call_id,
        note=note,
        amounts={Account.REVENUE: -charge.charged, Account.PREPAID: charge.charged},
        spent=dict.fromkeys(budgets_of(charge), -charge.charged),
    )
    refunded = replace(charge, charged=_NOTHING)
    await book(connection, [movement], [_record(refunded)])
    return refunded


async def quotes(
    database: Database, organisation_id: str, channel: Channel, destinations: Sequence[str]
) -> list[Quote]:
    """Return what destinations cost now; empty for an organisation that is not metered."""
    wanted = [
        HoldRequest(subject=str(place), organisation_id=organisation_id, channel=channel, destination=destination)
        for place, destination in enumerate(destinations)
    ]
    async with database.transaction() as connection:
        rows = await _quotes(connection, wanted)
    return [Quote(rate=None if row["channel"] is None else rate_of(row), currency=row["currency"]) for row in rows]


async def _quotes(connection: Connection, wanted: Sequence[HoldRequest]) -> list[Row]:
    records = [
        {
            "ordinal": ordinal,
            "subject": want.subject,
            "organisation_id": want.organisation_id,
            "channel": want.channel,
            "destination": want.destination,
        }
        for ordinal, want in enumerate(wanted)
    ]
    return await connection.fetch(SQL["quotes"], records)


async def _rows(connection: Connection, wanted: Sequence[tuple[str, str]]) -> list[Row]:
    """Return the rows of charges, given as (organisation, subject), in that order."""
    found = {
        (row["organisation_id"], row["subject"]): row
        for row in await connection.fetch(
            SQL["charges"], sorted({each for each, _ in wanted}), [subject for _, subject in wanted]
        )
    }
    return [found[key] for key in wanted if key in found]


async def _locked(
    connection: Connection, organisation_id: str, subject: str
) -> tuple[Mapping[str, Row], Charge | None]:
    balances = await lock(connection, [organisation_id])
    rows = await _rows(connection, [(organisation_id, subject)])
    return balances, charge_of(rows[0]) if rows and balances else None


async def _take(
    connection: Connection, balances: Mapping[str, Row], steps: Sequence[tuple[Charge, Charge]], kind: Kind
) -> dict[str, Shortage]:
    """Book what each charge holds more than before, as far as balances and budgets go; return who is refused."""
    first = kind is Kind.RESERVE
    amounts = {after.subject: after.held - (_NOTHING if first else before.held) for before, after in steps}
    answers = share_out(
        [
            Wanted(
                subject=after.subject,
                organisation_id=after.organisation_id,
                amount=amounts[after.subject],
                budgets=budgets_of(after),
            )
            for _, after in steps
        ],
        balances={organisation_id: row["prepaid"] for organisation_id, row in balances.items()},
        rooms=await rooms(connection, balances, [after for _, after in steps]),
    )
    granted = [after for _, after in steps if answers[after.subject] is None]
    movements = [
        Movement(
            organisation_id=charge.organisation_id,
            kind=kind,
            subject=charge.subject if first else f"{charge.subject}/{charge.covered_seconds}",
            call_id=charge.call_id,
            amounts={Account.PREPAID: -amounts[charge.subject], Account.RESERVED: amounts[charge.subject]},
            spent=dict.fromkeys(budgets_of(charge), amounts[charge.subject]),
        )
        for charge in granted
    ]
    if granted:
        await book(connection, movements, [_record(charge) for charge in granted])
    return {subject: Shortage(answer.value) for subject, answer in answers.items() if answer is not None}


async def _settle(
    connection: Connection, charge: Charge, charged: Decimal, *, quantity: int, forgone: Decimal = _NOTHING
) -> Charge:
    settled = replace(charge, charged=charged, quantity=quantity)
    await book(connection, [_settlement(charge, charged)], [_record(settled, forgone=forgone)])
    return settled


def _settlement(charge: Charge, charged: Decimal) -> Movement:
    return Movement(
        organisation_id=charge.organisation_id,
        kind=Kind.SETTLE if charged else Kind.RELEASE,
        subject=charge.subject,
        call_id=charge.call_id,
        amounts={
            Account.RESERVED: -charge.held,
            Account.REVENUE: charged,
            Account.PREPAID: charge.held - charged,
        },
        spent=dict.fromkeys(budgets_of(charge), charged - charge.held),
    )


async def _available(connection: Connection, balance: Row, charge: Charge) -> Decimal:
    """Return what may be taken beyond the hold: what the balance and every budget leave."""
    left = await rooms(connection, {charge.organisation_id: balance}, [charge])
    available: Decimal = min([balance["prepaid"], *left.values()])
    return max(available, _NOTHING)


def _new_charge(want: HoldRequest, quoted: Row) -> Charge:
    rate = rate_of(quoted)
    by_time = rate.channel.by_time
    return Charge(
        subject=want.subject,
        organisation_id=want.organisation_id,
        call_id=want.call_id,
        campaign_id=want.campaign_id,
        rate=rate,
        day=quoted["day"],
        held=pricing.first_hold(rate) if by_time else pricing.cost_of_units(rate, want.units),
        covered_seconds=pricing.first_cover(rate) if by_time else 0,
        charged=None,
        quantity=None,
        exhausted_at=None,
    )


def charge_of(row: Row) -> Charge:
    """Return the value of a row of ``charges``."""
    return Charge(
        subject=row["subject"],
        organisation_id=row["organisation_id"],
        call_id=row["call_id"],
        campaign_id=row["campaign_id"],
        rate=rate_of(row),
        day=row["day"],
        held=row["held"],
        covered_seconds=row["covered_seconds"],
        charged=row["charged"],
        quantity=row["quantity"],
        exhausted_at=row["exhausted_at"],
    )


def _record(charge: Charge, *, forgone: Decimal = _NOTHING) -> dict[str, Any]:
    rate = charge.rate
    return {
        "subject": charge.subject,
        "organisation_id": charge.organisation_id,
        "call_id": charge.call_id,
        "campaign_id": charge.campaign_id,
        "channel": rate.channel,
        "prefix": rate.prefix,
        "price": str(rate.price),
        "initial_seconds": rate.initial_seconds,
        "increment_seconds": rate.increment_seconds,
        "setup_fee": str(rate.setup_fee),
        "setup_on": rate.setup_on,
        "day": charge.day.isoformat(),
        "held": str(charge.held),
        "covered_seconds": charge.covered_seconds,
        "charged": None if charge.charged is None else str(charge.charged),
        "quantity": charge.quantity,
        "forgone": str(forgone),
    }
