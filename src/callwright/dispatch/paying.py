"""Keeps the calls in the air paid for, and ends those whose money ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

from callwright.calls.patience import AWAY
from callwright.calls.renewals import CallRenewals, Exhausted
from callwright.clock import Clock

log = logging.getLogger(__name__)

#: How often it is looked whose paid time ends; each is asked for several times within ``calls.renewals.AHEAD``.
PASS_SECONDS = 1.0


async def keep_paid(
    renewals: CallRenewals,
    *,
    live: Callable[[], Collection[str]],
    end: Callable[[str, str], Awaitable[None]],
    clock: Clock,
) -> None:
    """Renew what live attempts hold, until cancelled; ``end`` takes an attempt and why it must end now."""
    ending: set[asyncio.Task[None]] = set()

    async def end_in_time(exhausted: Exhausted) -> None:
        await clock.sleep(exhausted.left)
        await end(exhausted.attempt_id, exhausted.reason)

    try:
        while True:
            await clock.sleep(PASS_SECONDS)
            if not (attempts := live()):
                continue
            try:
                exhausted = await renewals.renew(attempts)
            except AWAY as error:
                # nobody is cut off because the database is away: what was spoken meanwhile is settled afterwards
                log.warning("holds not renewed: %s", error)
                continue
            for each in exhausted:
                task = asyncio.create_task(end_in_time(each))
                ending.add(task)
                task.add_done_callback(ending.discard)
    finally:
        for task in ending:
            task.cancel()
