"""Calls to extensions that are due: they take a call of the organisation, but no trunk and none of its slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from callwright.store.database import Connection
from callwright.store.statements import statements

SQL = statements(__package__, "extension_claims.sql")

Rows = list[dict[str, Any]]


async def extensions_due(
    connection: Connection, rooms: Sequence[Mapping[str, Any]], *, most: int
) -> tuple[Rows, Sequence[Mapping[str, Any]]]:
    """Return the calls to extensions and what room they leave; ``most`` calls an organisation.

    ``rooms`` have ``organisation_id`` and ``free``; they come back without those that are full.
    """
    due = await connection.fetch(
        SQL["pick_extension_calls"],
        [room["organisation_id"] for room in rooms],
        [min(room["free"], most) for room in rooms],
    )
    if not due:
        return [], rooms
    taken = Counter(row["organisation_id"] for row in due)
    left = [{**room, "free": room["free"] - taken[room["organisation_id"]]} for room in rooms]
    return [{**row, "trunk_id": None, "trunk": None} for row in due], [room for room in left if room["free"] > 0]
