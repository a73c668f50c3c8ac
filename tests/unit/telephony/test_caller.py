"""The caller places what the dispatcher claimed, and nothing that was cancelled before it could."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from callwright.calls.models import Attempt, Permission, Settlement
from callwright.errors import SetupError
from callwright.flows import commands
from callwright.rules.outcomes import Outcome
from callwright.telephony.caller import EngineCaller
from callwright.telephony.simulator import Callee, SimulatedEngine
from callwright.telephony.virtual_clock import VirtualClock

FLOW: dict[str, Any] = {"version": 1, "start": "s1", "steps": {"s1": {"type": "say", "text": "Hello", "next": None}}}
ATTEMPT = Attempt(
    id="att_1",
    organisation_id="org_1",
    call_id="cal_1",
    ordinal=1,
    to_number="+12125550101",
    from_number="+12125550100",
    sandbox=False,
    purpose="emergency",
    ring_timeout_seconds=30,
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    flow_id="flw_1",
    flow=FLOW,
    variables={},
    voice="en-US-F",
)
PERMISSION = Permission(trunk="provider", dial_string="+12125550101", caller_number="+12125550100")


class Memory:
    """A ledger that remembers what was settled."""

    def __init__(self) -> None:
        self.settled: list[Settlement] = []

    async def ringing(self, attempt_id: str) -> None:
        """Nothing to keep."""

    async def answered(self, attempt_id: str, state: Mapping[str, Any], effects: Sequence[commands.Command]) -> None:
        """Nothing to keep."""

    async def progress(self, attempt_id: str, state: Mapping[str, Any], effects: Sequence[commands.Command]) -> None:
        """Nothing to keep."""

    async def settle(self, attempt_id: str, end: Settlement) -> None:
        """Keep how it ended."""
        self.settled.append(end)


class Whisper:
    """A voice whose every sentence is one file."""

    async def render(self, items: Sequence[commands.Speech | commands.Audio], voice: str) -> list[Path]:
        """Return the file."""
        return [Path("/nowhere/hello")]


def _caller() -> tuple[EngineCaller, SimulatedEngine, Memory, VirtualClock]:
    clock = VirtualClock()
    engine = SimulatedEngine(clock, {PERMISSION.dial_string: Callee()}, play_seconds=lambda files: 1.0)
    memory = Memory()
    return EngineCaller(engine, ledger=memory, voice=Whisper(), clock=clock), engine, memory, clock


def test_a_call_is_placed_and_settled() -> None:
    caller, engine, memory, clock = _caller()
    clock.run(caller.call(ATTEMPT, PERMISSION))
    assert len(engine.invites) == 1
    assert [end.outcome for end in memory.settled] == [Outcome.ANSWERED]


def test_a_cancel_that_comes_before_the_call_keeps_it_from_ringing() -> None:
    caller, engine, memory, clock = _caller()

    async def run() -> None:
        await caller.cancel(ATTEMPT.id)
        await caller.call(ATTEMPT, PERMISSION)

    clock.run(run())
    assert engine.invites == []
    assert [end.outcome for end in memory.settled] == [Outcome.CANCELLED]


def test_an_engine_that_is_away_sends_nothing_and_settles_nothing() -> None:
    caller, engine, memory, clock = _caller()
    engine.connected = False

    async def run() -> None:
        assert not await caller.call(ATTEMPT, PERMISSION)
        engine.connected = True
        assert await caller.call(ATTEMPT, PERMISSION)

    clock.run(run())
    assert len(engine.invites) == 1
    assert [end.outcome for end in memory.settled] == [Outcome.ANSWERED]


def test_a_trunk_that_cannot_be_made_known_now_keeps_the_call_from_ringing() -> None:
    _, engine, memory, clock = _caller()

    async def ensure_trunk(name: str) -> None:
        raise SetupError("Asterisk did not answer")

    caller = EngineCaller(engine, ledger=memory, voice=Whisper(), clock=clock, ensure_trunk=ensure_trunk)

    async def run() -> None:
        assert not await caller.call(ATTEMPT, PERMISSION)

    clock.run(run())
    assert engine.invites == []
    assert memory.settled == []
