"""The simulator as the engine that contract suites are held over."""

from __future__ import annotations

from pathlib import Path

from callwright.telephony.simulator import Callee, SimulatedEngine
from callwright.telephony.virtual_clock import VirtualClock


class SimulatedLine:
    """The contract's line over a simulator; with a folder for ``recordings`` it records."""

    def __init__(self, folder: Path, *, recordings: Path | None = None) -> None:
        self.clock = VirtualClock()
        self.engine = SimulatedEngine(self.clock, self._answers, recordings=recordings)
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
