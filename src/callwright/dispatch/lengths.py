"""Ends calls that last longer than their organisation allows (``max_call_seconds`` of its limits)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta

from callwright.calls.patience import AWAY
from callwright.calls.queries import SQL
from callwright.clock import Clock
from callwright.store.database import Database

log = logging.getLogger(__name__)

#: How often it is looked whose time ends. The shortest limit is twice as long, so that no call is seen too late.
PASS_SECONDS = 5.0


async def keep_within_length(
    database: Database,
    *,
    live: Callable[[], Collection[str]],
    end: Callable[[str, str], Awaitable[None]],
    clock: Clock,
) -> None:
    """End live attempts in time, until cancelled; ``end`` takes an attempt and the reason.

    The time counts from the answer by the database's clock, so it goes on over a restart.
    """
    ending: dict[str, asyncio.Task[None]] = {}

    async def end_in_time(attempt_id: str, left: float, seconds: int) -> None:
        await clock.sleep(left)
        await end(attempt_id, f"calls may last {seconds} seconds (max_call_seconds)")

    try:
        while True:
            await clock.sleep(PASS_SECONDS)
            ending = {attempt_id: task for attempt_id, task in ending.items() if not task.done()}
            if not (attempts := live()):
                continue
            try:
                rows = await database.fetch(
                    SQL["near_their_end"], list(attempts), timedelta(seconds=PASS_SECONDS * 1.5)
                )
            except AWAY as error:
                log.warning("lengths of calls not looked at: %s", error)
                continue
            for row in rows:
                if row["id"] not in ending:
                    work = end_in_time(row["id"], max(0.0, row["left_seconds"]), row["max_call_seconds"])
                    ending[row["id"]] = asyncio.create_task(work)
    finally:
        for task in ending.values():
            task.cancel()
