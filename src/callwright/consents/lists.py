"""Do-not-call lists: several an organisation has, each with its own reach."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from callwright.accounts.audit import record
from callwright.accounts.models import Actor
from callwright.clock import Clock
from callwright.consents.files import NumberFile
from callwright.consents.models import DncEntry, DncList, ListImport, NewList
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__, "lists.sql")

MAX_NAME = 100
MAX_DAYS = 36_500
#: A file of which more than this part holds no numbers is the wrong file.
_MOST_REFUSED = 0.5


class DncLists:
    """The only writer of do-not-call lists and their entries; the facts of a decision read them in SQL."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(self, connection: Connection, who: Actor, new: NewList) -> DncList:
        """Make a list in the caller's transaction. Raises ``Conflict`` when there is one of this name."""
        binds = new.binds or ("marketing" if new.kind == "national" else "all")
        row = await connection.fetchrow(
            SQL["insert_list"],
            new_id("dnl"),
            who.organisation_id,
            who.user_id,
            new.name,
            new.kind,
            binds,
            new.everywhere,
            new.expires_after_days,
        )
        if row is None:
            raise Conflict(f"there is a do-not-call list named {new.name!r} already")
        made = _list(row)
        after = {"name": made.name, "kind": made.kind, "binds": made.binds, "everywhere": made.everywhere}
        await record(connection, who, "do_not_call.created", made.id, None, after)
        return made

    async def page(self, organisation_id: str, *, limit: int = 200, before: int | None = None) -> list[DncList]:
        """Return lists, newest first, with a ``number`` below ``before``."""
        return [_list(row) for row in await self._database.fetch(SQL["page_of_lists"], organisation_id, before, limit)]

    async def get(self, organisation_id: str, reference: str) -> DncList:
        """Return a list by its id or its name. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_list"], organisation_id, reference)
        return _list(_there(row, reference))

    async def count(self, organisation_id: str, list_id: str) -> int:
        """Return how many numbers a list has now."""
        counted: int = await self._database.fetchval(SQL["count_entries"], organisation_id, list_id)
        return counted

    async def entries(
        self, organisation_id: str, list_id: str, *, e164: str | None = None, after: str | None = None, limit: int = 200
    ) -> list[DncEntry]:
        """Return numbers of a list that still bind, in their order, after ``after``; or the one that is asked for."""
        rows = await self._database.fetch(SQL["page_of_entries"], organisation_id, list_id, e164, after, limit)
        return [DncEntry(e164=row["e164"], expires_at=row["expires_at"]) for row in rows]

    async def add(
        self,
        connection: Connection,
        who: Actor,
        list_id: str,
        numbers: Collection[str],
        *,
        expires_at: datetime | None = None,
    ) -> int:
        """Enter numbers; returns how many were new or bind longer now. Raises ``NotFound``."""
        found = await self._lock(connection, who.organisation_id, list_id)
        ends = expires_at or self._end_of(found)
        rows = await connection.fetch(SQL["add_entries"], found.generation, list(numbers), ends)
        await record(connection, who, "do_not_call.entered", found.id, None, {"numbers": len(rows)})
        return len(rows)

    async def remove(self, connection: Connection, who: Actor, list_id: str, e164: str) -> None:
        """Take a number off a list. Raises ``NotFound`` when it is not on it."""
        found = await self._lock(connection, who.organisation_id, list_id)
        if await connection.fetchrow(SQL["remove_entry"], found.generation, e164) is None:
            raise NotFound(f"{e164} is not on the list {found.name!r}")
        await record(connection, who, "do_not_call.removed", found.id, {"e164": e164}, None)

    async def delete(self, connection: Connection, who: Actor, list_id: str) -> None:
        """Delete a list with its numbers. Raises ``NotFound``."""
        found = await self._lock(connection, who.organisation_id, list_id)
        await connection.execute(SQL["no_time_limit"])
        await connection.execute(SQL["delete_list"], who.organisation_id, list_id)
        await connection.execute(SQL["delete_generation"], found.generation)
        await record(connection, who, "do_not_call.deleted", found.id, {"name": found.name}, None)

    async def take_in(
        self, connection: Connection, who: Actor, list_id: str, path: Path, *, region: str, replace: bool
    ) -> ListImport:
        """Take a file of numbers in, in the caller's transaction: all of its numbers bind from the commit on.

        With ``replace`` the list has then exactly these. Raises ``NotFound``, and ``InvalidRequest`` for a file that
        is none of numbers: then nothing was changed.
        """
        found = await self._lock(connection, who.organisation_id, list_id)
        await connection.execute(SQL["no_time_limit"])
        await connection.execute(SQL["make_waiting_room"])
        file = NumberFile(path, region=region)
        await connection.copy_records_to_table("dnc_import", records=file.records(), columns=["e164"])
        if file.read == 0 or file.refused > _MOST_REFUSED * (file.read + file.refused):
            raise _not_numbers(file)
        generation = found.generation
        if replace:
            generation = await connection.fetchval(SQL["next_generation"], who.organisation_id, list_id)
            await connection.execute(SQL["delete_generation"], found.generation)
        added: int = await connection.fetchval(SQL["take_in"], generation, self._end_of(found))
        await connection.execute(SQL["mark_imported"], who.organisation_id, list_id)
        # else the next claims would be planned for the table as it was
        await connection.execute(SQL["analyse"])
        entries: int = await connection.fetchval(SQL["count_entries"], who.organisation_id, list_id)
        after = {"replace": replace, "read": file.read, "added": added, "refused": file.refused, "entries": entries}
        await record(connection, who, "do_not_call.imported", found.id, None, after)
        return ListImport(read=file.read, added=added, refused=file.refused, errors=tuple(file.errors), entries=entries)

    async def _lock(self, connection: Connection, organisation_id: str, list_id: str) -> DncList:
        row = await connection.fetchrow(SQL["lock_list"], organisation_id, list_id)
        return _list(_there(row, list_id))

    def _end_of(self, found: DncList) -> datetime | None:
        days = found.expires_after_days
        return None if days is None else self._clock.now() + timedelta(days=days)


def check_new(new: NewList) -> NewList:
    """Return a list to be made. Raises ``InvalidRequest`` that names every wrong field."""
    errors = list(_faults(new))
    if errors:
        raise InvalidRequest(errors)
    return new


def _faults(new: NewList) -> Iterable[FieldError]:
    if not new.name.strip() or len(new.name) > MAX_NAME:
        yield FieldError(field="name", message=f"must have 1 to {MAX_NAME} characters", received=new.name[:MAX_NAME])
    days = new.expires_after_days
    if days is not None and not 1 <= days <= MAX_DAYS:
        yield FieldError(field="expires_after_days", message=f"must be 1 to {MAX_DAYS}", received=days)


def _not_numbers(file: NumberFile) -> InvalidRequest:
    if not file.errors:
        return InvalidRequest([FieldError(field="file", message="holds no telephone numbers")])
    first = file.errors[0]
    message = (
        f"{file.refused} of {file.read + file.refused} lines hold no telephone number, so nothing was taken in; "
        f"the first is line {first.line}: {first.reason}"
    )
    return InvalidRequest([FieldError(field="file", message=message, received=first.value)])


def _list(row: Row) -> DncList:
    return DncList(**{name: row[name] for name in DncList.__dataclass_fields__})


def _there(row: Row | None, reference: str) -> Row:
    if row is None:
        raise NotFound(f"there is no do-not-call list {reference[:60]!r}")
    return row
