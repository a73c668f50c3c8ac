"""What came of an order, told by mail and text when all that it made is over."""

from __future__ import annotations

import csv
import io
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from callwright.accounts.keys import organisation_of
from callwright.accounts.models import Principal
from callwright.contacts.exporting import cell
from callwright.errors import InvalidRequest
from callwright.messages.addresses import SenderAddresses, choose_text_sender
from callwright.messages.models import NewMessage
from callwright.messages.service import MessageService
from callwright.messages.texts import render
from callwright.orders.models import Order
from callwright.orders.service import order_of
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

log = logging.getLogger(__name__)

SQL = statements(__package__, "reports.sql")

#: Reports of one round; the next one follows at once.
_ROUND = 50
#: After so long a text without a receipt counts as what it is.
_RECEIPTS = timedelta(minutes=10)
#: Where mails of the sandbox seem to come from: they go to the lab's mailbox only.
_SANDBOX_SENDER = "reports@callwright.invalid"
_COLUMNS = {
    "to_number": "number",
    "name": "name",
    "call_status": "call",
    "attempts": "attempts",
    "duration_seconds": "seconds",
    "dtmf_response": "keys",
    "text_status": "text",
    "reply": "reply",
    "reason": "reason",
    "ended_at": "ended",
}


class Mail(Protocol):
    """Brings mails of the appliance's own to people."""

    @property
    def delivers(self) -> bool:
        """Whether it can."""
        ...

    async def bring_report(self, connection: Connection, to: str, subject: str, text: str, table: bytes) -> None:
        """Send a mail with a table (CSV) once the caller's transaction commits."""
        ...


async def ask_report(connection: Connection, order: Order, *, emails: Sequence[str], numbers: Sequence[str]) -> None:
    """Have a report of an order sent when it is over, in the transaction that writes the order.

    Of mails the owners of the organisation get a copy. ``numbers`` are E.164.
    """
    if emails or numbers:
        await connection.execute(SQL["insert_report"], order.id, order.organisation_id, list(emails), list(numbers))


class OrderReports:
    """Sends the reports that are due."""

    def __init__(self, database: Database, *, mail: Mail, messages: MessageService) -> None:
        self._database = database
        self._mail = mail
        self._messages = messages
        self._senders = SenderAddresses(database)

    async def send_due(self) -> int:
        """Send the reports of orders that are over; returns how many. Each is sent once, however many processes ask."""
        sent = 0
        while True:
            async with self._database.transaction() as connection:
                due = await connection.fetch(SQL["due_reports"], _ROUND, _RECEIPTS)
                for row in due:
                    await self._send(connection, row)
            sent += len(due)
            if due:
                self._messages.wake()
            if len(due) < _ROUND:
                return sent

    async def _send(self, connection: Connection, report: Row) -> None:
        organisation_id = report["organisation_id"]
        found = await connection.fetchrow(SQL["reported_order"], organisation_id, report["order_id"])
        organisation = await connection.fetchrow(SQL["organisation_of_report"], organisation_id)
        assert found is not None  # noqa: S101  (a foreign key)
        assert organisation is not None  # noqa: S101  (a foreign key)
        order, zone = order_of(found), ZoneInfo(found["time_zone"])
        rows = await connection.fetch(SQL["rows_of_report"], organisation_id, order.id)
        lines = summary(order, rows)
        who = Principal(
            organisation=organisation_of(organisation),
            key_id=order.key_id,
            sandbox=order.sandbox,
            purpose="transactional",
            user_id=order.owner_id,
        )
        if report["emails"]:
            await self._mail_to(connection, who, order, report["emails"], "\n".join(lines) + "\n", _table(rows, zone))
        if report["numbers"]:
            try:
                async with connection.transaction():
                    await self._text_to(connection, who, report["numbers"], "; ".join(lines))
            except InvalidRequest as error:
                log.warning("the report of order %s is not sent by text: %s", order.id, error)
        await connection.execute(SQL["report_sent"], organisation_id, order.id)

    async def _mail_to(
        self, connection: Connection, who: Principal, order: Order, emails: Sequence[str], text: str, table: bytes
    ) -> None:
        owners = await connection.fetch(SQL["owners_of_organisation"], who.organisation.id)
        to = dict.fromkeys([*emails, *(row["email"] for row in owners)])
        subject = f"Report: {order.name or order.number}"
        if who.sandbox:
            # a sandbox key reaches nobody: the mails lie in the lab's mailbox
            new = [
                NewMessage(
                    channel="email",
                    to_address=address.lower(),
                    from_address=_SANDBOX_SENDER,
                    content={"subject": "{subject}", "text": "{text}"},
                    variables={"subject": subject, "text": text},
                    own_text=True,
                )
                for address in emails
            ]
            await self._messages.create(who, new, connection=connection)
        elif self._mail.delivers:
            for address in to:
                await self._mail.bring_report(connection, address, subject, text, table)
        else:
            log.warning("the report of order %s is not mailed: CALLWRIGHT_MAIL_FROM is not set", order.id)

    async def _text_to(self, connection: Connection, who: Principal, numbers: Sequence[str], text: str) -> None:
        usable = await self._senders.usable(who.organisation.id, "sms")
        sender = choose_text_sender(who, usable, None)
        cut = render("{text}", {"text": text}, plain=True)
        new = [
            NewMessage(
                channel="sms",
                to_address=number,
                from_address=sender,
                content={"text": text},
                text=cut.text,
                parts=cut.parts,
                encoding=cut.encoding,
                own_text=True,
            )
            for number in numbers
        ]
        await self._messages.create(who, new, connection=connection)


def summary(order: Order, rows: Sequence[Row]) -> list[str]:
    """Return in a few lines what came of an order: how many, and how many of each status."""
    lines = [f"{order.name or 'Request'} ({order.number}): {len(rows)} {'person' if len(rows) == 1 else 'people'}"]
    for column, title in (("call_status", "calls"), ("text_status", "texts")):
        counts = Counter(row[column] for row in rows if row[column] is not None)
        if counts:
            lines.append(f"{title}: " + ", ".join(f"{counts[status]} {status}" for status in sorted(counts)))
    refused = sum(row["call_status"] is None and row["text_status"] is None for row in rows)
    if refused:
        lines.append(f"{refused} not reached: no number that can be")
    return lines


def _table(rows: Sequence[Row], zone: ZoneInfo) -> bytes:
    """Return a line for each person as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS.values())
    for row in rows:
        values = {name: row[name] for name in _COLUMNS}
        if values["ended_at"] is not None:
            values["ended_at"] = values["ended_at"].astimezone(zone).isoformat(timespec="seconds")
        writer.writerow([cell(value) for value in values.values()])
    return out.getvalue().encode()
