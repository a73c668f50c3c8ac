"""Folding what was counted about campaigns: deltas become sums, so that reading them stays cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callwright.campaigns.keeping import keep
from callwright.clock import Clock
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Database

SQL = statements(__package__, "counting.sql")

#: How often deltas are folded. What is shown is exact at once: it is the sum of both.
PASS_SECONDS = 1.0
#: Deltas that one transaction folds.
BATCH = 5000


class CountKeeper:
    """Folds deltas; of several processes one at a time."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def look(self) -> bool:
        """Fold up to ``BATCH`` deltas; return whether there may be more."""
        async with self._database.transaction() as connection:
            if not await connection.fetchval(SQL["hold_counting"]):
                return False
            folded: int = await connection.fetchval(SQL["fold_deltas"], BATCH)
        return folded == BATCH

    async def run(self) -> None:
        """Fold until cancelled."""
        await keep(self.look, clock=self._clock, seconds=PASS_SECONDS, name="counts of campaigns")
