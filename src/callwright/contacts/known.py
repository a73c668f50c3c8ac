"""People who are named by a telephone number: found, or added, many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.contacts.groups import MAX_NAME, GroupService
from callwright.contacts.models import TEXT_FIELDS
from callwright.errors import Conflict
from callwright.ids import new_id
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "known.sql")
#: More would fill PostgreSQL's table of locks.
_HELD_ONE_BY_ONE = 20


class KnownPeople:
    """Makes sure that an organisation knows whom it calls, for programs that say only number and name."""

    def __init__(self, database: Database, groups: GroupService) -> None:
        self._database = database
        self._groups = groups

    async def ensure(
        self, connection: Connection, principal: Principal, named: Sequence[tuple[str, str]]
    ) -> Mapping[str, str]:
        """Find or add the people with these numbers (E.164) and names, in the caller's transaction; returns ids.

        Who is known without a name gets it; who has one keeps it. Of several names of one number the first counts.
        """
        names: dict[str, str] = {}
        for number, name in named:
            names[number] = names.get(number) or " ".join(name.split())
        found = await self._find(connection, principal, names)
        if len(found) < len(names):
            await _hold(connection, principal.organisation.id, sorted(names.keys() - found.keys()))
            found = await self._find(connection, principal, names)
        new = {number: new_id("con") for number in names if number not in found}
        if new:
            people = [{"id": new[number], "e164": number} | _named(names[number]) for number in new]
            fixed = (principal.organisation.id, principal.user_id, people, principal.sandbox)
            await connection.execute(SQL["insert_people"], *fixed)
        nameless = [
            {"id": contact_id} | _named(names[number])
            for number, (contact_id, without) in found.items()
            if without and names[number]
        ]
        if nameless:
            await connection.execute(SQL["name_people"], principal.organisation.id, nameless, principal.sandbox)
        return {number: contact_id for number, (contact_id, _) in found.items()} | new

    async def group(self, principal: Principal, name: str) -> str | None:
        """Return the id of the group of a name, written in the same case or not; ``None``: there is none."""
        found: str | None = await self._database.fetchval(
            SQL["group_by_name"], principal.organisation.id, principal.fence, name.strip()
        )
        return found

    async def ensure_group(
        self, connection: Connection, principal: Principal, name: str, contact_ids: Sequence[str]
    ) -> str:
        """Put people into the group of a name, which is made when there is none; returns its id."""
        name = name.strip()[:MAX_NAME]
        sought = (SQL["group_by_name"], principal.organisation.id, principal.fence, name)
        group_id: str | None = await connection.fetchval(*sought)
        if group_id is None:
            try:
                group_id = (await self._groups.create(connection, principal, name)).id
            except Conflict:
                # somebody made it meanwhile, or it is behind a fence
                group_id = await connection.fetchval(*sought)
                if group_id is None:
                    raise
        await self._groups.add(connection, principal, group_id, list(dict.fromkeys(contact_ids)))
        return group_id

    @staticmethod
    async def _find(
        connection: Connection, principal: Principal, names: Mapping[str, str]
    ) -> dict[str, tuple[str, bool]]:
        rows = await connection.fetch(
            SQL["people_of_numbers"], principal.organisation.id, principal.fence, sorted(names)
        )
        return {row["e164"]: (row["id"], row["nameless"]) for row in rows}


async def _hold(connection: Connection, organisation_id: str, numbers: Sequence[str]) -> None:
    """Let nobody else add these people until the transaction ends."""
    if len(numbers) > _HELD_ONE_BY_ONE:
        await connection.execute(SQL["hold_everybody"], organisation_id)
    else:
        await connection.execute(SQL["hold_people"], organisation_id, list(numbers))


def _named(name: str) -> dict[str, Any]:
    """Return a name in two parts: the last word is the family's."""
    first, _, last = name.rpartition(" ")
    if not first:
        first, last = last, ""
    longest = TEXT_FIELDS["first_name"]
    return {"first_name": first[:longest] or None, "last_name": last[:longest] or None}
