"""Work that is done again and again as long as the appliance runs, whatever becomes of a single look."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from callwright.calls.patience import AWAY
from callwright.clock import Clock

log = logging.getLogger(__name__)


async def keep(look: Callable[[], Awaitable[bool]], *, clock: Clock, seconds: float, name: str) -> None:
    """Look until cancelled: at once again when the last look left something, else after ``seconds``."""
    while True:
        more = False
        try:
            more = await look()
        except AWAY as error:
            log.warning("%s: not now: %s", name, error)
        except Exception:
            # a keeper that ends leaves every campaign as it is, and says nothing of it
            log.exception("%s broke off and begins again", name)
        if not more:
            await clock.sleep(seconds)
