"""Who accepted, who gives a place back, and campaigns that have all they want.

A campaign is held before its goal. A place that is given back goes to the first who stands by; when nobody does, the
campaign, unless something else ended it, runs on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from callwright.campaigns import lanes
from callwright.campaigns.announcing import announce
from callwright.campaigns.keeping import keep
from callwright.campaigns.models import Campaign, campaign_of
from callwright.clock import Clock
from callwright.errors import NotFound
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Database, Row

log = logging.getLogger(__name__)

SQL = statements(__package__, "goals.sql")

PASS_SECONDS = 1.0
#: Campaigns that one look completes.
BATCH = 100
#: In front of the reason of a campaign that has all it wants.
REACHED = "goal reached"


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """A person who accepted."""

    recipient_id: int
    #: In the list, from 1.
    position: int
    to_number: str
    contact_id: str | None
    call_id: str
    #: ``taken`` or ``stand_by``.
    place: str
    accepted_at: datetime


class Acceptances:
    """The people who accepted: read, and taken off the list."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, campaign: Campaign, *, limit: int) -> Sequence[Acceptance]:
        """Return up to ``limit`` people: those with a place, then those who stand by, each in their order."""
        rows = await self._database.fetch(SQL["page_of_accepts"], campaign.id, campaign.organisation_id, limit)
        return [Acceptance(**dict(row)) for row in rows]

    async def withdraw(self, connection: Connection, campaign: Campaign, recipient_id: int) -> int | None:
        """Take back an accept; return who moves up, ``None`` when nobody stands by. The caller holds the campaign.

        Raises ``NotFound`` when this person has not accepted.
        """
        goal = await connection.fetchrow(SQL["lock_goal"], campaign.id)
        gone = await connection.fetchrow(SQL["drop_accept"], campaign.id, recipient_id)
        if gone is None:
            raise NotFound(f"recipient {recipient_id} has not accepted")
        await announce(
            connection, campaign, "campaign.accept_withdrawn", recipient_id=recipient_id, call_id=gone["call_id"]
        )
        if goal is None:
            return None
        if gone["place"] == "stand_by":
            await connection.execute(SQL["count"], campaign.id, 0, -1)
            return None
        next_one = await connection.fetchrow(SQL["first_standing_by"], campaign.id)
        if next_one is not None and goal["accepted"] <= goal["accepts"]:
            await connection.execute(SQL["move_up"], campaign.id, next_one["recipient_id"])
            await connection.execute(SQL["count"], campaign.id, 0, -1)
            who = {"recipient_id": next_one["recipient_id"], "call_id": next_one["call_id"]}
            await announce(connection, campaign, "campaign.moved_up", **who)
            return int(next_one["recipient_id"])
        await connection.execute(SQL["count"], campaign.id, -1, 0)
        if campaign.state == "completed" and (campaign.state_reason or "").startswith(REACHED):
            await self._reopen(connection, campaign)
        return None

    async def _reopen(self, connection: Connection, campaign: Campaign) -> None:
        """Call on those who were not needed before."""
        row = await connection.fetchrow(SQL["reopen"], campaign.id)
        if row is not None:
            await lanes.recompute(connection, campaign.id)
            await announce(connection, campaign_of(row), "campaign.resumed")


class GoalKeeper:
    """Completes campaigns that have all they want."""

    def __init__(self, database: Database, clock: Clock, *, on_change: Callable[[], None] = lambda: None) -> None:
        """``on_change`` is called when one was completed: there are events."""
        self._database = database
        self._clock = clock
        self._on_change = on_change

    async def look(self) -> bool:
        """Complete those in which nobody speaks any more; return whether there may be more."""
        rows = await self._database.fetch(SQL["reached"], BATCH)
        for row in rows:
            async with self._database.transaction() as connection:
                await _complete(connection, row["campaign_id"])
        if rows:
            self._on_change()
        return len(rows) == BATCH

    async def run(self) -> None:
        """Look until cancelled."""
        await keep(self.look, clock=self._clock, seconds=PASS_SECONDS, name="goals of campaigns")


async def _complete(connection: Connection, campaign_id: str) -> None:
    held = await connection.fetchrow(SQL["hold_campaign"], campaign_id)
    goal = await connection.fetchrow(SQL["lock_goal"], campaign_id)
    if held is None or goal is None or held["state"] != "running" or goal["accepted"] < goal["accepts"]:
        return
    row = await connection.fetchrow(SQL["complete"], campaign_id, _words(goal))
    if row is not None:
        log.info("campaign %s is completed: its goal is reached", campaign_id)
        await announce(connection, campaign_of(row), "campaign.completed", accepted=goal["accepted"])


def _words(goal: Row) -> str:
    waiting = f", {goal['standing_by']} stand by" if goal["standing_by"] else ""
    return f"{REACHED}: {goal['accepted']} accepted{waiting}; nobody else is needed"
