"""The caller places what the dispatcher claimed, and nothing that was cancelled before it could."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from callwright.calls.models import INBOUND, Attempt, Permission, Settlement
from callwright.calls.recovery import Orphan
from callwright.errors import CallwrightError, NotFound, SetupError
from callwright.flows import commands
from callwright.flows.state import State
from callwright.rules.outcomes import Outcome
from callwright.telephony.caller import EngineCaller
from callwright.telephony.port import DialRequest, EndedBy, InboundLeg, LegEnded, LegEvent, PastCall
from callwright.telephony.simulator import Callee, SimulatedEngine
from callwright.telephony.transferring import Transfers
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


def test_a_flow_that_cannot_be_read_fails_its_call_and_rings_nobody() -> None:
    caller, engine, memory, clock = _caller()
    unreadable = replace(ATTEMPT, flow_id="flw_unreadable", flow={"version": 99})

    clock.run(caller.call(unreadable, PERMISSION))

    assert engine.invites == []
    (end,) = memory.settled
    assert (end.outcome, end.reason) == (Outcome.FAILED, "this version cannot read the flow flw_unreadable")


@pytest.mark.parametrize("flagged", [True, False], ids=["while nobody drove it", "between two owners"])
def test_a_call_that_was_cancelled_while_nobody_drove_it_is_hung_up_and_not_gone_on_with(flagged: bool) -> None:
    caller, engine, memory, clock = _caller()
    orphan = Orphan(
        attempt=ATTEMPT, dialled_at=clock.now(), rang=True, answered=True, flow_state=None, cancelled=flagged
    )

    async def run() -> None:
        leg = await engine.dial(
            DialRequest(
                attempt_id=ATTEMPT.id,
                dial_string=PERMISSION.dial_string,
                trunk=PERMISSION.trunk,
                caller_number=PERMISSION.caller_number,
                ring_timeout_seconds=30,
            )
        )
        if not flagged:
            await caller.cancel(ATTEMPT.id)
        await caller.go_on(orphan, leg)

    clock.run(run())
    assert [end.outcome for end in memory.settled] == [Outcome.CANCELLED]


class Ringing:
    """A call that came in: it ends when it is hung up, and notes what was asked of it."""

    def __init__(self) -> None:
        self.id = ATTEMPT.id
        self.asked: list[str] = []

    async def events(self) -> AsyncIterator[LegEvent]:
        """Tell of the end."""
        yield LegEnded(cause=16, sip_status=None, ended_by=EndedBy.US)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[None]]:
        async def ask(*_: Any, **__: Any) -> None:
            self.asked.append(name)

        return ask


def test_a_call_that_came_in_and_was_cancelled_at_once_is_not_answered() -> None:
    caller, _, memory, clock = _caller()
    leg = Ringing()

    async def run() -> None:
        await caller.cancel(ATTEMPT.id)
        await caller.receive(replace(ATTEMPT, direction=INBOUND), cast(InboundLeg, leg))

    clock.run(run())
    assert leg.asked == ["hang_up"]
    assert [end.outcome for end in memory.settled] == [Outcome.CANCELLED]


class Freed:
    """Transfers that note which call's were ended, and when."""

    def __init__(self) -> None:
        self.ended: list[tuple[str, datetime | None]] = []

    async def ended_with(self, attempt: Attempt, *, at: datetime | None = None) -> None:
        """Note it."""
        self.ended.append((attempt.id, at))


def test_the_transfers_of_a_call_that_ended_unwatched_end_with_it() -> None:
    caller, engine, memory, clock = _caller()
    freed = Freed()
    caller = EngineCaller(engine, ledger=memory, voice=Whisper(), clock=clock, transfers=cast(Transfers, freed))
    state = State(transfers=1).to_json()
    orphan = Orphan(attempt=ATTEMPT, dialled_at=clock.now(), rang=True, answered=True, flow_state=state)
    past = PastCall(answered_at=clock.now(), ended_at=clock.now(), cause=16, ended_by=EndedBy.CALLEE)

    clock.run(caller.conclude(orphan, past))

    assert freed.ended == [(ATTEMPT.id, past.ended_at)]
    assert len(memory.settled) == 1


class Shelf:
    """Remembers what it was asked for."""

    def __init__(self, error: CallwrightError | None = None) -> None:
        self.error = error
        self.placed: list[tuple[str, list[str]]] = []

    async def place(self, organisation_id: str, audio_ids: Iterable[str]) -> None:
        self.placed.append((organisation_id, list(audio_ids)))
        if self.error is not None:
            raise self.error

    async def file(self, organisation_id: str, audio_id: str) -> Path:
        return Path(f"/{organisation_id}/{audio_id}")


PLAYS = replace(
    ATTEMPT,
    flow_id="flw_plays",
    flow={
        "version": 1,
        "start": "a",
        "steps": {
            "a": {"type": "play", "audio": "aud_1", "next": "b"},
            "b": {"type": "say", "text": "Bye", "next": "c"},
            "c": {"type": "play", "audio": "aud_1", "next": None},
        },
    },
)


def _playing_caller(shelf: Shelf) -> tuple[EngineCaller, SimulatedEngine, Memory, list[list[Path]]]:
    played: list[list[Path]] = []

    def seconds(files: Sequence[Path]) -> float:
        played.append(list(files))
        return 1.0

    clock = VirtualClock()
    engine = SimulatedEngine(clock, {PERMISSION.dial_string: Callee()}, play_seconds=seconds)
    memory = Memory()
    return EngineCaller(engine, ledger=memory, voice=Whisper(), clock=clock, audio=shelf), engine, memory, played


def test_audio_is_placed_before_the_call_and_played_in_it() -> None:
    shelf = Shelf()
    caller, engine, memory, played = _playing_caller(shelf)
    engine.clock.run(caller.call(PLAYS, PERMISSION))
    assert shelf.placed == [("org_1", ["aud_1"])]
    assert played == [[Path("/org_1/aud_1")], [Path("/nowhere/hello")], [Path("/org_1/aud_1")]]
    assert [end.outcome for end in memory.settled] == [Outcome.ANSWERED]


def test_nobody_is_called_while_the_audio_cannot_be_fetched() -> None:
    caller, engine, memory, _ = _playing_caller(Shelf(CallwrightError("the database is away")))

    async def run() -> None:
        await caller.prepare(PLAYS, decided=True)
        assert not await caller.call(PLAYS, PERMISSION)

    engine.clock.run(run())
    assert (engine.invites, memory.settled) == ([], [])


def test_a_call_whose_audio_is_gone_fails_and_rings_nobody() -> None:
    caller, engine, memory, _ = _playing_caller(Shelf(NotFound("the audio aud_1 is gone")))
    engine.clock.run(caller.call(PLAYS, PERMISSION))
    assert engine.invites == []
    assert [(end.outcome, end.reason) for end in memory.settled] == [(Outcome.FAILED, "the audio aud_1 is gone")]


def test_a_flow_without_audio_asks_for_none() -> None:
    shelf = Shelf()
    caller, engine, _, _ = _playing_caller(shelf)
    engine.clock.run(caller.call(ATTEMPT, PERMISSION))
    assert (len(engine.invites), shelf.placed) == (1, [])
