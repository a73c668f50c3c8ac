"""Greetings of people and machines, and calls to them that need no database."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np

from callwright.calls.models import Attempt, Permission, Settlement
from callwright.clock import Clock
from callwright.flows import commands
from callwright.flows.machine_option import MachineDetection
from callwright.flows.simple import DtmfAction, call_flow
from callwright.speech.levels import resample, to_samples
from callwright.speech.tts.engine import Utterance
from callwright.speech.tts.pico import PicoEngine
from callwright.telephony.simulator import Sound
from support.line_sounds import Samples

TO = "+12125550101"
GREETING = "Hello, you have reached Sarah. I can not take your call right now. Please leave a message."
_ids = itertools.count(1)


@functools.cache
def spoken(text: str) -> Samples:
    samples, rate = PicoEngine().synthesize(Utterance(text=text, voice_id="pico-en-US-f"))
    line = to_samples(resample(samples.astype(np.float32) / 32768.0, rate, 8000))
    loud = np.flatnonzero(np.abs(line) > 300)
    return line[loud[0] : loud[-1] + 1]


def says(*parts: Samples) -> list[Sound]:
    return [Sound(after=0.3, samples=np.concatenate(parts).tobytes())]


def seconds(samples: Samples) -> float:
    return len(samples) / 8000


class KeptLedger:
    """Keeps what a call came to."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.answered_at = 0.0
        self.settled: list[Settlement] = []
        self.notes: list[tuple[float, commands.Note]] = []

    async def ringing(self, attempt_id: str) -> None:
        """Nothing to keep."""

    async def answered(self, attempt_id: str, state: Mapping[str, Any], effects: Sequence[commands.Command]) -> None:
        self.answered_at = self._clock.monotonic()
        await self.progress(attempt_id, state, effects)

    async def progress(self, attempt_id: str, state: Mapping[str, Any], effects: Sequence[commands.Command]) -> None:
        now = self._clock.monotonic() - self.answered_at
        self.notes += [(now, effect) for effect in effects if isinstance(effect, commands.Note)]

    async def accept(self, attempt_id: str) -> Literal["taken", "stand_by", "filled"]:
        """Nobody is invited to anything here."""
        return "filled"

    async def settle(self, attempt_id: str, end: Settlement) -> None:
        self.settled.append(end)

    def noted(self, kind: str) -> list[tuple[float, Mapping[str, Any]]]:
        return [(at, note.data) for at, note in self.notes if note.kind == kind]


def new_call(
    option: Mapping[str, Any], *, dtmf: Mapping[str, DtmfAction] | None = None, trunk: str = "provider"
) -> tuple[Attempt, Permission]:
    """Return a call that says "Our message." and deals with machines so."""
    flow = call_flow("Our message.", dtmf=dtmf, attempts=1, machine_detection=MachineDetection.model_validate(option))
    attempt = Attempt(
        id=f"att_hearing{next(_ids)}",
        organisation_id="org_1",
        call_id="cal_1",
        ordinal=1,
        to_number=TO,
        from_number="+12125550100",
        sandbox=False,
        purpose="emergency",
        ring_timeout_seconds=30,
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        flow_id=f"flw_hearing{next(_ids)}",
        flow=flow.to_json(),
        variables={},
        voice="en-US-F",
    )
    return attempt, Permission(trunk=trunk, dial_string=TO, caller_number="+12125550100")
