"""Pauses campaigns that abandon more calls than they may; what counts as abandoned is counted as calls end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from callwright.campaigns.keeping import keep
from callwright.campaigns.models import campaign_of
from callwright.campaigns.states import CampaignStates
from callwright.clock import Clock
from callwright.rules.abandonment import Abandonment, of_days, too_many
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Database

log = logging.getLogger(__name__)

SQL = statements(__package__, "abandonment.sql")

PASS_SECONDS = 5.0


class AbandonmentKeeper:
    """Looks at campaigns that have a limit."""

    def __init__(self, database: Database, clock: Clock, *, on_change: Callable[[], None] = lambda: None) -> None:
        """``on_change`` is called when one was paused: there are events."""
        self._database = database
        self._clock = clock
        self._states = CampaignStates(clock)
        self._on_change = on_change

    async def look(self) -> bool:
        """Pause those that abandoned too many; there is never more to do at once."""
        for row in await self._database.fetch(SQL["limited"]):
            async with self._database.transaction() as connection:
                held = await connection.fetchrow(SQL["hold_campaign"], row["id"])
                if held is None or held["state"] != "running":
                    continue
                seen = await abandonment_of(connection, row["id"], self._clock)
                reason = too_many(seen, held["abandonment_limit"])
                if reason is not None:
                    log.warning("campaign %s is paused: %s", row["id"], reason)
                    await self._states.pause(connection, campaign_of(held), reason=reason)
                    self._on_change()
        return False

    async def run(self) -> None:
        """Look until cancelled."""
        await keep(self.look, clock=self._clock, seconds=PASS_SECONDS, name="abandoned calls of campaigns")


async def abandonment_of(reader: Connection | Database, campaign_id: str, clock: Clock) -> Abandonment:
    """Return the calls of a campaign that people answered in 30 days, and those that were abandoned."""
    days: dict[str, dict[str, int]] = {"person": {}, "abandoned": {}}
    for row in await reader.fetch(SQL["days"], campaign_id):
        days[row["kind"]][row["key"]] = row["n"]
    return of_days(days["person"], days["abandoned"], today=clock.now().date())
