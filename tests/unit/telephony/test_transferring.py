"""Transfers over the simulator: who is called, what each side hears, and what the flow makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from callwright.calls.models import Attempt, Permission, Settlement
from callwright.calls.transfers import TransferPermission, TransferRefused
from callwright.flows import commands
from callwright.flows.commands import Transfer
from callwright.flows.events import TransferFailure
from callwright.flows.language import parse_flow
from callwright.rules.outcomes import Outcome
from callwright.telephony.port import DialRequest
from callwright.telephony.runner import CallRunner
from callwright.telephony.second_legs import first_leg_id, second_leg_id
from callwright.telephony.simulator import Callee, Press, SimulatedEngine, SimulatedLeg
from callwright.telephony.transferring import TransferMeans
from callwright.telephony.virtual_clock import VirtualClock

CALLEE, AGENT = "+12125550100", "+12125550123"
PICKS_UP = Callee(rings_for=1.0)


class Notes:
    """Keeps what would be written."""

    def __init__(self) -> None:
        self.state: Mapping[str, Any] | None = None
        self.notes: list[commands.Note] = []
        self.settled: list[Settlement] = []

    async def ringing(self, attempt_id: str) -> None:
        pass

    async def answered(self, attempt_id: str, flow_state: Mapping[str, Any], effects: Sequence[Any]) -> None:
        await self.progress(attempt_id, flow_state, effects)

    async def progress(self, attempt_id: str, flow_state: Mapping[str, Any], effects: Sequence[Any]) -> None:
        self.state = flow_state
        self.notes += [effect for effect in effects if isinstance(effect, commands.Note)]

    async def settle(self, attempt_id: str, end: Settlement) -> None:
        self.notes += [effect for effect in end.effects if isinstance(effect, commands.Note)]
        self.settled.append(end)

    def results(self) -> list[tuple[str, str | None]]:
        """The transfer's lines of the timeline: result and reason."""
        return [(note.data["result"], note.data.get("reason")) for note in self.notes if note.kind == "transfer"]


class Rooms:
    """Implements ``Transfers`` in memory."""

    def __init__(self, refused: TransferRefused | None = None) -> None:
        self.refused = refused
        self.begun: list[str] = []
        self.connections: list[str] = []
        self.live: set[str] = set()

    async def begin(
        self, attempt: Attempt, transfer_id: str, command: Transfer
    ) -> TransferPermission | TransferRefused | None:
        if self.refused is not None:
            return self.refused
        if transfer_id in self.begun:
            return None
        self.begun.append(transfer_id)
        self.live.add(transfer_id)
        permission = Permission(trunk="sipp", dial_string=command.to, caller_number=attempt.own_number)
        return TransferPermission(permission=permission)

    async def connected(self, attempt: Attempt, transfer_id: str) -> None:
        self.connections.append(transfer_id)

    async def ended(
        self, attempt: Attempt, transfer_id: str, *, cause: int | None = None, sip_status: int | None = None
    ) -> float | None:
        self.live.discard(transfer_id)
        return None

    async def ended_with(self, attempt: Attempt, *, at: datetime | None = None) -> None:
        self.live.clear()


class Words:
    """A voice whose every prompt lasts as long as the engine says."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def render(self, items: Sequence[commands.Speech | commands.Audio], voice: str) -> list[Path]:
        texts = [item.text if isinstance(item, commands.Speech) else item.audio_id for item in items]
        self.said += texts
        return [Path(text) for text in texts]


class Trial:
    """One call whose flow transfers it."""

    def __init__(
        self, agent: Callee, *, callee: Callee = PICKS_UP, refused: TransferRefused | None = None, **step: Any
    ) -> None:
        self.clock = VirtualClock()
        self.engine = SimulatedEngine(self.clock, {CALLEE: callee, AGENT: agent}, play_seconds=lambda files: 2.0)
        self.notes = Notes()
        self.rooms = Rooms(refused)
        self.words = Words()
        flow = parse_flow(
            {
                "steps": [
                    {
                        "type": "transfer",
                        "to": AGENT,
                        "on_failed": [{"type": "say", "text": "Nobody is there."}],
                        "on_ended": [{"type": "say", "text": "Goodbye."}],
                        **step,
                    }
                ]
            }
        )
        self.attempt = Attempt(
            id="att_1",
            organisation_id="org_1",
            call_id="cal_1",
            ordinal=1,
            to_number=CALLEE,
            from_number="+12125550199",
            sandbox=False,
            purpose="emergency",
            ring_timeout_seconds=30,
            not_before=self.clock.now(),
            flow_id=f"flw_{id(self)}",
            flow=flow.to_json(),
            variables={},
            voice="v",
        )

    def runner(self) -> CallRunner:
        means = TransferMeans(engine=self.engine, transfers=self.rooms, voice=self.words, clock=self.clock)
        return CallRunner(self.attempt, ledger=self.notes, voice=self.words, clock=self.clock, means=means)

    async def call(self) -> None:
        await self.runner().run(
            self.engine,
            DialRequest(attempt_id="att_1", dial_string=CALLEE, trunk="sipp", caller_number="+12125550199"),
        )

    def run(self) -> Trial:
        self.clock.run(self.call())
        return self

    def assert_nothing_is_left(self) -> None:
        async def living() -> frozenset[str]:
            return await self.engine.living()

        assert self.clock.run(living()) == frozenset()
        assert self.rooms.live == set()
        assert len(self.notes.settled) == 1


def test_two_legs_are_connected_and_the_agent_hangs_up() -> None:
    trial = Trial(Callee(rings_for=1.0, hangs_up_after=5.0)).run()
    assert trial.notes.results() == [("started", None), ("answered", None), ("ended", None)]
    assert trial.words.said[-1] == "Goodbye."
    assert trial.rooms.connections == ["att_t1_1"]
    assert [invite.attempt_id for invite in trial.engine.invites] == ["att_1", "att_t1_1"]
    assert trial.notes.settled[0].outcome is Outcome.ANSWERED
    trial.assert_nothing_is_left()


def test_the_callee_hangs_up_and_the_agent_is_let_go() -> None:
    trial = Trial(PICKS_UP, callee=Callee(rings_for=1.0, hangs_up_after=10.0)).run()
    assert trial.notes.results() == [("started", None), ("answered", None), ("ended", "callee_hung_up")]
    trial.assert_nothing_is_left()


def test_the_callee_hangs_up_while_it_rings() -> None:
    trial = Trial(Callee(status=None), callee=Callee(rings_for=1.0, hangs_up_after=3.0)).run()
    assert trial.notes.results() == [("started", None), ("failed", "callee_hung_up")]
    trial.assert_nothing_is_left()


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        (Callee(status=486), "busy"),
        (Callee(status=480), "no_answer"),
        (Callee(status=None), "no_answer"),
        (Callee(status=503), "congestion"),
        (Callee(status=404), "failed"),
        (Callee(status=603), "failed"),
    ],
)
def test_nobody_is_reached(agent: Callee, reason: str) -> None:
    trial = Trial(agent).run()
    assert trial.notes.results() == [("started", None), ("failed", reason)]
    assert trial.words.said[-1] == "Nobody is there."
    trial.assert_nothing_is_left()


def test_no_room_is_congestion() -> None:
    trial = Trial(PICKS_UP, refused=TransferRefused(reason=TransferFailure.CONGESTION, detail="no room")).run()
    assert trial.notes.results() == [("started", None), ("failed", "congestion")]
    assert len(trial.engine.invites) == 1
    trial.assert_nothing_is_left()


ASKED = {
    "whisper": [{"type": "say", "text": "To take the call press 1."}],
    "accept_key": "1",
    "accept_seconds": 5.0,
}


@pytest.mark.parametrize("press", [Press(digits="1", after=0.5), Press(digits="21", after=4.0)])
def test_the_agent_is_asked_and_takes_the_call(press: Press) -> None:
    trial = Trial(Callee(rings_for=1.0, presses=[press], hangs_up_after=10.0), **ASKED).run()
    assert "To take the call press 1." in trial.words.said
    assert trial.notes.results() == [("started", None), ("answered", None), ("ended", None)]
    trial.assert_nothing_is_left()


@pytest.mark.parametrize(
    "agent",
    [PICKS_UP, Callee(presses=[Press(digits="2", after=1.0)]), Callee(hangs_up_after=1.0)],
)
def test_an_agent_who_does_not_take_it_did_not_answer(agent: Callee) -> None:
    trial = Trial(agent, **ASKED).run()
    assert trial.notes.results() == [("started", None), ("failed", "no_answer")]
    assert trial.rooms.connections == []
    trial.assert_nothing_is_left()


def test_an_agent_who_hangs_up_during_the_whisper_was_not_connected() -> None:
    trial = Trial(Callee(rings_for=1.0, hangs_up_after=1.0), whisper=ASKED["whisper"]).run()
    assert trial.notes.results() == [("started", None), ("failed", "no_answer")]
    assert trial.rooms.connections == []
    trial.assert_nothing_is_left()


def test_the_second_of_two_is_reached() -> None:
    again = {"type": "transfer", "to": AGENT, "on_failed": [{"type": "hangup"}]}
    trial = Trial(Callee(status=486), on_failed=[again]).run()
    assert trial.notes.results() == [("started", None), ("failed", "busy")] * 2
    assert trial.rooms.begun == ["att_t1_1", "att_t2_1"]
    trial.assert_nothing_is_left()


def _legs(trial: Trial) -> dict[str, SimulatedLeg]:
    return {name: channel.leg for name, channel in trial.engine._channels.items() if channel.leg is not None}


@pytest.mark.parametrize("seconds", [1.5, 2.5, 6.0])
def test_a_restart_goes_on_with_both_sides(seconds: float) -> None:
    """Killed while it rings, while the whisper is heard, or while both speak."""
    trial = Trial(Callee(rings_for=1.0, hangs_up_after=20.0), whisper=ASKED["whisper"])

    async def run() -> None:
        await _until(trial, seconds)
        trial.engine.abandon()
        leg = await trial.engine.adopt("att_1")
        assert leg is not None
        await trial.runner().resume(leg, trial.notes.state, answered=True)

    trial.clock.run(run())
    assert trial.notes.results()[-2:] == [("answered", None), ("ended", None)]
    assert len(trial.engine.invites) == 2
    trial.assert_nothing_is_left()


def test_a_restart_that_finds_no_agent_goes_on_without() -> None:
    trial = Trial(Callee(rings_for=1.0))

    async def run() -> None:
        await _until(trial, 6.0)
        trial.engine.abandon()
        lost = await trial.engine.adopt("att_t1_1")
        assert lost is not None
        await lost.hang_up()
        leg = await trial.engine.adopt("att_1")
        assert leg is not None
        await trial.runner().resume(leg, trial.notes.state, answered=True)

    trial.clock.run(run())
    assert trial.notes.results()[-1] == ("ended", None)
    assert trial.words.said[-1] == "Goodbye."
    trial.assert_nothing_is_left()


async def _until(trial: Trial, seconds: float) -> None:
    """Run the call for so long, and kill its runner."""
    task = asyncio.ensure_future(trial.call())
    await trial.clock.sleep(seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_both_hear_each_other_and_ringing_before() -> None:
    trial = Trial(Callee(rings_for=3.0, hangs_up_after=5.0))

    async def run() -> None:
        task = asyncio.ensure_future(trial.call())
        await trial.clock.sleep(2.0)
        assert _legs(trial)["att_1"].hears_ringing
        await trial.clock.sleep(3.0)
        legs = _legs(trial)
        assert (legs["att_1"].hears, legs["att_t1_1"].hears) == ("att_t1_1", "att_1")
        assert not legs["att_1"].hears_ringing
        await task

    trial.clock.run(run())
    trial.assert_nothing_is_left()


def test_names_of_second_legs() -> None:
    assert second_leg_id("att_06gz", 2) == "att_t2_06gz"
    assert first_leg_id("att_t2_06gz") == "att_06gz"
    assert first_leg_id(second_leg_id("att_in_1_d2", 1)) == "att_in_1_d2"
    assert first_leg_id("att_06gz") == "att_06gz"
    assert first_leg_id("att_in_1_d2") == "att_in_1_d2"
