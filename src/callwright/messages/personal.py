"""What messages hold about a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callwright.contacts.personal import HistoryItem, Person
from callwright.errors import Conflict
from callwright.messages.files import bring_octets, files_of, forget_unused
from callwright.messages.service import end_messages
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__, "personal.sql")


class MessageTraces:
    """Texts and emails to and from a person, conversations, and what went on of them to colleagues."""

    name = "messages"

    async def history(
        self, database: Database, person: Person, *, sandbox: bool, before: int | None, limit: int
    ) -> list[HistoryItem]:
        """Return up to ``limit`` messages, newest first, with a ``number`` below ``before``."""
        rows = await database.fetch(
            SQL["history"],
            person.organisation_id,
            person.fence,
            sandbox,
            before,
            list(person.contact_ids),
            [*person.numbers, *person.emails],
            limit,
        )
        return [
            HistoryItem(
                number=row["number"],
                kind=row["channel"],
                id=row["id"],
                direction=row["direction"],
                address=row["address"],
                status=row["status"],
                at=row["created_at"],
                detail={name: row[name] for name in ("campaign_id", "conversation_id", "parts")},
            )
            for row in rows
        ]

    async def export(self, connection: Connection, person: Person) -> Any:
        """Return the messages with everything that is stored of them; a file's octets with the first that has it."""
        rows = await self._locked(connection, person)
        found = await connection.fetch(SQL["everything_of"], person.organisation_id, [row["id"] for row in rows])
        messages = [row["message"] for row in found]
        contents = {message["id"]: message["content"] for message in messages if message["content"]}
        await bring_octets(connection, contents, once=True)
        return messages

    async def erase(self, connection: Connection, person: Person) -> int:
        """Cancel what waits, then replace the person's addresses by tokens and remove what was written.

        Raises ``Conflict`` while a message is being sent.
        """
        rows = await self._locked(connection, person)
        for row in rows:
            if row["status"] == "sending":
                raise Conflict(f"the message {row['id']} to this person is being sent; erase when that is over")
        waiting = [row["id"] for row in rows if row["status"] == "queued"]
        await end_messages(connection, waiting, "cancelled", "the person was erased")
        organisation_id, ids, tokens = person.organisation_id, [row["id"] for row in rows], dict(person.tokens)
        contents = [row["content_id"] for row in rows if row["content_id"] is not None]
        with_files = await connection.fetch(SQL["contents_with_files"], organisation_id, contents)
        await connection.execute(SQL["erase_contents"], organisation_id, ids, contents)
        for statement in ("erase_messages", "erase_verifications", "erase_events", "erase_deliveries"):
            await connection.execute(SQL[statement], organisation_id, ids, tokens)
        for statement in ("erase_decisions", "erase_counts", "erase_pictures"):
            await connection.execute(SQL[statement], organisation_id, ids)
        await connection.execute(SQL["erase_conversations"], organisation_id, tokens)
        await connection.execute(SQL["erase_parts"], organisation_id, list(person.numbers))
        await forget_unused(connection, organisation_id, files_of(row["body"] for row in with_files))
        return len(ids)

    async def _locked(self, connection: Connection, person: Person) -> list[Row]:
        addresses = [*person.numbers, *person.emails]
        return await connection.fetch(
            SQL["lock_messages_of"], person.organisation_id, list(person.contact_ids), addresses
        )
