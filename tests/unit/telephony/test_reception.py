"""Calls that come in, with an engine and a database that do what the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from callwright.calls.claims import Owner
from callwright.calls.inbound import InboundCalls, Incoming, Refusal
from callwright.calls.models import INBOUND, Attempt, Settlement
from callwright.clock import SystemClock
from callwright.dispatch.dispatcher import Dispatcher
from callwright.flows import commands
from callwright.flows.simple import call_flow
from callwright.rules.outcomes import Outcome
from callwright.telephony import port
from callwright.telephony.caller import EngineCaller
from callwright.telephony.reception import Reception

OWNER = Owner(node="n", epoch=1)


class QuickClock(SystemClock):
    """Waits for nothing."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass(kw_only=True)
class Caller:
    """A leg whose other end is a person that calls: told what is done to it, in order."""

    id: str = "att_in_1"
    #: Hangs up when it hears this done.
    gives_up_at: str = ""
    done: list[str] = field(default_factory=list)
    capabilities: frozenset[port.Capability] = frozenset()
    _queue: asyncio.Queue[port.LegEvent] = field(default_factory=asyncio.Queue)

    def _do(self, what: str) -> None:
        self.done.append(what)
        if what == self.gives_up_at:
            self._queue.put_nowait(port.LegEnded(cause=16, sip_status=None, ended_by=port.EndedBy.CALLEE))

    async def events(self) -> AsyncIterator[port.LegEvent]:
        while True:
            event = await self._queue.get()
            yield event
            if isinstance(event, port.LegEnded):
                return

    async def ring(self) -> None:
        self._do("ring")

    async def answer(self) -> None:
        self._do("answer")
        if self.gives_up_at not in self.done:
            self._queue.put_nowait(port.LegAnswered())

    async def refuse(self, cause: int) -> None:
        self._do(f"refuse {cause}")

    def let_go(self) -> None:
        self._do("let go")

    async def play(self, play_id: int, files: Sequence[Path]) -> None:
        self._do("play")
        self._queue.put_nowait(port.PlayEnded(play_id=play_id, ok=True))

    async def stop_playing(self, play_id: int) -> None:
        self._do("stop")

    async def hang_up(self) -> None:
        self._do("hang up")
        self._queue.put_nowait(port.LegEnded(cause=16, sip_status=None, ended_by=port.EndedBy.US))


@dataclass(kw_only=True)
class Desk:
    """Reception and what is around it."""

    #: What the database answers, one after another; the last one again and again.
    answers: list[Any]
    caller: Caller = field(default_factory=Caller)
    written: list[Any] = field(default_factory=list)
    asked: int = 0
    on_arrival: Callable[[port.Arrival], None] | None = None

    async def accept(self, incoming: Incoming, owner: Owner) -> Any:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def ringing(self, attempt_id: str) -> None:
        self.written.append("ringing")

    async def answered(self, attempt_id: str, state: Mapping[str, Any], effects: Sequence[commands.Command]) -> None:
        self.written.append("answered")

    async def progress(self, attempt_id: str, state: Mapping[str, Any], effects: Sequence[commands.Command]) -> None:
        """Steps do not matter here."""

    async def settle(self, attempt_id: str, end: Settlement) -> None:
        self.written.append((end.outcome, end.ended_by))

    async def render(self, items: Sequence[Any], voice: str) -> list[Path]:
        self.caller.done.append("render")
        return [Path("/x")]

    async def take(self, *, closed: bool = False) -> None:
        """Let the call come in and do what follows from it."""
        clock = QuickClock()
        engine = EngineCaller(cast(Any, self), ledger=cast(Any, self), voice=self, clock=clock)
        reception = Reception(cast(Any, self), inbound=cast(InboundCalls, self), caller=engine, clock=clock)
        reception.closed = closed
        held: list[asyncio.Future[None]] = []

        class Holder:
            def hold(self, attempt_id: str, work: Any) -> None:
                held.append(asyncio.ensure_future(work))

        running = asyncio.create_task(reception.run(OWNER, cast(Dispatcher, Holder())))
        assert self.on_arrival is not None
        self.on_arrival(port.Arrival(leg=self.caller, trunk="t", dialled="+12125550100", caller="+12125550123"))
        async with asyncio.timeout(10):
            while not held:
                await asyncio.sleep(0)
            await held[0]
        running.cancel()


def attempt() -> Attempt:
    return Attempt(
        id="att_in_1",
        organisation_id="org_1",
        call_id="cal_1",
        ordinal=1,
        to_number="+12125550100",
        from_number="+12125550123",
        sandbox=False,
        purpose="transactional",
        ring_timeout_seconds=30,
        not_before=datetime.now(UTC),
        flow_id="flw_reception",
        flow=call_flow("Hello {from}.").to_json(),
        variables={},
        voice="en-US-F",
        direction=INBOUND,
    )


async def test_it_is_answered_when_the_first_words_are_there() -> None:
    desk = Desk(answers=[attempt()])
    await desk.take()
    assert desk.caller.done[:3] == ["ring", "render", "answer"]
    assert "play" in desk.caller.done
    assert desk.written == ["answered", (Outcome.ANSWERED, "us")]


@pytest.mark.parametrize("moment", ["ring", "answer"])
async def test_a_caller_who_does_not_wait_was_not_answered(moment: str) -> None:
    desk = Desk(answers=[attempt()], caller=Caller(gives_up_at=moment))
    await desk.take()
    assert desk.written == [(Outcome.NO_ANSWER, "caller")]
    assert "play" not in desk.caller.done


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [(Refusal.NOT_FOUND, 1), (Refusal.UNAVAILABLE, 19), (Refusal.BUSY, 17), (Refusal.FORBIDDEN, 21)],
)
async def test_a_refusal_is_told_by_its_cause(refusal: Refusal, cause: int) -> None:
    desk = Desk(answers=[refusal])
    await desk.take()
    assert desk.caller.done == [f"refuse {cause}"]
    assert desk.written == []


async def test_one_that_was_accepted_before_is_left_to_the_reaper() -> None:
    desk = Desk(answers=[None])
    await desk.take()
    assert desk.caller.done == ["let go"]


async def test_while_we_stop_nobody_is_let_in() -> None:
    desk = Desk(answers=[attempt()])
    await desk.take(closed=True)
    assert desk.caller.done == ["refuse 34"]
    assert desk.asked == 0


async def test_a_caller_waits_for_the_database() -> None:
    desk = Desk(answers=[OSError("away"), TimeoutError(), attempt()])
    await desk.take()
    assert desk.caller.done[:3] == ["ring", "ring", "ring"]
    assert desk.written[-1] == (Outcome.ANSWERED, "us")


async def test_nobody_waits_for_ever() -> None:
    desk = Desk(answers=[OSError("away")])
    await desk.take()
    assert desk.caller.done[-1] == "refuse 34"
    assert desk.asked > 10
