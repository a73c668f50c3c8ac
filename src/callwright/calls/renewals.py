"""Money for calls in the air: the next increments are held before the paid time ends, or the call ends with it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from callwright.billing import holds
from callwright.billing.models import Shortage
from callwright.calls.charging import SQL
from callwright.calls.queries import call_of
from callwright.calls.settlement import announce
from callwright.store.database import Database, Row

#: How long before the end of the paid time the next increments are held; what is refused is asked for again until then.
AHEAD = timedelta(seconds=5)
#: So near to its end nobody asks again: the call ends with the time that is paid.
_LAST_SECONDS = 1.5


@dataclass(frozen=True, kw_only=True)
class Exhausted:
    """A call whose money ends."""

    attempt_id: str
    #: Seconds of paid time that are left.
    left: float
    reason: str


class CallRenewals:
    """Renews what calls hold; one look covers all that a process drives."""

    def __init__(self, database: Database, *, on_events: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._on_events = on_events

    async def renew(self, live: Collection[str]) -> list[Exhausted]:
        """Hold the next increments of these attempts, and of their transfers; return those that must end."""
        due = await self._database.fetch(SQL["due_renewals"], list(live), AHEAD)
        if not due:
            return []
        async with self._database.transaction() as connection:
            refused = await holds.renew(connection, [(row["organisation_id"], row["subject"]) for row in due])
        ending = [row for row in due if row["subject"] in refused and row["left"] <= _LAST_SECONDS]
        return [await self._exhaust(row, refused[row["subject"]]) for row in ending]

    async def _exhaust(self, row: Row, shortage: Shortage) -> Exhausted:
        """Say once that a call's money ends. The call is locked first, as everywhere."""
        async with self._database.transaction() as connection:
            call = await connection.fetchrow(SQL["lock_call_of_charge"], row["organisation_id"], row["call_id"])
            marked = await holds.exhaust(connection, row["organisation_id"], row["subject"])
            if call is not None and marked:
                await announce(
                    connection,
                    call_of(call),
                    "call.budget_exhausted",
                    attempt_id=row["attempt_id"],
                    reason=shortage.words,
                )
        self._on_events()
        return Exhausted(attempt_id=row["attempt_id"], left=max(row["left"], 0.0), reason=shortage.words)
