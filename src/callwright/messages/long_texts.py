"""Parts of long texts, kept until the others are there: a centre is told that we have a part when it is committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Database, Row

SQL = statements(__package__, "inbound.sql")

#: What is incomplete after so long is given out as it is.
PATIENCE = timedelta(minutes=5)
#: So long a part that comes a second time is known.
REMEMBERED = timedelta(minutes=30)
_SWEEP = 100


@dataclass(frozen=True, kw_only=True)
class TextPart:
    """A part of a text, as its route brought it."""

    sender: str
    recipient: str
    data: bytes
    data_coding: int
    #: Octets of the header before the data, and the shift table that it names.
    header: int
    single_shift: int
    reference: int
    total: int
    #: From 1.
    number: int

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What all parts of one text have in common, on a route."""
        return self.sender, self.recipient, self.reference, self.total


async def add_part(connection: Connection, route_id: str, part: TextPart) -> Sequence[TextPart] | None:
    """Keep a part in the caller's transaction; return all of its text when it was the last one missing.

    The same part again has no effect. Another one under the same number begins a new text: references are used again.
    Call ``text_is_made`` with what is returned.
    """
    await connection.execute(SQL["lock_parts"], route_id, part.sender, part.recipient)
    rows = await connection.fetch(SQL["parts_of_text"], route_id, *part.key)
    known = next((row for row in rows if row["part"] == part.number), None)
    made = bool(rows) and rows[0]["message_id"] is not None
    if known is not None and bytes(known["data"]) == part.data:
        return None
    if known is not None or made:
        await connection.execute(SQL["forget_text"], route_id, *part.key)
        rows = []
    await connection.execute(
        SQL["keep_part"],
        *(route_id, *part.key, part.number),
        *(part.data, part.data_coding, part.header, part.single_shift),
    )
    if len(rows) + 1 < part.total:
        return None
    return sorted([*(_part(row) for row in rows), part], key=lambda each: each.number)


async def text_is_made(connection: Connection, route_id: str, part: TextPart, message_id: str) -> None:
    """Remember which message the parts became."""
    await connection.execute(SQL["text_is_made"], route_id, *part.key, message_id)


async def given_up(database: Database) -> list[tuple[str, TextPart]]:
    """Return one part, with its route, of each text whose other parts did not come in time."""
    rows = await database.fetch(SQL["texts_given_up"], PATIENCE, _SWEEP)
    found = []
    for row in rows:
        parts = await database.fetch(SQL["parts_of_text"], *row.values())
        if parts and parts[0]["message_id"] is None:
            found.append((str(row["route_id"]), _part(parts[0])))
    return found


async def take_incomplete(connection: Connection, route_id: str, part: TextPart) -> Sequence[TextPart]:
    """Return what there is of a text that is given up, in the caller's transaction; nothing when it is whole by now."""
    await connection.execute(SQL["lock_parts"], route_id, part.sender, part.recipient)
    rows = await connection.fetch(SQL["parts_of_text"], route_id, *part.key)
    return [_part(row) for row in rows if row["message_id"] is None]


async def forget_parts(database: Database) -> None:
    """Forget parts of texts that were made some time ago."""
    await database.execute(SQL["forget_parts"], REMEMBERED)


def _part(row: Row) -> TextPart:
    return TextPart(
        sender=row["sender"],
        recipient=row["recipient"],
        data=bytes(row["data"]),
        data_coding=row["data_coding"],
        header=row["header"],
        single_shift=row["single_shift"],
        reference=row["reference"],
        total=row["total"],
        number=row["part"],
    )
