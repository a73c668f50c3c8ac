"""The double-entry ledger: the one place that moves money.

A movement and the balance it changes are written by one statement, inside the caller's transaction, under the lock of
the organisation's balance. The database refuses what does not sum to zero, and any change of what is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from callwright.billing.models import Account, Movement
from callwright.events import service as events
from callwright.events import webhooks
from callwright.rules.pricing import written
from callwright.store.database import Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callwright.store.database import Connection

SQL = statements(__package__)


async def lock(connection: Connection, organisation_ids: Iterable[str]) -> dict[str, Row]:
    """Lock the balances of organisations, always in the order of their ids; those without one are left out."""
    rows = await connection.fetch(SQL["lock_balances"], sorted(set(organisation_ids)))
    return {row["organisation_id"]: row for row in rows}


async def book(
    connection: Connection, movements: Sequence[Movement], charges: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Write movements, and charges as they are after them. The balances must be locked.

    Tells once when a balance falls below its owner's threshold.
    """
    spent: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for movement in movements:
        for period, amount in movement.spent.items():
            spent[movement.organisation_id, period] += amount
    rows = await connection.fetch(
        SQL["book"],
        [_record(movement) for movement in movements if any(movement.amounts.values())],
        list(charges),
        [
            {"organisation_id": organisation_id, "period": period, "used": str(amount)}
            for (organisation_id, period), amount in sorted(spent.items())
            if amount
        ],
    )
    for row in rows:
        await tell_if_low(connection, row)


def _record(movement: Movement) -> dict[str, Any]:
    return {
        "organisation_id": movement.organisation_id,
        "kind": movement.kind,
        "subject": movement.subject,
        "call_id": movement.call_id,
        "note": movement.note,
        **{account.value: str(movement.amounts.get(account, Decimal(0))) for account in Account},
    }


async def tell_if_low(connection: Connection, balance: Row) -> None:
    """Write ``account.balance_low`` at the crossing, and take the mark away when the balance is above again.

    What counts is all that is not spent: holds that come and go would cross the threshold many times.
    """
    threshold = balance["low_at"]
    low = threshold is not None and balance["balance"] < threshold
    if low == (balance["low_since"] is not None):
        return
    organisation_id = balance["organisation_id"]
    await connection.execute(SQL["mark_low"], organisation_id, low)
    if not low:
        return
    body = {
        "event": "account.balance_low",
        "organisation_id": organisation_id,
        "balance": written(balance["balance"]),
        "low_balance_at": written(threshold),
        "currency": balance["currency"],
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    await events.append(
        connection,
        organisation_id=organisation_id,
        type="account.balance_low",
        subject=organisation_id,
        body=body,
    )
    if balance["low_webhook_url"] is not None:
        await webhooks.enqueue(
            connection,
            organisation_id=organisation_id,
            url=balance["low_webhook_url"],
            subject=organisation_id,
            event_type="account.balance_low",
            body=body,
        )
