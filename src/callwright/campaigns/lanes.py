"""When the lanes of a campaign are open: computed from its schedule, and anew when that has run out or has changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from callwright.campaigns.keeping import keep
from callwright.clock import Clock
from callwright.rules.schedules import Hours, closing_of_any, opening_of_all
from callwright.rules.timetables import CampaignHours, LaneKey
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Database, Row

SQL = statements(__package__, "lanes.sql")

#: How often lanes whose hours have run out are looked for.
PASS_SECONDS = 1.0
#: Campaigns whose lanes one look computes, each in a transaction of its own.
BATCH = 50
#: Hours are computed at most so far ahead: what has no end in sight is looked at again then.
_LONGEST = timedelta(days=7)
#: A lane that never opens again is not looked at again either.
NEVER = datetime.max.replace(tzinfo=UTC)


async def recompute(connection: Connection, campaign_id: str, *, now: datetime | None = None) -> None:
    """Compute when the lanes of a campaign are open, in the caller's transaction; ``None``: as of the database's now.

    Call it when lanes were added and when the campaign's schedule has changed: until then they are closed.
    """
    rows = await connection.fetch(SQL["lanes_of"], campaign_id)
    hours = [hours_of(row, now=row["now"] if now is None else now) for row in rows]
    if rows:
        await connection.execute(
            SQL["set_hours"], [row["id"] for row in rows], [opens for opens, _ in hours], [ends for _, ends in hours]
        )


def hours_of(lane: Row, *, now: datetime) -> tuple[datetime | None, datetime]:
    """Return from when and until when a lane is open: now, or next; ``None``: it never opens again."""
    terms = CampaignHours(
        schedule=lane["schedule"],
        starts_at=lane["starts_at"],
        ends_at=lane["ends_at"],
        purpose=lane["purpose"],
        sandbox=lane["sandbox"],
        organisation_zone=lane["organisation_zone"],
        calling_from=lane["calling_from"],
        calling_until=lane["calling_until"],
    )
    return next_hours(terms.of(LaneKey.read(lane["zones"])), now=now)


def next_hours(hours: list[Hours], *, now: datetime) -> tuple[datetime | None, datetime]:
    """Return from when and until when all are open: now, or next."""
    opens = opening_of_all(now, hours)
    if opens is None:
        return None, NEVER
    return opens, closing_of_any(opens, hours) or opens + _LONGEST


class LaneKeeper:
    """Computes the hours of lanes that have run out."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def look(self) -> bool:
        """Compute the hours of up to ``BATCH`` campaigns whose lanes have run out; return whether there may be more."""
        now = self._clock.now()
        rows = await self._database.fetch(SQL["campaigns_with_old_hours"], now, BATCH)
        for row in rows:
            async with self._database.transaction() as connection:
                await recompute(connection, row["campaign_id"], now=now)
        return len(rows) == BATCH

    async def run(self) -> None:
        """Look until cancelled."""
        await keep(self.look, clock=self._clock, seconds=PASS_SECONDS, name="hours of lanes")
