"""Ends calls whose time has passed while they waited."""

from __future__ import annotations

import logging

from callwright.calls.expiry import BATCH, CallExpiry
from callwright.calls.patience import AWAY
from callwright.clock import Clock

log = logging.getLogger(__name__)

#: How often it is looked for them; one that becomes due meanwhile is not dialled either.
PASS_SECONDS = 1.0


async def keep_from_waiting(expiry: CallExpiry, *, clock: Clock) -> None:
    """End late calls until cancelled."""
    while True:
        await clock.sleep(PASS_SECONDS)
        try:
            while await expiry.end_late() == BATCH:
                pass
        except AWAY as error:
            log.warning("late calls are not ended: %s", error)
