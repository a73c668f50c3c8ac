"""Calls that wait past their end: they end as ``expired``, whatever they waited for."""

from __future__ import annotations

from callwright.calls.queries import SQL, call_of
from callwright.calls.settlement import finish_call
from callwright.clock import Clock
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database

#: Ended in one transaction, so that many that end together hold nobody up.
BATCH = 200


class CallExpiry:
    """Ends queued calls whose time has passed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def end_late(self) -> int:
        """End up to ``BATCH`` calls; return how many. One that a claim is taking now is left to its last look."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            late = await connection.fetch(SQL["calls_past_their_end"], now, BATCH)
            for row in late:
                again = "again " if row["attempts"] else ""
                reason = (
                    f"its end, {row['not_after'].isoformat(timespec='seconds')}, came before it was dialled {again}"
                )
                await finish_call(connection, call_of(row), Outcome.EXPIRED, reason=reason.rstrip())
        return len(late)
