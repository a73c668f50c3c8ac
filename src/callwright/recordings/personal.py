"""What recordings hold about a person: their voice, and what they said."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from callwright.clock import Clock
from callwright.contacts.personal import HistoryItem, Person
from callwright.errors import Conflict
from callwright.recordings.ledger import SQL
from callwright.recordings.service import remove
from callwright.store.database import Database

if TYPE_CHECKING:
    from callwright.store.database import Connection


class RecordingTraces:
    """Recordings of calls to and from a person. Registered before the calls, by which they are found."""

    name = "recordings"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def history(
        self, database: Database, person: Person, *, sandbox: bool, before: int | None, limit: int
    ) -> list[HistoryItem]:
        """Return nothing: a recording belongs to its call, which is shown."""
        return []

    async def export(self, connection: Connection, person: Person) -> Any:
        """Return the recordings with their sound (FLAC, base64) and what was understood of it."""
        found = []
        for row in await self._rows(connection, person):
            pieces = await connection.fetch(SQL["pieces"], row["id"])
            audio = base64.b64encode(b"".join(piece["data"] for piece in pieces)).decode() if pieces else None
            found.append({**row["recording"], "audio_flac_base64": audio})
        return found

    async def erase(self, connection: Connection, person: Person) -> int:
        """Delete sound and transcripts. Raises ``Conflict`` while the person is being recorded."""
        rows = [row for row in await self._rows(connection, person) if row["state"] != "deleted"]
        for row in rows:
            if row["state"] == "recording" and await connection.fetchval(SQL["is_in_the_air"], row["id"]):
                raise Conflict(f"the recording {row['id']} of this person is in the air; erase when the call has ended")
        for row in rows:
            # the node that has files of it finds the row and deletes them
            await remove(connection, row["id"], "the person was erased", clock=self._clock)
        return len(rows)

    async def _rows(self, connection: Connection, person: Person) -> list[Any]:
        return await connection.fetch(
            SQL["recordings_of_person"], person.organisation_id, list(person.contact_ids), list(person.numbers)
        )
