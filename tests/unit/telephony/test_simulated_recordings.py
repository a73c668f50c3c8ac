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


class RecordingLine:
    """The contract's line over a simulator that records."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock()
        self.engine = SimulatedEngine(self.clock, self._answers, recordings=folder / "recordings")
        self._folder = folder
        self._callee = Callee()

    def _answers(self, number: str) -> Callee:
        return self._callee

    def callee(self, callee: Callee) -> None:
        self._callee = callee

    def invites(self) -> int:
        return len(self.engine.invites)

    def restart(self) -> None:
        self.engine.abandon()

    def prompt(self, seconds: float) -> Path:
        path = self._folder / f"silence-{seconds:g}"
        path.with_name(f"{path.name}.ulaw").write_bytes(b"\xff" * int(seconds * 8000))
        return path


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.__name__)
def test_contract(scenario: Scenario, tmp_path: Path) -> None:
    line = RecordingLine(tmp_path)

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
