"""Whether a call is made again after an attempt has ended, and when."""

from __future__ import annotations

from datetime import datetime

from callwright.calls.models import INBOUND, Call, Settlement
from callwright.calls.queries import SQL
from callwright.rules.retries import RetryPolicy, next_attempt_at
from callwright.store.database import Connection


async def next_due(connection: Connection, call: Call, end: Settlement, *, now: datetime) -> datetime | None:
    """Return when a call is due again after ``end``, which is stored already; ``None``: it has ended for good.

    A person who hung up early has heard enough if they pressed a key or opted out before.
    """
    # who called us is not called because of it
    if call.retry == RetryPolicy() or call.direction == INBOUND:
        return None
    incomplete = end.incomplete and call.dtmf_response is None
    ended = await connection.fetchrow(
        SQL["attempts_ended_so"], call.id, end.outcome, call.organisation_id, call.to_number
    )
    if ended is None or (incomplete and ended["opted_out"]):
        return None
    return next_attempt_at(
        call.retry,
        end.outcome,
        ended["incomplete"] if incomplete else ended["so"],
        now=now,
        not_after=call.not_after,
        incomplete=incomplete,
        made=ended["made"],
    )
