"""What consents hold about a person: exported, and erased down to what still protects them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callwright.consents.records import SQL
from callwright.contacts.personal import HistoryItem, Person
from callwright.store.database import Database

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row


class ConsentTraces:
    """Consents, as one of the things that are held about people."""

    name = "consents"

    async def history(
        self, database: Database, person: Person, *, sandbox: bool, before: int | None, limit: int
    ) -> list[HistoryItem]:
        """Return nothing: a consent was not sent to anybody."""
        return []

    async def export(self, connection: Connection, person: Person) -> Any:
        """Return every record, as JSON."""
        return [dict(row) for row in await self._found(connection, person)]

    async def erase(self, connection: Connection, person: Person) -> int:
        """Replace the addresses by tokens and empty what was said.

        A withdrawal comes back when the organisation itself names the number again, as opt-outs do.
        """
        rows = await self._found(connection, person)
        await connection.execute(SQL["erase_consents"], person.organisation_id, [row["id"] for row in rows])
        addresses = [*person.numbers, *person.emails]
        await connection.execute(SQL["erase_optout_events"], person.organisation_id, addresses)
        return len(rows)

    async def _found(self, connection: Connection, person: Person) -> list[Row]:
        return await connection.fetch(
            SQL["consents_of_person"],
            person.organisation_id,
            list(person.contact_ids),
            [*person.numbers, *person.emails],
        )
