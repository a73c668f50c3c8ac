"""People who are named by a telephone number: found, or added, many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

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


class Known(NamedTuple):
    """A person who is known now."""

    id: str
    #: What dialects call them by.
    number: int


class KnownPeople:
    """Makes sure that an organisation knows whom it calls, for programs that say only number and name."""

    def __init__(self, database: Database, groups: GroupService) -> None:
        self._database = database
        self._groups = groups

    async def ensure(
        self, connection: Connection, principal: Principal, named: Sequence[tuple[str, str]]
    ) -> Mapping[str, Known]:
        """Find or add the people with these numbers (E.164) and names, in the caller's transaction; by number.

        Who is known without a name gets it; who has one keeps it. Of several names of one number the first counts.
        """
        names: dict[str, str] = {}
        for number, name in named:
            names[number] = names.get(number) or " ".join(name.split())
        if not names:
            return {}
        organisation_id, sandbox = principal.organisation.id, principal.sandbox
        # in one order, so that two requests do not wait for each other
        people = [{"id": new_id("con"), "e164": number} | _named(names[number]) for number in sorted(names)]
        rows = await connection.fetch(
            SQL["known_people"], organisation_id, principal.fence, principal.user_id, sandbox, people
        )
        nameless = [
            {"id": row["id"]} | _named(names[row["e164"]]) for row in rows if row["nameless"] and names[row["e164"]]
        ]
        if nameless:
            await connection.execute(SQL["name_people"], organisation_id, nameless, sandbox)
        return {row["e164"]: Known(row["id"], row["number"]) for row in rows}

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


def _named(name: str) -> dict[str, Any]:
    """Return a name in two parts: the last word is the family's."""
    first, _, last = name.rpartition(" ")
    if not first:
        first, last = last, ""
    longest = TEXT_FIELDS["first_name"]
    return {"first_name": first[:longest] or None, "last_name": last[:longest] or None}
