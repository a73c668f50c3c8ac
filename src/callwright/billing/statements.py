"""Statements: a month of an organisation, from its ledger, in its own time zone."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from callwright.billing.ledger import SQL
from callwright.billing.models import Statement
from callwright.errors import Conflict, FieldError, InvalidRequest
from callwright.rules.pricing import written
from callwright.store.database import Database

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_MONTHS = 12


def read_month(text: str, *, field: str = "month") -> date:
    """Return the first day of ``2026-01``. Raises ``InvalidRequest``."""
    match = _MONTH.fullmatch(text)
    if match is None:
        raise InvalidRequest([FieldError(field=field, message="must be a month such as 2026-01", received=text[:60])])
    return date(int(match[1]), int(match[2]), 1)


class StatementService:
    """Puts statements together; nothing is stored but the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def month(self, organisation_id: str, first: date, time_zone: str) -> Statement:
        """Return the statement of the month that begins at ``first``. Raises ``Conflict`` without a balance."""
        balance = await self._database.fetchrow(SQL["get_balance"], organisation_id)
        if balance is None:
            raise Conflict("this organisation has no balance, so there is nothing to state")
        following = date(first.year + first.month // _MONTHS, first.month % _MONTHS + 1, 1)
        zone = ZoneInfo(time_zone)
        start = datetime(first.year, first.month, 1, tzinfo=zone)
        end = datetime(following.year, following.month, 1, tzinfo=zone)
        async with self._database.transaction() as connection:
            # both questions about the same moment
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            sums = await connection.fetchrow(SQL["statement_sums"], organisation_id, start, end)
            usage = await connection.fetch(SQL["statement_usage"], organisation_id, start, end)
        kinds = ("topup", "adjustment", "usage", "refund")
        movements: dict[str, Decimal] = {kind: sums[kind] if sums else Decimal(0) for kind in kinds}
        opening = sums["opening"] if sums else Decimal(0)
        return Statement(
            currency=balance["currency"],
            first=first,
            last=following - timedelta(days=1),
            opening=opening,
            movements=movements,
            usage=[(row["channel"], row["contacts"], row["cost"]) for row in usage],
            closing=opening + sum(movements.values(), Decimal(0)),
        )


def as_csv(statement: Statement) -> str:
    """Return a statement as CSV: what it is, how many contacts, amount, currency."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["month", "line", "contacts", "amount", "currency"])
    month = f"{statement.first:%Y-%m}"

    def line(name: str, amount: Decimal, contacts: int | str = "") -> None:
        writer.writerow([month, name, contacts, written(amount), statement.currency])

    line("opening balance", statement.opening)
    for kind, amount in statement.movements.items():
        line(kind, amount)
    for channel, contacts, cost in statement.usage:
        line(f"usage of {channel}", -cost, contacts)
    line("closing balance", statement.closing)
    return out.getvalue()
