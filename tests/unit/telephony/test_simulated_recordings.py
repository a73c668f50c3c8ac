"""The simulator records as the contract says."""

from __future__ import annotations

from pathlib import Path

import pytest

from callwright.telephony.port import Capability
from callwright.telephony.simulated_recordings import RecordRefused
from callwright.telephony.simulator import Callee, SimulatedEngine
from callwright.telephony.virtual_clock import VirtualClock
from support.leg_contract import Call, Scenario, request
from support.recording_contract import SCENARIOS
from support.simulated_line import SimulatedLine


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.__name__)
def test_contract(scenario: Scenario, tmp_path: Path) -> None:
    line = SimulatedLine(tmp_path, recordings=tmp_path / "recordings")

    async def run() -> None:
        await scenario(line)

    line.clock.run(run())


def test_a_simulator_without_a_folder_cannot_record() -> None:
    clock = VirtualClock()
    engine = SimulatedEngine(clock, lambda _: Callee())

    async def run() -> None:
        call = Call(await engine.dial(request()))
        await call.next()
        await call.next()
        assert Capability.RECORD not in call.leg.capabilities
        with pytest.raises(RecordRefused):
            await call.leg.record_call()

    clock.run(run())
