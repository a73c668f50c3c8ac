"""Segments: saved filters. Who is in one is found out each time, never stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from callwright.accounts.models import Principal
from callwright.contacts.filters.language import Expression, from_json, to_json
from callwright.contacts.groups import SQL, checked_name
from callwright.contacts.models import Segment
from callwright.contacts.sandbox import protect
from callwright.errors import Conflict, NotFound
from callwright.ids import new_id
from callwright.store.database import Database, Row

if TYPE_CHECKING:
    from callwright.store.database import Connection


async def get_segment(connection: Connection | Database, principal: Principal, segment_id: str) -> Segment:
    """Return a segment. Raises ``NotFound``."""
    row = await connection.fetchrow(SQL["get_segment"], principal.organisation.id, principal.fence, segment_id)
    if row is None:
        raise NotFound(f"there is no segment {segment_id!r}")
    return _segment(row)


class SegmentService:
    """Saved filters of an organisation; expressions come in checked (``contacts.service.read_expression``)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, connection: Connection, principal: Principal, name: str, expression: Expression) -> Segment:
        """Save a filter in the caller's transaction. Raises ``Conflict`` when the name is taken."""
        segment_id = new_id("seg")
        try:
            async with connection.transaction():
                await connection.execute(
                    SQL["insert_segment"],
                    segment_id,
                    principal.organisation.id,
                    principal.user_id,
                    checked_name(name),
                    to_json(expression),
                    principal.sandbox,
                )
        except asyncpg.UniqueViolationError:
            raise Conflict(f"name: there is a segment {name!r} already") from None
        return await get_segment(connection, principal, segment_id)

    async def update(
        self,
        connection: Connection,
        principal: Principal,
        segment_id: str,
        *,
        name: str | None = None,
        expression: Expression | None = None,
    ) -> Segment:
        """Change what is given. Raises ``NotFound`` and ``Conflict``."""
        await protect(connection, principal, "segment", [segment_id])
        try:
            async with connection.transaction():
                await connection.execute(
                    SQL["update_segment"],
                    principal.organisation.id,
                    principal.fence,
                    segment_id,
                    None if name is None else checked_name(name),
                    None if expression is None else to_json(expression),
                )
        except asyncpg.UniqueViolationError:
            raise Conflict(f"name: there is a segment {name!r} already") from None
        return await get_segment(connection, principal, segment_id)

    async def get(self, principal: Principal, segment_id: str) -> Segment:
        """Return a segment. Raises ``NotFound``."""
        return await get_segment(self._database, principal, segment_id)

    async def by_number(self, principal: Principal, number: int) -> Segment:
        """Return the segment of a ``number``. Raises ``NotFound``."""
        row = await self._database.fetchrow(
            SQL["segment_by_number"], principal.organisation.id, principal.fence, number
        )
        if row is None:
            raise NotFound(f"there is no segment {number}")
        return _segment(row)

    async def page(self, principal: Principal, *, limit: int, before: int | None) -> list[Segment]:
        """Return up to ``limit`` segments, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_segments"], principal.organisation.id, principal.fence, before, limit
        )
        return [_segment(row) for row in rows]

    async def delete(self, connection: Connection, principal: Principal, segment_id: str) -> None:
        """Delete a segment. Raises ``NotFound``."""
        await protect(connection, principal, "segment", [segment_id])
        gone = await connection.fetchval(SQL["delete_segment"], principal.organisation.id, principal.fence, segment_id)
        if gone is None:
            raise NotFound(f"there is no segment {segment_id!r}")


def _segment(row: Row) -> Segment:
    return Segment(
        id=row["id"],
        number=row["number"],
        organisation_id=row["organisation_id"],
        owner_id=row["owner_id"],
        name=row["name"],
        expression=from_json(row["expression"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
