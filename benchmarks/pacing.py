"""Beginning calls at an even rate, each at its own time: a slow one does not delay the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

#: Places one call and returns the wall-clock time (seconds) at which its request was sent.
Place = Callable[[str], Coroutine[Any, Any, float]]


async def place_all(numbers: Sequence[str], rate: float, place: Place) -> dict[str, float]:
    """Place calls to ``numbers`` at ``rate`` a second; returns when each request was sent. Errors are raised."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    tasks: list[asyncio.Task[float]] = []
    for index, number in enumerate(numbers):
        await asyncio.sleep(start + index / rate - loop.time())
        tasks.append(asyncio.create_task(place(number)))
    return dict(zip(numbers, await asyncio.gather(*tasks), strict=True))
