"""What the runner writes down about the end of a call: whether a person hung up before they had heard all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from callwright.calls.models import Attempt, Permission, Settlement
from callwright.flows import commands
from callwright.telephony.caller import EngineCaller
from callwright.telephony.simulator import Callee, SimulatedEngine
from callwright.telephony.virtual_clock import VirtualClock

SAYS: dict[str, Any] = {
    "version": 1,
    "start": "s1",
    "steps": {
        "s1": {"type": "say", "text": "Hello", "next": "s2"},
        "s2": {"type": "say", "text": "Goodbye", "next": None},
    },
}
TO = "+12125550101"


class Ends:
    """A ledger that remembers ends only."""

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


@pytest.mark.parametrize(
    ("callee", "incomplete"),
    [
        pytest.param(Callee(), False, id="hears all of it"),
        pytest.param(Callee(hangs_up_after=4), True, id="hangs up in the first sentence"),
        pytest.param(Callee(hangs_up_after=15), True, id="hangs up in the last one"),
        pytest.param(Callee(status=486), False, id="does not answer"),
    ],
)
def test_who_hangs_up_before_the_end_is_told_apart(callee: Callee, incomplete: bool) -> None:
    clock, ends = VirtualClock(), Ends()
    engine = SimulatedEngine(clock, {TO: callee}, play_seconds=lambda files: 10.0)
    attempt = Attempt(
        id="att_1",
        organisation_id="org_1",
        call_id="cal_1",
        ordinal=1,
        to_number=TO,
        from_number="+12125550100",
        sandbox=False,
        purpose="emergency",
        ring_timeout_seconds=30,
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        flow_id="flw_early",
        flow=SAYS,
        variables={},
        voice="en-US-F",
    )
    permission = Permission(trunk="provider", dial_string=TO, caller_number="+12125550100")
    clock.run(EngineCaller(engine, ledger=ends, voice=Whisper(), clock=clock).call(attempt, permission))
    assert [end.incomplete for end in ends.settled] == [incomplete]
