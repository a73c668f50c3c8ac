"""What campaigns hold about a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callwright.contacts.personal import HistoryItem, Person
from callwright.errors import Conflict
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "personal.sql")

#: Telephone numbers are written in many ways; their last digits are the same in all of them.
_TRACE_DIGITS = 9


class CampaignTraces:
    """The places of a person in the lists of campaigns."""

    name = "campaigns"

    async def history(
        self, database: Database, person: Person, *, sandbox: bool, before: int | None, limit: int
    ) -> list[HistoryItem]:
        """Return up to ``limit`` lists on which they wait, newest first, of campaigns below ``before``."""
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
                kind="campaign",
                id=row["id"],
                direction="outbound",
                address=row["address"],
                status=row["state"],
                at=row["created_at"],
                detail={
                    "name": row["name"],
                    "campaign_state": row["campaign_state"],
                    "recipient_id": row["recipient_id"],
                    "outcome": row["outcome"],
                },
            )
            for row in rows
        ]

    async def export(self, connection: Connection, person: Person) -> Any:
        """Return the person's places in lists, with their variables."""
        rows = await connection.fetch(
            SQL["everything_of"],
            person.organisation_id,
            list(person.contact_ids),
            [*person.numbers, *person.emails],
        )
        return [row["recipient"] for row in rows]

    async def erase(self, connection: Connection, person: Person) -> int:
        """Take the person off lists on which they wait, and leave of the others what tells nothing of them.

        Raises ``Conflict`` while a file of recipients is being taken in: it may name them.
        """
        under_way = await connection.fetchval(SQL["uploads_under_way"], person.organisation_id)
        if under_way is not None:
            raise Conflict(f"the file {under_way} of a campaign is being taken in; erase when it has ended")
        addresses = [*person.numbers, *person.emails]
        tag = await connection.execute(
            SQL["erase"], person.organisation_id, list(person.contact_ids), addresses, dict(person.tokens)
        )
        digits = [number.removeprefix("+")[-_TRACE_DIGITS:] for number in person.numbers]
        if addresses:
            traces = (person.organisation_id, digits, list(person.emails))
            await connection.execute(SQL["erase_upload_errors"], *traces)
            await connection.execute(SQL["erase_from_drafts"], *traces)
        return int(tag.rpartition(" ")[2])
