"""Calls that bring a code: one that reached nobody ends the verification that waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callwright.calls.models import Call
from callwright.events import service as events
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__, "proofs.sql")


async def call_ended(connection: Connection, call: Call) -> None:
    """Let the verification fail whose code nobody can have got, in the transaction of the call's end."""
    reason = f"the call reached nobody ({call.outcome})" + (f": {call.reason}" if call.reason else "")
    row = await connection.fetchrow(SQL["fail_unheard"], call.organisation_id, call.id, reason)
    if row is not None:
        await tell(connection, "verification.failed", row)


async def tell(connection: Connection, event: str, row: Row) -> None:
    """Write an event of a verification, never with its code; proofs of caller ids have their own."""
    if row["number_id"] is not None:
        return
    body: dict[str, Any] = {
        "event": event,
        "verification_id": row["id"],
        "to": row["to_number"],
        "method": row["method"],
        "state": row["state"],
        "attempts": row["attempts"],
        "reason": row["reason"],
        "sandbox": row["sandbox"],
        "call_id": row["call_id"],
    }
    await events.append(connection, organisation_id=row["organisation_id"], type=event, subject=row["id"], body=body)
