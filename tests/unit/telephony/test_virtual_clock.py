"""The virtual clock: order, jumps, cancellation, and its two ways of use."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from callwright.telephony.virtual_clock import EPOCH, SimulationStuck, VirtualClock


def test_run_jumps_when_everybody_waits() -> None:
    clock = VirtualClock()
    seen: list[tuple[str, float]] = []

    async def sleeper(name: str, *pauses: float) -> None:
        for pause in pauses:
            await clock.sleep(pause)
            seen.append((name, clock.monotonic()))

    async def main() -> str:
        await asyncio.gather(sleeper("a", 3600, 1), sleeper("b", 1800, 1801), sleeper("c", 3600))
        return "done"

    assert clock.run(main()) == "done"
    assert seen == [("b", 1800.0), ("a", 3600.0), ("c", 3600.0), ("b", 3601.0), ("a", 3601.0)]
    assert clock.now() == EPOCH + timedelta(seconds=3601)


def test_run_says_when_nobody_can_go_on() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(SimulationStuck):
        VirtualClock().run(main())


def test_run_hands_on_errors() -> None:
    async def main() -> None:
        raise ValueError("it went wrong")

    with pytest.raises(ValueError, match="it went wrong"):
        VirtualClock().run(main())


def test_a_cancelled_sleep_is_forgotten() -> None:
    clock = VirtualClock()

    async def main() -> None:
        task = asyncio.create_task(clock.sleep(1000))
        await clock.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    clock.run(main())
    assert clock.monotonic() == 1.0
    assert clock.idle


async def test_advance_wakes_in_order_and_stops_on_time() -> None:
    clock = VirtualClock()
    seen: list[float] = []

    async def ticks() -> None:
        while True:
            await clock.sleep(10)
            seen.append(clock.monotonic())

    task = asyncio.create_task(ticks())
    await clock.advance(35)
    assert seen == [10.0, 20.0, 30.0]
    assert clock.monotonic() == 35.0
    await clock.advance(5)
    assert seen == [10.0, 20.0, 30.0, 40.0]
    task.cancel()


async def test_run_until_idle_ends_with_the_last_alarm() -> None:
    clock = VirtualClock()
    rang: list[str] = []
    clock.call_later(5, lambda: rang.append("second"))
    clock.call_later(1, lambda: rang.append("first"))
    clock.call_later(2, lambda: rang.append("never")).cancel()
    await clock.run_until_idle()
    assert rang == ["first", "second"]
    assert clock.monotonic() == 5.0
