"""Files of audio in the database, in pieces: whatever machine converts or plays one reads it from there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)
#: Bytes of a piece: what is held in memory at once.
PIECE = 1 << 20

Kind = Literal["source", "flac", "mp3"]


async def put(connection: Connection, organisation_id: str, digest: bytes, kind: Kind, path: Path) -> None:
    """Store a file in the caller's transaction, unless it is there: equal hashes are equal files."""
    if await connection.fetchval(SQL["has_file"], organisation_id, digest, kind):
        return
    with path.open("rb") as file:
        ordinal = 0
        while data := await asyncio.to_thread(file.read, PIECE):
            await connection.execute(SQL["put_piece"], organisation_id, digest, kind, ordinal, data)
            ordinal += 1


async def copy(database: Database, organisation_id: str, digest: bytes, kind: Kind, to: IO[bytes]) -> bool:
    """Write a stored file to ``to``; returns whether there is one."""
    ordinal = 0
    while True:
        data = await database.fetchval(SQL["get_piece"], organisation_id, digest, kind, ordinal)
        if data is None:
            return ordinal > 0
        await asyncio.to_thread(to.write, data)
        ordinal += 1
