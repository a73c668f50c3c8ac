"""What calls hold about a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callwright.calls.queries import call_of
from callwright.calls.settlement import finish_call
from callwright.contacts.personal import HistoryItem, Person
from callwright.errors import Conflict
from callwright.messages.files import files_of, forget_unused
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "personal.sql")


class CallTraces:
    """Calls to and from a person, with their attempts, decisions, events and webhooks."""

    name = "calls"

    async def history(
        self, database: Database, person: Person, *, sandbox: bool, before: int | None, limit: int
    ) -> list[HistoryItem]:
        """Return up to ``limit`` calls, newest first, with a ``number`` below ``before``."""
        rows = await database.fetch(
            SQL["history"],
            person.organisation_id,
            person.fence,
            sandbox,
            before,
            list(person.contact_ids),
            list(person.numbers),
            limit,
        )
        return [
            HistoryItem(
                number=row["number"],
                kind="call",
                id=row["id"],
                direction=row["direction"],
                address=row["address"],
                status=row["status"],
                at=row["created_at"],
                detail={
                    "outcome": row["outcome"],
                    "duration_seconds": row["duration_seconds"],
                    "campaign_id": row["campaign_id"],
                },
            )
            for row in rows
        ]

    async def export(self, connection: Connection, person: Person) -> Any:
        """Return the calls with everything that is stored of them."""
        rows = await connection.fetch(
            SQL["lock_calls_of"], person.organisation_id, list(person.contact_ids), list(person.numbers)
        )
        found = await connection.fetch(SQL["everything_of"], person.organisation_id, [row["id"] for row in rows])
        return [row["call"] for row in found]

    async def erase(self, connection: Connection, person: Person) -> int:
        """Cancel what waits, then replace the person's numbers by tokens and remove what was said.

        Raises ``Conflict`` while a call is in the air.
        """
        organisation_id = person.organisation_id
        rows = await connection.fetch(
            SQL["lock_calls_of"], organisation_id, list(person.contact_ids), list(person.numbers)
        )
        for row in rows:
            if row["outcome"] is None and row["status"] != "queued":
                raise Conflict(f"the call {row['id']} with this person is in the air; erase when it has ended")
        for row in rows:
            if row["outcome"] is None:
                await finish_call(connection, call_of(row), Outcome.CANCELLED, reason="the person was erased")
        ids = [row["id"] for row in rows]
        files = files_of(row["fallback_email"] for row in rows if row["fallback_email"] is not None)
        tokens = dict(person.tokens)
        for statement in ("erase_calls", "erase_attempts", "erase_verifications"):
            await connection.execute(SQL[statement], organisation_id, ids, tokens)
        await connection.execute(SQL["erase_decisions"], organisation_id, ids)
        await connection.execute(SQL["erase_flows"], organisation_id, ids, [row["flow_id"] for row in rows])
        for statement in ("erase_events", "erase_deliveries"):
            await connection.execute(SQL[statement], organisation_id, ids, tokens)
        await forget_unused(connection, organisation_id, files)
        return len(ids)
