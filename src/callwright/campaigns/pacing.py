"""How many calls of a campaign may be in the air for another reason than its limits: its goal, a hunt, its breaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from callwright.calls.accepting import tally_of
from callwright.rules.goals import Goal, Pace, room
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__, "pacing.sql")


class GoalPace:
    """Implements ``feeding.Restraint``: people in the air never exceed what a campaign still wants.

    A goal's row is locked until the claim's commit, after the counters of organisation and trunk.
    """

    async def room_of(self, connection: Connection, campaigns: Sequence[Row]) -> Mapping[str, int]:
        """Return how many more calls the campaigns with a goal may have now; of a hunt one at a time."""
        hunts = {row["id"] for row in campaigns if row["hunt"]}
        rows = await connection.fetch(SQL["lock_goals"], [row["id"] for row in campaigns])
        return {row["campaign_id"]: _room(row, hunt=row["campaign_id"] in hunts) for row in rows}

    async def claimed(self, connection: Connection, attempts: Mapping[str, Sequence[str]]) -> None:
        """Count the new attempts as undecided."""
        pairs = [(campaign_id, attempt_id) for campaign_id, ids in attempts.items() for attempt_id in ids]
        if pairs:
            await connection.execute(SQL["undecided"], [pair[0] for pair in pairs], [pair[1] for pair in pairs])


def _room(row: Row, *, hunt: bool) -> int:
    goal = Goal(accepts=row["accepts"], pace=Pace(row["pace"]), stand_by=row["stand_by"])
    free = room(goal, tally_of(row))
    return min(free, 1 - min(row["undecided"], 1)) if hunt else free


class TrialPace:
    """Implements ``feeding.Restraint``: a campaign whose breaker tries one call has no second one."""

    async def room_of(self, connection: Connection, campaigns: Sequence[Row]) -> Mapping[str, int]:
        """Return 1, or 0 while the call that is tried is in the air or waits for its verdict."""
        trying = await connection.fetch(SQL["trying"], [row["id"] for row in campaigns])
        if not trying:
            return {}
        keys = [row["key"] for row in trying]
        # the counters of the organisation are ours: a claim that was first has committed, and this statement sees it
        tried = await connection.fetch(SQL["tried"], keys, [row["counted_from"] for row in trying])
        busy = {row["campaign_id"] for row in tried}
        return {key: 0 if key in busy else 1 for key in keys}

    async def claimed(self, connection: Connection, attempts: Mapping[str, Sequence[str]]) -> None:
        """Nothing is kept: the attempts themselves are looked at."""
