"""Everything that is held about one person: shown as a history, handed out, erased.

This package knows people; what else holds traces of them (calls, messages, recordings) registers a ``Traces``.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from callwright.accounts.models import Principal
from callwright.contacts.exporting import as_json
from callwright.contacts.files import holds_trace, trace_pattern
from callwright.contacts.groups import SQL as GROUPS
from callwright.contacts.merging import SQL
from callwright.contacts.models import Contact
from callwright.contacts.service import get_contact, lock_contact
from callwright.errors import Conflict
from callwright.store.database import Database

if TYPE_CHECKING:
    from callwright.store.database import Connection

#: Telephone numbers are written in many ways; their last digits are the same in all of them.
_TRACE_DIGITS = 9


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who it is about."""

    organisation_id: str
    #: Of a subuser: only what it owns is shown. Nobody behind a fence erases.
    fence: str | None
    #: The contact's id and the ids that were merged into it.
    contact_ids: tuple[str, ...]
    #: E.164.
    numbers: tuple[str, ...]
    emails: tuple[str, ...]
    #: What stands for each number and address once the person is erased.
    tokens: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class HistoryItem:
    """One thing that was sent to a person, or came from them."""

    #: From the one sequence of all objects, so that items of all kinds have one order.
    number: int
    #: ``call``; later ``sms``, ``email``.
    kind: str
    id: str
    direction: str
    #: The person's number or address.
    address: str
    status: str
    at: datetime
    detail: Mapping[str, Any]


class Traces(Protocol):
    """What one package holds about people."""

    #: Such as ``calls``; the name of the part in an export.
    name: str

    async def history(
        self, database: Database, person: Person, *, sandbox: bool, before: int | None, limit: int
    ) -> list[HistoryItem]:
        """Return up to ``limit`` items, newest first, with a ``number`` below ``before``."""
        ...

    async def export(self, connection: Connection, person: Person) -> Any:
        """Return everything, as JSON."""
        ...

    async def erase(self, connection: Connection, person: Person) -> int:
        """Remove what tells who it was; returns how many things were touched. Raises ``Conflict`` when not now."""
        ...


class PersonalData:
    """History, export and erasure over all registered traces."""

    def __init__(self, database: Database, *, folder: Path, traces: Sequence[Traces]) -> None:
        self._database = database
        self._folder = folder
        self._traces = traces

    async def history(
        self, principal: Principal, contact_id: str, *, before: int | None, limit: int
    ) -> list[HistoryItem]:
        """Return what was ever sent to a person, newest first, with a ``number`` below ``before``."""
        person, _ = await self._person(self._database, principal, contact_id)
        parts = [
            await traces.history(self._database, person, sandbox=principal.sandbox, before=before, limit=limit)
            for traces in self._traces
        ]
        return list(heapq.merge(*parts, key=lambda item: -item.number))[:limit]

    async def export(self, connection: Connection, principal: Principal, contact_id: str) -> dict[str, Any]:
        """Return everything that is held about a person, as JSON."""
        person, contact = await self._person(connection, principal, contact_id)
        addresses = [*person.numbers, *person.emails]
        groups = await connection.fetch(
            GROUPS["groups_of_contact"], person.organisation_id, contact.id, principal.fence
        )
        suppressions = await connection.fetch(SQL["suppressions_of"], person.organisation_id, addresses)
        imports = await connection.fetch(SQL["imports_of"], person.organisation_id, list(person.contact_ids))
        return {
            "contact": as_json(contact),
            "merged_contact_ids": list(person.contact_ids[1:]),
            "groups": [{"group_id": row["id"], "name": row["name"]} for row in groups],
            "suppressions": [row["entry"] for row in suppressions],
            "import_ids": [row["import_id"] for row in imports],
            **{traces.name: await traces.export(connection, person) for traces in self._traces},
        }

    async def erase(self, connection: Connection, principal: Principal, contact_id: str) -> dict[str, int]:
        """Erase a person in the caller's transaction; returns what was touched, by part.

        What a person asked for stays as a salted hash, so that they are still never called. Raises ``NotFound``, and
        ``Conflict`` while a call to them is in the air or a file that names them is being imported.
        """
        await lock_contact(connection, principal, contact_id)
        person, _ = await self._person(connection, principal, contact_id)
        organisation_id = person.organisation_id
        await self._drop_files(connection, person)
        touched = {traces.name: await traces.erase(connection, person) for traces in self._traces}
        addresses = [*person.numbers, *person.emails]
        shared = {
            row["address"]
            for row in await connection.fetch(
                SQL["shared_addresses"], organisation_id, addresses, list(person.contact_ids)
            )
        }
        own = [address for address in addresses if address not in shared]
        kept = await connection.execute(SQL["keep_suppressions"], organisation_id, own)
        traces_of = _traces_of(person)
        errors = await connection.execute(SQL["erase_import_errors"], organisation_id, traces_of, list(addresses))
        await connection.execute(SQL["erasing_on"])
        await connection.execute(SQL["erase_audit"], organisation_id, own)
        await connection.execute(SQL["erasing_off"])
        await connection.execute(SQL["erase_answers"], organisation_id, [*addresses, *person.contact_ids])
        await connection.execute(SQL["erase_refusals"], organisation_id, _traces_of(person))
        await connection.execute(SQL["delete_people"], organisation_id, list(person.contact_ids))
        return {
            **touched,
            "contacts": len(person.contact_ids),
            "suppressions_kept": _count(kept),
            "import_errors": _count(errors),
        }

    async def _person(
        self, connection: Connection | Database, principal: Principal, contact_id: str
    ) -> tuple[Person, Contact]:
        contact = await get_contact(connection, principal, contact_id)
        organisation_id = principal.organisation.id
        lost = await connection.fetch(SQL["lost_ones"], organisation_id, contact.id)
        numbers = tuple(number.e164 for number in contact.numbers)
        emails = tuple(email.address for email in contact.emails)
        tokens = await connection.fetch(SQL["tokens"], organisation_id, [*numbers, *emails])
        person = Person(
            organisation_id=organisation_id,
            fence=principal.fence,
            contact_ids=(contact.id, *(row["id"] for row in lost)),
            numbers=numbers,
            emails=emails,
            tokens={row["address"]: row["token"] for row in tokens},
        )
        return person, contact

    async def _drop_files(self, connection: Connection, person: Person) -> None:
        """Delete uploads that name the person; refuse while one of them is being taken in."""
        pattern = trace_pattern(_traces_of(person))
        for row in await connection.fetch(SQL["waiting_files"], person.organisation_id):
            path = self._folder / f"{row['id']}.csv"
            if pattern is None or not await holds_trace(path, pattern):
                continue
            if row["state"] != "uploaded":
                raise Conflict(f"the import {row['id']} names this person; erase when it has ended")
            await connection.execute(SQL["drop_file"], person.organisation_id, row["id"])
            path.unlink(missing_ok=True)


def _traces_of(person: Person) -> list[str]:
    """Return what tells the person in a text, in lower case: addresses, and the last digits of numbers."""
    digits = [number.removeprefix("+")[-_TRACE_DIGITS:] for number in person.numbers]
    return [*person.emails, *digits]


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
