"""What calls of metered organisations pay: held at the claim, renewed in the air, settled with the attempt.

An organisation without a price list costs one column of a row that is read anyway. The money's locks come last, after
those of calls and of limits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from callwright.billing import holds
from callwright.billing.models import HoldRequest, Shortage
from callwright.calls.queries import call_of
from callwright.calls.settlement import announce
from callwright.ids import new_id
from callwright.numbers.extensions import is_extension
from callwright.numbers.sip_addresses import is_sip
from callwright.rules.outcomes import Outcome
from callwright.rules.pricing import Channel
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__, "charging.sql")

#: When a call that cannot be paid is looked at again. One that waits for the organisation's money keeps its place: the
#: organisation's live calls are left alone until money comes (``billing.holds.STOP``).
_DELAYS = {
    Shortage.BALANCE: timedelta(),
    Shortage.ORGANISATION_BUDGET: timedelta(),
    Shortage.CAMPAIGN_BUDGET: timedelta(seconds=30),
    Shortage.NO_RATE: timedelta(minutes=15),
}


def is_charged(organisation_plan: str | None, *, sandbox: bool, destination: str) -> bool:
    """Return whether a call costs its organisation something: not the lab, extensions, SIP addresses."""
    priced = not is_extension(destination) and not is_sip(destination)
    return organisation_plan is not None and not sandbox and priced


async def hold_picked(connection: Connection, picked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hold the first money of calls that a claim picked; return those that may go, each paid one with its attempt's id.

    ``picked`` have the call's columns and ``rate_plan_id``. The others are told why, and wait.
    """
    paid = [
        row | {"attempt_id": new_id("att")}
        for row in picked
        if is_charged(row.get("rate_plan_id"), sandbox=row["sandbox"], destination=row["to_number"])
    ]
    if not paid:
        return picked
    refused = await holds.hold(
        connection,
        [
            HoldRequest(
                subject=row["attempt_id"],
                organisation_id=row["organisation_id"],
                channel=Channel.CALL,
                destination=row["to_number"],
                call_id=row["id"],
                campaign_id=row["campaign_id"],
            )
            for row in paid
        ],
    )
    by_call = {row["id"]: row for row in paid}
    short: dict[Shortage, list[str]] = defaultdict(list)
    for row in paid:
        if row["attempt_id"] in refused:
            short[refused[row["attempt_id"]]].append(row["id"])
    for shortage, call_ids in short.items():
        await _defer(connection, call_ids, shortage)
    held_up = {call_id for call_ids in short.values() for call_id in call_ids}
    return [by_call.get(row["id"], row) for row in picked if row["id"] not in held_up]


async def _defer(connection: Connection, call_ids: Sequence[str], shortage: Shortage) -> None:
    """Say why calls wait; each is told of once, not at every look.

    A campaign that has spent its money makes no more calls of its recipients meanwhile: they would all wait like these.
    """
    if shortage is Shortage.CAMPAIGN_BUDGET:
        await connection.execute(SQL["stop_campaigns"], call_ids, _DELAYS[shortage])
    for row in await connection.fetch(SQL["defer_unpaid"], call_ids, _DELAYS[shortage], shortage.words):
        await announce(connection, call_of(row), "call.deferred", reason=shortage.words)


async def give_back(connection: Connection, organisation_id: str, subjects: Iterable[str]) -> None:
    """Give back what attempts hold that were not dialled after all."""
    for subject in subjects:
        await holds.release(connection, organisation_id, subject)


async def settle_attempt(connection: Connection, attempt_id: str, ended: Row, outcome: Outcome) -> None:
    """Charge an attempt that has ended.

    ``ended`` has the call's columns, and ``talked``, the seconds after the answer (``None`` without one), and
    ``dialled``. Of an interrupted call nobody knows how long it went on: it pays no more than was held.
    """
    await _charge(
        connection,
        attempt_id,
        ended["organisation_id"],
        call_id=ended["id"],
        talked=ended["talked"],
        dialled=ended["dialled"],
        at_most_covered=outcome is Outcome.INTERRUPTED,
    )


async def hold_leg(
    connection: Connection, subject: str, organisation_id: str, call_id: str, destination: str
) -> Shortage | None:
    """Hold the first money of the second leg of a transfer; return what it is short of."""
    wanted = HoldRequest(
        subject=subject,
        organisation_id=organisation_id,
        channel=Channel.CALL,
        destination=destination,
        call_id=call_id,
    )
    return (await holds.hold(connection, [wanted])).get(subject)


async def hold_inbound(connection: Connection, subject: str, organisation_id: str, number: str) -> Shortage | None:
    """Hold the first money of a call to one of our numbers; without a rate for it, it is free."""
    wanted = HoldRequest(subject=subject, organisation_id=organisation_id, channel=Channel.INBOUND, destination=number)
    short = (await holds.hold(connection, [wanted])).get(subject)
    return None if short is Shortage.NO_RATE else short


async def settle_leg(connection: Connection, transfer: Row) -> None:
    """Charge the second leg of a transfer. ``transfer`` has its columns and ``talked``."""
    await _charge(
        connection,
        transfer["id"],
        transfer["organisation_id"],
        call_id=transfer["call_id"],
        talked=transfer["talked"],
        dialled=True,
        at_most_covered=False,
    )


async def _charge(
    connection: Connection,
    subject: str,
    organisation_id: str,
    *,
    call_id: str,
    talked: Any,
    dialled: bool,
    at_most_covered: bool,
) -> None:
    charge = await holds.settle_call(
        connection,
        organisation_id,
        subject,
        # clocks of two machines may tell of an end before the answer
        answered_seconds=None if talked is None else max(talked, type(talked)(0)),
        dialled=dialled,
        at_most_covered=at_most_covered,
    )
    if charge is not None and charge.charged is not None:
        await connection.execute(SQL["add_price"], organisation_id, call_id, charge.charged)
