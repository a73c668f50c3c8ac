"""Groups: people put together by hand or by an import."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import asyncpg

from callwright.accounts.models import Principal
from callwright.contacts.models import Group
from callwright.contacts.sandbox import protect
from callwright.contacts.values import wrong
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "groups.sql")
#: Contacts that one request adds or removes.
MAX_MEMBERS = 10_000
MAX_NAME = 200


async def get_group(connection: Connection | Database, principal: Principal, group_id: str) -> Group:
    """Return a group. Raises ``NotFound``."""
    row = await connection.fetchrow(SQL["get_group"], principal.organisation.id, principal.fence, group_id)
    if row is None:
        raise NotFound(f"there is no group {group_id!r}")
    return _group(row)


class GroupService:
    """Groups of an organisation and who is in them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, connection: Connection, principal: Principal, name: str, description: str = "") -> Group:
        """Make an empty group in the caller's transaction. Raises ``Conflict`` when the name is taken."""
        group_id = new_id("grp")
        try:
            async with connection.transaction():
                await connection.execute(
                    SQL["insert_group"],
                    group_id,
                    principal.organisation.id,
                    principal.user_id,
                    checked_name(name),
                    description,
                    principal.sandbox,
                )
        except asyncpg.UniqueViolationError:
            raise Conflict(f"name: there is a group {name!r} already") from None
        return await get_group(connection, principal, group_id)

    async def update(
        self,
        connection: Connection,
        principal: Principal,
        group_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
    ) -> Group:
        """Change what is given. Raises ``NotFound`` and ``Conflict``."""
        await protect(connection, principal, "group", [group_id])
        try:
            async with connection.transaction():
                await connection.execute(
                    SQL["update_group"],
                    principal.organisation.id,
                    principal.fence,
                    group_id,
                    None if name is None else checked_name(name),
                    description,
                )
        except asyncpg.UniqueViolationError:
            raise Conflict(f"name: there is a group {name!r} already") from None
        return await get_group(connection, principal, group_id)

    async def get(self, principal: Principal, group_id: str) -> Group:
        """Return a group. Raises ``NotFound``."""
        return await get_group(self._database, principal, group_id)

    async def by_number(self, principal: Principal, numbers: Collection[int]) -> Mapping[int, Group]:
        """Return those groups that there are, by ``number``."""
        if not numbers:
            return {}
        rows = await self._database.fetch(
            SQL["groups_by_number"], principal.organisation.id, principal.fence, sorted(set(numbers))
        )
        return {row["number"]: _group(row) for row in rows}

    async def empty(self, connection: Connection, principal: Principal, group_id: str) -> Group:
        """Take everybody out of a group. Raises ``NotFound``."""
        await get_group(connection, principal, group_id)
        await protect(connection, principal, "group", [group_id])
        await connection.execute(SQL["empty_group"], principal.organisation.id, principal.fence, group_id)
        return await get_group(connection, principal, group_id)

    async def page(
        self, principal: Principal, *, limit: int, before: int | None, name: str | None = None
    ) -> list[Group]:
        """Return up to ``limit`` groups, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_groups"], principal.organisation.id, principal.fence, before, limit, name
        )
        return [_group(row) for row in rows]

    async def delete(self, connection: Connection, principal: Principal, group_id: str) -> None:
        """Delete a group; the people stay. Raises ``NotFound``."""
        await protect(connection, principal, "group", [group_id])
        gone = await connection.fetchval(SQL["delete_group"], principal.organisation.id, principal.fence, group_id)
        if gone is None:
            raise NotFound(f"there is no group {group_id!r}")

    async def add(
        self, connection: Connection, principal: Principal, group_id: str, contact_ids: Sequence[str]
    ) -> tuple[Group, int]:
        """Put people into a group; returns it and how many are new to it.

        Raises ``NotFound``, and ``InvalidRequest`` when one of the ids is nobody's; then nothing is changed.
        """
        await get_group(connection, principal, group_id)
        await protect(connection, principal, "group", [group_id])
        row = await connection.fetchrow(
            SQL["add_members"], principal.organisation.id, principal.fence, group_id, list(contact_ids)
        )
        assert row is not None  # noqa: S101  (an aggregate always has a row)
        known = set(row["known"])
        missing = [
            FieldError(field=f"contact_ids[{index}]", message="there is no such contact", received=contact_id)
            for index, contact_id in enumerate(contact_ids)
            if contact_id not in known
        ]
        if missing:
            raise InvalidRequest(missing)
        return await get_group(connection, principal, group_id), row["added"]

    async def remove(
        self, connection: Connection, principal: Principal, group_id: str, contact_ids: Sequence[str]
    ) -> tuple[Group, int]:
        """Take people out of a group; returns it and how many were in it. Raises ``NotFound``."""
        await get_group(connection, principal, group_id)
        await protect(connection, principal, "group", [group_id])
        tag = await connection.execute(
            SQL["remove_members"], principal.organisation.id, principal.fence, group_id, list(contact_ids)
        )
        return await get_group(connection, principal, group_id), int(tag.rpartition(" ")[2])

    async def of_contact(self, principal: Principal, contact_id: str) -> list[tuple[str, str]]:
        """Return the groups that somebody is in, by id and name."""
        rows = await self._database.fetch(
            SQL["groups_of_contact"], principal.organisation.id, contact_id, principal.fence
        )
        return [(row["id"], row["name"]) for row in rows]


def checked_name(name: str) -> str:
    """Return a name without blanks around it; raises ``InvalidRequest``."""
    text = name.strip()
    if not text or len(text) > MAX_NAME:
        raise wrong("name", f"must have 1 to {MAX_NAME} characters", name[:80])
    return text


def _group(row: Row) -> Group:
    return Group(
        id=row["id"],
        number=row["number"],
        organisation_id=row["organisation_id"],
        owner_id=row["owner_id"],
        name=row["name"],
        description=row["description"],
        members=row["members"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
