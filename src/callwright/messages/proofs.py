"""Texts that bring a code: one that reached nobody ends the verification that waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callwright.events import service as events
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__, "proofs.sql")

#: The person cannot have the code; of ``unknown`` they may.
_NOT_SENT = frozenset({"failed", "undelivered", "expired", "skipped", "cancelled"})


async def message_ended(
    connection: Connection, organisation_id: str, message_id: str, status: str, reason: str | None
) -> None:
    """Let a verification fail whose code nobody can have got, in the transaction of the message's end."""
    if status not in _NOT_SENT:
        return
    words = f"the text did not arrive ({status})" + (f": {reason}" if reason else "")
    row = await connection.fetchrow(SQL["fail_unread"], organisation_id, message_id, words)
    if row is not None:
        await _tell(connection, row)


async def _tell(connection: Connection, row: Row) -> None:
    # proofs of caller ids have events of their own
    if row["number_id"] is not None:
        return
    names = ("method", "state", "attempts", "reason", "sandbox", "call_id", "message_id")
    body: dict[str, Any] = {"event": "verification.failed", "verification_id": row["id"], "to": row["to_number"]}
    await events.append(
        connection,
        organisation_id=row["organisation_id"],
        type="verification.failed",
        subject=row["id"],
        body=body | {name: row[name] for name in names},
    )
