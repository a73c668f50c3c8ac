"""Asterisk records as the contract says; what it recorded is measured."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from callwright.clock import SystemClock
from callwright.telephony.port import CALLEE_SIDE, OUR_SIDE, LegAnswered, recording_file
from callwright.telephony.simulator import Callee, Sound
from support.engine_node import EngineUnderTest
from support.leg_contract import Call, Scenario, request
from support.line_sounds import tone
from support.recording_contract import HIGH, LOW, SCENARIOS, SPEAKS, samples, spoken
from support.sipp import Sipp

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]


class RecordingLine:
    """The contract's line over Asterisk and sipp."""

    def __init__(self, node: EngineUnderTest) -> None:
        self.clock = SystemClock()
        self.engine = node.engine
        self._node = node
        self._sipp: Sipp | None = None

    def callee(self, callee: Callee) -> None:
        self._sipp = self._node.callee(callee)

    def invites(self) -> int:
        return len(self._sipp.invites()) if self._sipp is not None else 0

    def restart(self) -> None:
        self.engine = self._node.another_engine()

    def prompt(self, seconds: float) -> Path:
        return self._node.prompt(seconds)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.__name__)
async def test_contract(scenario: Scenario, node: EngineUnderTest) -> None:
    async with asyncio.timeout(30):
        await scenario(RecordingLine(node))


async def test_the_other_leg_of_a_transfer_is_recorded_on_our_side(node: EngineUnderTest) -> None:
    async with asyncio.timeout(30):
        node.callee(Callee(rings_for=0.1, says=SPEAKS[:1]))
        first = Call(await node.engine.dial(request()))
        await first.until(LegAnswered)
        await first.leg.record_call()
        agent = Callee(rings_for=0.1, says=[Sound(after=2.0, samples=tone(HIGH, 2.0).tobytes())])
        node.callee(agent, trunk="silent")
        second = Call(await node.engine.dial(request(trunk="silent")))
        await second.until(LegAnswered)
        await first.leg.connect(second.leg)
        await asyncio.sleep(4.5)
        await second.leg.hang_up()
        await second.end()
        await first.leg.hang_up()
        await first.end()
    assert node.engine.recordings is not None
    theirs, ours = (
        samples(recording_file(node.engine.recordings, first.leg.id, name)) for name in (CALLEE_SIDE, OUR_SIDE)
    )
    assert spoken(theirs, LOW) == pytest.approx(1.0, abs=0.2)
    assert spoken(theirs, HIGH) == 0
    assert spoken(ours, HIGH) > 1.5
    assert spoken(ours, LOW) == 0
