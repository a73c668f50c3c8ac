"""What happens to campaigns by themselves: they begin at their time, they are complete, and what is left over ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from callwright.calls.queries import call_of
from callwright.calls.settlement import finish_call
from callwright.campaigns import lanes
from callwright.campaigns.announcing import announce
from callwright.campaigns.keeping import keep
from callwright.campaigns.models import campaign_of
from callwright.clock import Clock
from callwright.messages.service import end_messages
from callwright.rules.outcomes import Outcome
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Database, Row

log = logging.getLogger(__name__)

SQL = statements(__package__, "completing.sql")

PASS_SECONDS = 1.0
#: Campaigns that one look moves.
BATCH = 100
#: Calls that one transaction ends.
CALLS = 200
#: So long after a campaign's end its queued calls are looked for. They are ended within seconds; a longer outage of
#: the appliance is bridged, too.
_LOOKED_FOR = timedelta(days=30)


class CompletionKeeper:
    """Moves campaigns whose time has come. Several may look at once: each campaign is held by one of them."""

    def __init__(self, database: Database, clock: Clock, *, on_change: Callable[[], None] = lambda: None) -> None:
        """``on_change``: campaigns or calls were changed, and events written."""
        self._database = database
        self._clock = clock
        self._on_change = on_change

    async def look(self) -> bool:
        """Move what is to be moved; return whether there may be more."""
        now = self._clock.now()
        moved = await self.begin(now) + await self.complete(now)
        ended = await self.end_calls()
        if moved or ended is not None:
            self._on_change()
        return bool(ended) or moved >= BATCH

    async def run(self) -> None:
        """Look until cancelled."""
        await keep(self.look, clock=self._clock, seconds=PASS_SECONDS, name="beginnings and ends of campaigns")

    async def begin(self, now: datetime) -> int:
        """Let campaigns run whose start has come; return how many."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(SQL["begin_scheduled"], now, BATCH)
            for row in rows:
                await lanes.recompute(connection, row["id"], now=now)
                await _move(connection, row["id"], "running", "campaign.started", None)
        return len(rows)

    async def complete(self, now: datetime) -> int:
        """Complete campaigns in which nobody is left, or whose end has come; return how many."""
        completed = 0
        for row in await self._database.fetch(SQL["perhaps_done"], now, BATCH):
            async with self._database.transaction() as connection:
                completed += await _complete(connection, row["id"], now)
        return completed

    async def end_calls(self) -> bool | None:
        """End queued calls of campaigns that are over; return whether there may be more, ``None`` without any."""
        more: bool | None = None
        for campaign in await self._database.fetch(SQL["over_with_calls"], _LOOKED_FOR):
            async with self._database.transaction() as connection:
                calls = await connection.fetch(SQL["queued_calls"], campaign["id"], CALLS)
                outcome, reason = _end_of(campaign)
                for call in calls:
                    await finish_call(connection, call_of(call), outcome, reason=reason)
                texts = await connection.fetch(SQL["queued_messages"], campaign["id"], CALLS)
                await end_messages(connection, [text["id"] for text in texts], outcome.value, reason)
                ended = await connection.execute(SQL["end_again"], campaign["id"], CALLS)
            more = bool(more) or CALLS in (len(calls), len(texts)) or ended == f"UPDATE {CALLS}"
        return more


async def _complete(connection: Connection, campaign_id: str, now: datetime) -> bool:
    campaign = await connection.fetchrow(SQL["hold_campaign"], campaign_id)
    if campaign is None or campaign["filling"] or campaign["state"] not in ("scheduled", "running", "paused"):
        return False
    late = campaign["ends_at"] is not None and campaign["ends_at"] <= now
    if not (late or campaign["state"] == "running") or not await connection.fetchval(SQL["is_done"], campaign_id, late):
        return False
    left = await connection.fetchval(SQL["left_over"], campaign_id) if late else 0
    reason = None
    if left:
        end = campaign["ends_at"].isoformat(timespec="seconds")
        reason = f"its end, {end}, came before {left} of its recipients were called"
    await _move(connection, campaign_id, "completed", "campaign.completed", reason)
    return True


async def _move(connection: Connection, campaign_id: str, state: str, event: str, reason: str | None) -> None:
    row = await connection.fetchrow(SQL["move"], campaign_id, state, reason)
    if row is not None:
        log.info("campaign %s is %s", campaign_id, state)
        await announce(connection, campaign_of(row), event)


def _end_of(campaign: Row) -> tuple[Outcome, str]:
    """Return how calls end that wait in a campaign that is over."""
    reason = campaign["state_reason"]
    if campaign["state"] == "cancelled":
        return Outcome.CANCELLED, reason or "its campaign was cancelled"
    return Outcome.EXPIRED, f"its campaign is over: {reason}" if reason else "its campaign is over"
