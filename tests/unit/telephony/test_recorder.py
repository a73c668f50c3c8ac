"""Flows that record, on the simulator: what the callee says, whole calls, and what nobody may keep."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from callwright.calls.models import Attempt, Permission, Settlement
from callwright.calls.recovery import Orphan
from callwright.flows import commands
from callwright.flows.language import parse_flow
from callwright.telephony.caller import EngineCaller
from callwright.telephony.port import CALLEE_SIDE, recording_file
from callwright.telephony.recorder import RecordMeans
from callwright.telephony.simulator import Callee, Press, SimulatedEngine
from callwright.telephony.virtual_clock import VirtualClock
from support.recording_contract import HIGH, LOW, SPEAKS, samples, spoken

TO = "+12125550101"


@dataclass(kw_only=True)
class Began:
    """What the rows say of one recording."""

    id: str
    pause_wanted: bool = False


@dataclass(kw_only=True)
class Rows:
    """Where recordings are written down, in memory."""

    begun: list[tuple[str, str | None]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    wanted: bool = False
    pauses: list[bool] = field(default_factory=list)

    async def begin(
        self, attempt: Attempt, name: str, *, step: str | None = None, max_seconds: int | None = None
    ) -> Began:
        self.begun.append((name, step))
        return Began(id=f"rec_{name}", pause_wanted=self.wanted)

    async def end(self, attempt: Attempt, name: str, file: Path, *, max_seconds: int) -> float:
        return min(file.stat().st_size / 16000, max_seconds)

    async def fail(self, attempt: Attempt, name: str, reason: str) -> None:
        self.failed[name] = reason

    async def pause_wanted(self, attempt: Attempt) -> bool:
        return self.wanted

    async def paused(self, attempt: Attempt, *, paused: bool) -> None:
        self.pauses.append(paused)


@dataclass(kw_only=True)
class Book:
    """A ledger in memory."""

    notes: list[commands.Note] = field(default_factory=list)
    state: Mapping[str, Any] | None = None
    settled: list[Settlement] = field(default_factory=list)

    async def ringing(self, attempt_id: str) -> None:
        """Nothing to keep."""

    async def accept(self, attempt_id: str) -> Any:
        return "taken"

    async def answered(self, attempt_id: str, state: Mapping[str, Any], effects: Sequence[commands.Command]) -> None:
        await self.progress(attempt_id, state, effects)

    async def progress(self, attempt_id: str, state: Mapping[str, Any], effects: Sequence[commands.Command]) -> None:
        self.state = state
        self.notes += [effect for effect in effects if isinstance(effect, commands.Note)]

    async def settle(self, attempt_id: str, end: Settlement) -> None:
        self.settled.append(end)


class Silent:
    """A voice whose every prompt lasts a second."""

    async def render(self, items: Sequence[commands.Speech | commands.Audio], voice: str) -> list[Path]:
        return [Path("/nowhere/hello")]


class Calling:
    """One call of a flow to a scripted callee."""

    def __init__(self, folder: Path, callee: Callee, *steps: dict[str, Any], **head: Any) -> None:
        self.clock = VirtualClock()
        self.engine = SimulatedEngine(self.clock, {TO: callee}, play_seconds=lambda files: 1.0, recordings=folder)
        self.rows, self.book = Rows(), Book()
        self.folder = folder
        flow = parse_flow({"steps": list(steps), **head}).to_json()
        self.attempt = Attempt(
            id="att_rec1", organisation_id="org_1", call_id="cal_1", ordinal=1, to_number=TO,
            from_number="+12125550100", sandbox=False, purpose="transactional", ring_timeout_seconds=30,
            not_before=datetime.now(UTC), flow_id=f"flw_{folder}", flow=flow, variables={}, voice="en-US-F",
        )  # fmt: skip
        self.caller = self.another()

    def another(self) -> EngineCaller:
        return EngineCaller(
            self.engine, ledger=self.book, voice=Silent(), clock=self.clock, recording=RecordMeans(recordings=self.rows)
        )

    async def run(self) -> None:
        permission = Permission(trunk="sim", dial_string=TO, caller_number="+12125550100")
        await self.caller.call(self.attempt, permission)

    def noted(self, kind: str) -> list[dict[str, Any]]:
        return [note.data for note in self.book.notes if note.kind == kind]

    def heard(self, name: str) -> Any:
        return samples(recording_file(self.folder, "att_rec1", name))


SPEAK = Callee(rings_for=0.1, says=SPEAKS)


def test_what_a_callee_says_gets_a_row_a_file_and_a_variable(tmp_path: Path) -> None:
    call = Calling(
        tmp_path, SPEAK, {"type": "record", "id": "memo", "silence_seconds": 2, "save_as": "words"},
        {"type": "say", "text": "Kept as {words}."},
    )  # fmt: skip
    call.clock.run(call.run())
    assert call.rows.begun == [("memo-1", "memo")]
    [noted] = call.noted("record")
    assert noted["recording_id"] == "rec_memo-1"
    assert 3 < noted["seconds"] < 6
    assert spoken(call.heard("memo-1"), HIGH) > 0.9
    assert call.book.state is not None
    assert call.book.state["variables"]["words"] == "rec_memo-1"


def test_who_says_nothing_has_nothing_to_keep(tmp_path: Path) -> None:
    engine_without_folder = Calling(tmp_path, SPEAK, {"type": "record"}, {"type": "say", "text": "Well."})
    engine_without_folder.engine._recordings = None
    engine_without_folder.clock.run(engine_without_folder.run())
    assert list(engine_without_folder.rows.failed) == ["s1-1"]
    assert engine_without_folder.noted("record")[0]["result"] == "failed"


def test_a_recording_in_the_air_goes_on_after_a_restart(tmp_path: Path) -> None:
    call = Calling(tmp_path, SPEAK, {"type": "record", "id": "memo", "silence_seconds": 2})

    async def killed_in_the_middle() -> None:
        driving = asyncio.get_running_loop().create_task(call.run())
        await call.clock.sleep(1.0)
        driving.cancel()
        await asyncio.gather(driving, return_exceptions=True)
        call.engine.abandon()
        await call.clock.sleep(0.5)
        leg = await call.engine.adopt("att_rec1")
        assert leg is not None
        orphan = Orphan(
            attempt=call.attempt, flow_state=call.book.state, answered=True, rang=True, cancelled=False,
            dialled_at=datetime.now(UTC),
        )  # fmt: skip
        await call.another().go_on(orphan, leg)

    call.clock.run(killed_in_the_middle())
    assert call.rows.begun == [("memo-1", "memo")] * 2
    [noted] = call.noted("record")
    assert noted["recording_id"] == "rec_memo-1"
    assert spoken(call.heard("memo-1"), LOW) > 0.9
    assert spoken(call.heard("memo-1"), HIGH) > 0.9


def test_a_whole_call_is_recorded_and_a_secret_is_silence(tmp_path: Path) -> None:
    # what is said from 2.3 s on falls into the question for the card
    callee = Callee(rings_for=0.1, says=SPEAKS, presses=[Press(digits="4111", after=4.0)])
    call = Calling(
        tmp_path,
        callee,
        {"type": "gather", "prompt": [{"type": "say", "text": "Your card?"}], "max_digits": 4, "sensitive": True},
        {"type": "say", "text": "Thank you."},
        recording=True,
    )
    call.clock.run(call.run())
    assert call.rows.begun == [("call", None)]
    theirs = call.heard(CALLEE_SIDE)
    assert len(theirs) / 8000 > 4.5
    assert spoken(theirs, LOW) > 0.6
    assert spoken(theirs, HIGH) == 0
    assert not np.any(theirs[int(2.2 * 8000) : int(4.5 * 8000)])


def test_somebody_pauses_a_recording_and_lets_it_go_on(tmp_path: Path) -> None:
    call = Calling(tmp_path, SPEAK, {"type": "wait", "seconds": 5.0}, recording={"announcement": False})

    async def paused() -> None:
        driving = asyncio.get_running_loop().create_task(call.run())
        await call.clock.sleep(2.0)
        call.rows.wanted = True
        await call.caller.recording_changed("att_rec1")
        await call.clock.sleep(2.0)
        call.rows.wanted = False
        await call.caller.recording_changed("att_rec1")
        await driving

    call.clock.run(paused())
    assert call.rows.pauses == [True, False]
    assert spoken(call.heard(CALLEE_SIDE), LOW) > 0.9
    assert spoken(call.heard(CALLEE_SIDE), HIGH) < 0.1


def test_a_call_whose_recording_cannot_begin_goes_on(tmp_path: Path) -> None:
    call = Calling(tmp_path, SPEAK, {"type": "say", "text": "Hello."}, recording=True)
    call.engine._recordings = None
    call.clock.run(call.run())
    assert list(call.rows.failed) == ["call"]
    assert [note["type"] for note in call.noted("step")] == ["say", "say"]
    assert len(call.book.settled) == 1
