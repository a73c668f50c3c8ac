"""Contacts as a file: CSV that an import reads back, or JSON lines. Rows come from a cursor of the server."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson

from callwright.accounts.models import Principal
from callwright.contacts.definitions import own_kinds
from callwright.contacts.filters.types import BUILT_IN, Kind
from callwright.contacts.models import TEXT_FIELDS, Contact, ContactFilter
from callwright.contacts.reading import SQL, contact_of, filtered
from callwright.contacts.searching import search_condition
from callwright.store.database import Database

#: Rows that are fetched, and sent, at a time.
_CHUNK = 500
#: A spreadsheet takes cells that begin so for formulas, and some of them act (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: Any) -> str:
    """Return the text of a cell, with an apostrophe before what a spreadsheet would take for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        # a negative number is no formula
        return repr(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def uncell(text: str) -> str:
    """Return what ``cell`` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def csv_line(cells: Sequence[str]) -> bytes:
    """Return one line of CSV (RFC 4180) in UTF-8."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def as_json(contact: Contact) -> dict[str, Any]:
    """Return everything of a contact as JSON."""
    return {
        "contact_id": contact.id,
        "number": contact.number,
        **contact.texts,
        "tags": list(contact.tags),
        "fields": dict(contact.fields),
        "numbers": [{"number": n.e164, "type": n.type, "label": n.label} for n in contact.numbers],
        "emails": [{"address": e.address, "type": e.type, "label": e.label} for e in contact.emails],
        "opted_out": {address: sorted(channels) for address, channels in sorted(contact.opted_out.items())},
        "created_at": contact.created_at.isoformat(),
        "updated_at": contact.updated_at.isoformat(),
    }


class ContactExport:
    """Streams contacts out of the database; memory does not grow with their number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def json_lines(self, principal: Principal, narrowed: ContactFilter) -> AsyncIterator[bytes]:
        """Yield contacts as JSON lines, newest first."""
        own = await own_kinds(self._database, principal.organisation.id)
        async for contacts in self._chunks(principal, narrowed, own):
            yield b"".join(orjson.dumps(as_json(contact)) + b"\n" for contact in contacts)

    async def csv(self, principal: Principal, narrowed: ContactFilter) -> AsyncIterator[bytes]:
        """Yield contacts as CSV with a header, newest first; columns have the names that an import knows."""
        organisation_id = principal.organisation.id
        own = await own_kinds(self._database, organisation_id)
        row = await self._database.fetchrow(SQL["widest_contact"], organisation_id, principal.fence)
        numbers, emails = (row["numbers"], row["emails"]) if row is not None else (1, 1)
        yield csv_line(
            [
                "contact_id",
                *TEXT_FIELDS,
                "tags",
                *(name for n in range(1, numbers + 1) for name in (f"number_{n}", f"number_{n}_type")),
                *(f"email_{n}" for n in range(1, emails + 1)),
                *own,
                "created_at",
            ]
        )
        async for contacts in self._chunks(principal, narrowed, own):
            yield b"".join(_line(contact, numbers, emails, own) for contact in contacts)

    async def _chunks(
        self, principal: Principal, narrowed: ContactFilter, own: Mapping[str, Kind]
    ) -> AsyncIterator[list[Contact]]:
        more, args = search_condition(narrowed, first=5)
        sql, filter_args = filtered(
            SQL["page_of_contacts"], narrowed.expression, {**own, **BUILT_IN}, first=5 + len(args), more=more
        )
        async with self._database.transaction() as connection:
            # no limit: the cursor fetches as much as the client reads
            cursor = await connection.cursor(
                sql, principal.organisation.id, principal.fence, None, None, *args, *filter_args
            )
            while rows := await cursor.fetch(_CHUNK):
                yield [contact_of(row) for row in rows]


def _line(contact: Contact, numbers: int, emails: int, own: Mapping[str, Kind]) -> bytes:
    cells: list[Any] = [contact.id, *contact.texts.values(), ";".join(contact.tags)]
    for index in range(numbers):
        number = contact.numbers[index] if index < len(contact.numbers) else None
        cells += ["", ""] if number is None else [number.e164, number.type]
    for index in range(emails):
        cells.append(contact.emails[index].address if index < len(contact.emails) else "")
    cells += [contact.fields.get(name) for name in own]
    cells.append(contact.created_at.isoformat())
    return csv_line([cell(value) for value in cells])
