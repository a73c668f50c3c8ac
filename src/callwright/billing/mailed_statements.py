"""Statements by email: each month's to those who asked for them, any month's at request. HTML and text, with CSV."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from callwright.accounts import audit
from callwright.accounts.models import Principal
from callwright.billing.models import Statement
from callwright.billing.statements import StatementService, as_csv
from callwright.errors import Conflict, FieldError, InvalidRequest
from callwright.numbers.addresses import read_email
from callwright.rules.pricing import written
from callwright.store.database import Connection, Database
from callwright.store.statements import statements

log = logging.getLogger(__name__)

SQL = statements(__package__, "mailed_statements.sql")

MAX_ADDRESSES = 10
_LINES: Mapping[str, str] = {"topup": "Paid in", "adjustment": "Corrections", "usage": "Usage", "refund": "Refunds"}
_STYLE = (
    "body{font-family:sans-serif;color:#222}table{border-collapse:collapse}"
    "td,th{padding:4px 12px;text-align:left;border-bottom:1px solid #ddd}td.amount,th.amount{text-align:right}"
)


@dataclass(frozen=True, kw_only=True)
class StatementMail:
    """A statement as a mail."""

    subject: str
    text: str
    #: Placeholders of it are filled with ``values``, escaped.
    html: str
    values: Mapping[str, str]
    filename: str
    table: bytes


class Bring(Protocol):
    """Sends a mail of the appliance's own."""

    async def __call__(self, connection: Connection, to: str, mail: StatementMail) -> None:
        """Send it, once the caller's transaction commits."""
        ...


@dataclass(frozen=True, kw_only=True)
class StatementAddress:
    """Somebody who gets each month's statement."""

    address: str
    #: The first day of the month that they get next.
    next_month: date


class MailedStatements:
    """Keeps who gets statements, and sends them."""

    def __init__(self, database: Database, *, bring: Bring | None = None) -> None:
        """``bring`` ``None``: the appliance sends no mails of its own."""
        self._database = database
        self._statements = StatementService(database)
        self._bring = bring

    async def of(self, organisation_id: str) -> list[StatementAddress]:
        """Return who gets each month's statement of an organisation."""
        rows = await self._database.fetch(SQL["addresses_of"], organisation_id)
        return [StatementAddress(address=row["address"], next_month=_after(row["through"])) for row in rows]

    async def set(self, who: Principal, addresses: Sequence[str]) -> None:
        """Say who gets them from the month that runs now. Raises ``InvalidRequest`` and ``Conflict``."""
        read = _read(addresses)
        if read:
            self._sends()
        async with self._database.transaction() as connection:
            before = [row["address"] for row in await connection.fetch(SQL["addresses_of"], who.organisation.id)]
            await connection.execute(SQL["keep_only"], who.organisation.id, read)
            await connection.execute(SQL["add_addresses"], who.organisation.id, read)
            await audit.record(
                connection, who, "statements.mailing", who.organisation.id, {"emails": before}, {"emails": read}
            )

    async def send(self, who: Principal, first: date, addresses: Sequence[str]) -> list[str]:
        """Mail the statement of the month that begins at ``first``; return to whom.

        No addresses: to those who get each month's. Raises ``InvalidRequest`` and ``Conflict``.
        """
        bring = self._sends()
        read = _read(addresses) or [each.address for each in await self.of(who.organisation.id)]
        if not read:
            message = "is needed: nobody gets this organisation's statements yet"
            raise InvalidRequest([FieldError(field="emails", message=message)])
        organisation = who.organisation
        statement = await self._statements.month(organisation.id, first, organisation.time_zone)
        mail = statement_mail(organisation.name, statement)
        async with self._database.transaction() as connection:
            for address in read:
                await bring(connection, address, mail)
            after = {"month": f"{first:%Y-%m}", "emails": read}
            await audit.record(connection, who, "statements.mailed", organisation.id, None, after)
        return read

    async def look(self) -> int:
        """Mail the statements of months that are over; return how many mails there were. Call it by the clock."""
        if self._bring is None:
            return 0
        sent = 0
        while True:
            async with self._database.transaction() as connection:
                row = await connection.fetchrow(SQL["due"])
                if row is None:
                    return sent
                people = await connection.fetch(SQL["mark"], row["organisation_id"], row["month"])
                try:
                    statement = await self._statements.month(row["organisation_id"], row["month"], row["time_zone"])
                except Conflict as error:
                    log.info("no statement for %s: %s", row["organisation_id"], error)
                    continue
                mail = statement_mail(row["name"], statement)
                for each in people:
                    await self._bring(connection, each["address"], mail)
                sent += len(people)

    def _sends(self) -> Bring:
        if self._bring is None:
            raise Conflict("this appliance sends no mail of its own: its operator sets CALLWRIGHT_MAIL_FROM")
        return self._bring


def statement_mail(organisation: str, statement: Statement) -> StatementMail:
    """Return a statement as a mail."""
    month, currency = f"{statement.first:%Y-%m}", statement.currency
    rows: list[tuple[str, int | None, Decimal]] = [("Opening balance", None, statement.opening)]
    rows += [(_LINES[kind], None, amount) for kind, amount in statement.movements.items()]
    rows += [(f"of which {channel}", contacts, -cost) for channel, contacts, cost in statement.usage]
    rows.append(("Closing balance", None, statement.closing))
    lines = [
        f"{name}{'' if contacts is None else f' ({contacts})'}: {written(amount)} {currency}"
        for name, contacts, amount in rows
    ]
    values = {"organisation": organisation, "month": month, "currency": currency}
    cells = []
    for place, (name, contacts, amount) in enumerate(rows):
        values |= {f"name_{place}": name, f"amount_{place}": written(amount)}
        values[f"contacts_{place}"] = "" if contacts is None else str(contacts)
        cells.append(
            f'<tr><td>{{name_{place}}}</td><td class="amount">{{contacts_{place}}}</td>'
            f'<td class="amount">{{amount_{place}}}</td></tr>'
        )
    head = '<tr><th></th><th class="amount">Contacts</th><th class="amount">{currency}</th></tr>'
    html = (
        f"<html><head><style>{_STYLE}</style></head><body><h1>{{organisation}}</h1><p>Statement of {{month}}</p>"
        f"<table>{head}{''.join(cells)}</table></body></html>"
    )
    return StatementMail(
        subject=f"{organisation}: statement of {month}",
        text="\n".join([organisation, f"Statement of {month}", "", *lines, ""]),
        html=html,
        values=values,
        filename=f"statement-{month}.csv",
        table=as_csv(statement).encode(),
    )


def _read(addresses: Sequence[str]) -> list[str]:
    if len(addresses) > MAX_ADDRESSES:
        message = f"must have at most {MAX_ADDRESSES} addresses"
        raise InvalidRequest([FieldError(field="emails", message=message)])
    return list(dict.fromkeys(read_email(each, field=f"emails[{place}]") for place, each in enumerate(addresses)))


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
