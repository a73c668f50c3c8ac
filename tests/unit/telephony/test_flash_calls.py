"""Calls that are only to ring, and calls that say what nobody may read, over the simulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from callwright.calls.models import Attempt, Permission, Settlement
from callwright.flows import commands
from callwright.flows.sealed import MARK
from callwright.rules.outcomes import Outcome
from callwright.telephony.caller import EngineCaller
from callwright.telephony.runner import RANG_ENOUGH
from callwright.telephony.simulator import Callee, SimulatedEngine
from callwright.telephony.virtual_clock import VirtualClock

NUMBER = "+12125550101"
PERMISSION = Permission(trunk="provider", dial_string=NUMBER, caller_number="+12125550100")


class Notes:
    """A ledger and a voice that keep what they are told."""

    def __init__(self) -> None:
        self.settled: list[Settlement] = []
        self.states: list[Mapping[str, Any]] = []
        self.said: list[str] = []

    async def ringing(self, attempt_id: str) -> None:
        pass

    async def answered(self, attempt_id: str, state: Mapping[str, Any], effects: Sequence[commands.Command]) -> None:
        self.states.append(state)

    async def progress(self, attempt_id: str, state: Mapping[str, Any], effects: Sequence[commands.Command]) -> None:
        self.states.append(state)

    async def settle(self, attempt_id: str, end: Settlement) -> None:
        self.settled.append(end)

    async def render(self, items: Sequence[commands.Speech | commands.Audio], voice: str) -> list[Path]:
        self.said = [item.text for item in items if isinstance(item, commands.Speech)]
        return [Path("/nowhere/hello")]


def _attempt(step: Mapping[str, Any], *, sealed: str | None = None, ring_only_seconds: int | None = None) -> Attempt:
    return Attempt(
        id="att_1",
        organisation_id="org_1",
        call_id="cal_1",
        ordinal=1,
        to_number=NUMBER,
        from_number="+12125550100",
        sandbox=False,
        purpose="transactional",
        ring_timeout_seconds=30,
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        flow_id=f"flw_{step['type']}_of_codes",
        flow={"version": 1, "start": "s1", "steps": {"s1": step}},
        variables={},
        voice="en-US-F",
        sealed=sealed,
        ring_only_seconds=ring_only_seconds,
    )


def _called(attempt: Attempt, callee: Callee) -> tuple[Notes, float]:
    """Place the call; return what was told, and how many seconds it took."""
    clock, notes = VirtualClock(), Notes()
    engine = SimulatedEngine(clock, {NUMBER: callee}, play_seconds=lambda files: 1.0)
    caller = EngineCaller(engine, ledger=notes, voice=notes, clock=clock, open_sealed=lambda sealed: sealed[::-1])
    began = clock.monotonic()
    clock.run(caller.call(attempt, PERMISSION))
    return notes, clock.monotonic() - began


FLASH = _attempt({"type": "hangup"}, ring_only_seconds=2)


@pytest.mark.parametrize("early_media", [False, True], ids=["180", "183"])
def test_a_flash_call_ends_a_set_time_after_it_began_to_ring(early_media: bool) -> None:
    callee = Callee(rings_after=1.0, rings_for=60, early_media=early_media)
    notes, seconds = _called(FLASH, callee)
    (end,) = notes.settled
    assert (end.outcome, end.ended_by, end.reason) == (Outcome.NO_ANSWER, "us", RANG_ENOUGH)
    assert 3.0 <= seconds < 3.5


def test_a_flash_call_that_is_answered_is_hung_up() -> None:
    notes, seconds = _called(FLASH, Callee(rings_after=0.5, rings_for=0.5))
    (end,) = notes.settled
    assert (end.outcome, end.ended_by) == (Outcome.ANSWERED, "us")
    assert seconds < 1.5


def test_a_flash_call_to_a_telephone_in_use_is_busy() -> None:
    notes, _ = _called(FLASH, Callee(rings_after=None, rings_for=0.5, status=486))
    assert [end.outcome for end in notes.settled] == [Outcome.BUSY]


def test_a_call_that_is_to_be_answered_rings_on() -> None:
    notes, seconds = _called(_attempt({"type": "hangup"}), Callee(rings_after=0.5, rings_for=20))
    assert [end.outcome for end in notes.settled] == [Outcome.ANSWERED]
    assert seconds > 20


def test_a_code_is_said_and_stands_in_no_state() -> None:
    say = {"type": "say", "text": f"Your code: {MARK} Goodbye.", "next": None}
    notes, _ = _called(_attempt(say, sealed="714"), Callee(rings_for=0.5))
    assert notes.said == ["Your code:", "4.", "1.", "7.", "Goodbye."]
    assert notes.states
    assert "417" not in str(notes.states)
    assert "714" not in repr(_attempt(say, sealed="714"))
