"""An attempt that its trunk failed at once is followed by one over the next trunk that carries the number.

Such an attempt rang nowhere, so it is none of those that a retry policy counts. Each trunk is tried once.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from callwright.calls.models import INBOUND, Call, Settlement
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "failover.sql")

#: How an attempt ended that our own time limit ended: a trunk that only says "trying" looks like a dead one, and the
#: telephone may have rung.
_RANG_OUT = "ring_timeout"


async def fail_over(
    connection: Connection, call: Call, attempt_id: str, end: Settlement, *, now: datetime
) -> str | None:
    """Mark an attempt that has ended as failed over; return the name of its trunk, ``None`` when it is not."""
    if not end.trunk_fault or end.ended_by == _RANG_OUT or call.direction == INBOUND:
        return None
    if call.not_after is not None and now > call.not_after:
        return None
    name: str | None = await connection.fetchval(SQL["fail_over"], attempt_id)
    return name


def failed_over_words(trunk: str, end: Settlement) -> str:
    """Return why a call is made again over another trunk."""
    if end.sip_status:
        said = f"answered {end.sip_status}"
    else:
        said = f"gave no way through (Q.850 {end.cause})" if end.cause else "cannot be reached"
    return f"again over another trunk: {trunk} {said}"
