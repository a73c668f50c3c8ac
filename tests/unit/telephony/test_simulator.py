"""The simulator keeps the contract of engines, in virtual time, and is fast."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from callwright.telephony.port import (
    EndedBy,
    EngineUnavailable,
    LegAnswered,
    LegDigit,
    LegEnded,
    PlayEnded,
    Ringing,
)
from callwright.telephony.simulator import Callee, Press, SimulatedEngine
from callwright.telephony.virtual_clock import VirtualClock
from support.leg_contract import SCENARIOS, Call, Scenario, request
from support.simulated_line import SimulatedLine


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.__name__)
def test_contract(scenario: Scenario, tmp_path: Path) -> None:
    line = SimulatedLine(tmp_path)

    async def run() -> None:
        await scenario(line)

    line.clock.run(run())


def _engine(callee: Callee, seconds: float = 1.0) -> SimulatedEngine:
    return SimulatedEngine(VirtualClock(), {"100": callee}, play_seconds=lambda files: seconds)


def test_unknown_numbers_do_not_exist() -> None:
    engine = _engine(Callee())

    async def run() -> LegEnded:
        return await Call(await engine.dial(request(dial_string="200"))).end()

    assert engine.clock.run(run()) == LegEnded(cause=1, sip_status=404, ended_by=EndedBy.CALLEE)


def test_a_dead_trunk_ends_with_timer_b() -> None:
    engine = _engine(Callee(rings_after=None, status=None))

    async def run() -> LegEnded:
        return await Call(await engine.dial(request(dial_string="100", ring_timeout_seconds=60))).end()

    assert engine.clock.run(run()) == LegEnded(cause=18, sip_status=408, ended_by=EndedBy.ENGINE)
    assert engine.clock.monotonic() == 32.0


def test_keys_are_pressed_in_the_play_they_belong_to() -> None:
    engine = _engine(Callee(presses=[Press(digits="42", after=0.5, in_play=2)]), seconds=3.0)

    async def run() -> list[tuple[float, object]]:
        call = Call(await engine.dial(request(dial_string="100")))
        await call.until(LegAnswered)
        start = engine.clock.monotonic()
        await call.leg.play(1, [])
        await call.leg.play(2, [])
        return [(round(engine.clock.monotonic() - start, 3), await call.next()) for _ in range(4)]

    # the time is taken before each event is waited for
    assert engine.clock.run(run()) == [
        (0.0, PlayEnded(play_id=1, ok=True)),
        (3.0, LegDigit(digit="4")),
        (3.5, LegDigit(digit="2")),
        (3.75, PlayEnded(play_id=2, ok=True)),
    ]


def test_without_an_engine_nothing_is_dialled() -> None:
    engine = _engine(Callee())
    engine.connected = False

    async def run() -> None:
        with pytest.raises(EngineUnavailable):
            await engine.dial(request())
        with pytest.raises(EngineUnavailable):
            await engine.living()
        with pytest.raises(EngineUnavailable):
            await engine.adopt("att_1")

    engine.clock.run(run())
    assert engine.invites == []


def test_a_crash_ends_every_call() -> None:
    engine = _engine(Callee())

    async def run() -> list[object]:
        call = Call(await engine.dial(request(dial_string="100")))
        await call.until(LegAnswered)
        await call.leg.play(1, [])
        engine.crash()
        await call.end()
        return list(call.reported)

    assert engine.clock.run(run()) == [
        Ringing(),
        LegAnswered(),
        PlayEnded(play_id=1, ok=False),
        LegEnded(cause=0, sip_status=None, ended_by=EndedBy.ENGINE),
    ]


def test_five_thousand_calls_are_the_same_every_time() -> None:
    def simulate() -> tuple[list[tuple[str, float, str]], float]:
        clock = VirtualClock()
        kinds = [
            Callee(rings_for=5.0, presses=[Press(digits="1", after=2.0)]),
            Callee(rings_for=8.0, hangs_up_after=3.0),
            Callee(status=486, rings_for=1.0),
            Callee(status=None),
        ]
        engine = SimulatedEngine(clock, lambda number: kinds[int(number) % 4], play_seconds=lambda files: 10.0)
        results: list[tuple[str, float, str]] = []

        async def one(number: int) -> None:
            await clock.sleep(number / 20)
            call = Call(await engine.dial(request(attempt_id=f"att_{number}", dial_string=str(number))))
            while not isinstance(event := await call.next(), LegEnded):
                if isinstance(event, LegAnswered):
                    await call.leg.play(1, [])
                elif isinstance(event, LegDigit):
                    await call.leg.stop_playing(1)
                elif isinstance(event, PlayEnded):
                    await call.leg.hang_up()
            results.append((call.leg.id, clock.monotonic(), event.ended_by.value))

        async def run() -> None:
            await asyncio.gather(*(one(number) for number in range(5000)))

        began = time.perf_counter()
        clock.run(run())
        return results, time.perf_counter() - began

    first, _ = simulate()
    again, _ = simulate()
    assert len(first) == 5000
    assert first == again
