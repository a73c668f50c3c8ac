"""What a dispatcher does beside its calls goes on after a mistake."""

from __future__ import annotations

import asyncio

from callwright.dispatch.dispatcher import TROUBLE_SECONDS, lasting
from callwright.telephony.virtual_clock import VirtualClock


def test_what_breaks_off_begins_again_after_a_moment() -> None:
    clock = VirtualClock()
    begun: list[float] = []

    async def breaks_off() -> None:
        begun.append(clock.monotonic())
        if len(begun) < 3:
            raise RuntimeError("a mistake of ours")

    clock.run(lasting(breaks_off, clock=clock, name="keep calls paid"))

    assert [later - begun[0] for later in begun] == [0, TROUBLE_SECONDS, 2 * TROUBLE_SECONDS]


async def test_it_ends_when_it_is_cancelled() -> None:
    clock = VirtualClock()
    begun = asyncio.Event()

    async def works() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(lasting(works, clock=clock, name="keep calls paid"))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
