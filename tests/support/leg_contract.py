"""What every engine must do (``telephony/port.py``), as scenarios that run against each of them.

The simulator runs them in virtual time; Asterisk runs them against telephones played by sipp.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest

from callwright.clock import Clock
from callwright.errors import CallwrightError
from callwright.telephony.port import (
    AlreadyDialled,
    DialRefused,
    DialRequest,
    EndedBy,
    Engine,
    Frame,
    Leg,
    LegAnswered,
    LegDigit,
    LegEnded,
    LegEvent,
    PlayEnded,
    Ringing,
)
from callwright.telephony.simulator import Callee, Press, Sound
from support.line_sounds import tone
from support.sipp_caller import level

_ids = itertools.count(1)


class Line(Protocol):
    """An engine and the network behind it."""

    clock: Clock

    @property
    def engine(self) -> Engine: ...

    def callee(self, callee: Callee) -> None:
        """Let every number of the trunk ``sipp`` be answered so, from now on."""
        ...

    def invites(self) -> int:
        """How many INVITEs have reached the callee."""
        ...

    def restart(self) -> None:
        """Replace the engine by a new one, as after a restart of the control plane; the calls go on."""
        ...

    def prompt(self, seconds: float) -> Path:
        """Return an audio file of this length."""
        ...


Scenario = Callable[[Line], Awaitable[None]]
SCENARIOS: list[Scenario] = []


def scenario(run: Scenario) -> Scenario:
    SCENARIOS.append(run)
    return run


_REQUEST = DialRequest(
    attempt_id="att_contract",
    dial_string="+15550001111",
    trunk="sipp",
    caller_number="+15559990000",
    caller_name="Shop",
    ring_timeout_seconds=20,
)


def request(**changed: Any) -> DialRequest:
    """Return a request for a call of its own."""
    return replace(_REQUEST, **{"attempt_id": f"att_contract{next(_ids)}", **changed})


class Call:
    """A leg and what it has reported."""

    def __init__(self, leg: Leg) -> None:
        self.leg = leg
        self.reported: list[LegEvent] = []
        self._events: AsyncIterator[LegEvent] = leg.events()

    async def next(self) -> LegEvent:
        """Return the next event."""
        event = await anext(self._events)
        self.reported.append(event)
        return event

    async def until(self, kind: type[LegEvent]) -> LegEvent:
        """Return the next event of this kind, skipping others."""
        while not isinstance(event := await self.next(), kind):
            pass
        return event

    async def end(self) -> LegEnded:
        """Wait for the end and return it; it must be the last event."""
        ended = await self.until(LegEnded)
        with pytest.raises(StopAsyncIteration):
            await anext(self._events)
        assert isinstance(ended, LegEnded)
        return ended

    def count(self, kind: type[LegEvent]) -> int:
        return sum(isinstance(event, kind) for event in self.reported)


async def dial(line: Line, callee: Callee, **changed: Any) -> Call:
    line.callee(callee)
    return Call(await line.engine.dial(request(**changed)))


async def answered(line: Line, callee: Callee = Callee(rings_for=0.1)) -> Call:  # noqa: B008
    call = await dial(line, callee)
    assert await call.next() == Ringing()
    assert await call.next() == LegAnswered()
    return call


@scenario
async def an_answered_call_hears_its_prompt(line: Line) -> None:
    call = await answered(line)
    await call.leg.play(1, [line.prompt(0.3)])
    assert await call.next() == PlayEnded(play_id=1, ok=True)
    await call.leg.hang_up()
    assert await call.end() == LegEnded(cause=16, sip_status=None, ended_by=EndedBy.US)
    assert call.leg.id not in await line.engine.living()


@scenario
async def several_files_are_one_play(line: Line) -> None:
    call = await answered(line)
    before = line.clock.monotonic()
    await call.leg.play(1, [line.prompt(0.3), line.prompt(0.2), line.prompt(0.3)])
    assert await call.next() == PlayEnded(play_id=1, ok=True)
    assert line.clock.monotonic() - before > 0.7
    await call.leg.hang_up()
    await call.end()


@scenario
async def plays_come_one_after_another(line: Line) -> None:
    call = await answered(line)
    await call.leg.play(1, [line.prompt(0.3)])
    await call.leg.play(2, [line.prompt(0.2)])
    assert await call.next() == PlayEnded(play_id=1, ok=True)
    assert await call.next() == PlayEnded(play_id=2, ok=True)
    await call.leg.hang_up()
    await call.end()


@scenario
async def a_stopped_prompt_ends_at_once_and_the_next_one_plays(line: Line) -> None:
    call = await answered(line)
    before = line.clock.monotonic()
    await call.leg.play(1, [line.prompt(30)])
    await line.clock.sleep(0.2)
    await call.leg.stop_playing(1)
    assert await call.next() == PlayEnded(play_id=1, ok=True)
    await call.leg.play(2, [line.prompt(0.2)])
    assert await call.next() == PlayEnded(play_id=2, ok=True)
    assert line.clock.monotonic() - before < 25
    await call.leg.stop_playing(1)
    await call.leg.stop_playing(2)
    await call.leg.hang_up()
    assert isinstance(await call.next(), LegEnded)


@scenario
async def a_prompt_that_is_not_there_ends_as_failed(line: Line) -> None:
    call = await answered(line)
    await call.leg.play(1, [line.prompt(0.2).with_name("missing")])
    assert await call.next() == PlayEnded(play_id=1, ok=False)
    await call.leg.play(2, [line.prompt(0.2)])
    assert await call.next() == PlayEnded(play_id=2, ok=True)
    await call.leg.hang_up()
    await call.end()


@scenario
async def keys_arrive_in_their_order(line: Line) -> None:
    call = await answered(line, Callee(rings_for=0.1, presses=[Press(digits="12*#09", after=0.2)], hangs_up_after=2.5))
    await call.end()
    keys = "".join(event.digit for event in call.reported if isinstance(event, LegDigit))
    assert keys == "12*#09"


@scenario
async def keys_are_heard_during_a_prompt(line: Line) -> None:
    call = await answered(line, Callee(rings_for=0.1, presses=[Press(digits="7", after=0.5)]))
    await call.leg.play(1, [line.prompt(30)])
    assert await call.next() == LegDigit(digit="7")
    await call.leg.stop_playing(1)
    assert await call.next() == PlayEnded(play_id=1, ok=True)
    await call.leg.hang_up()
    await call.end()


def _refusal(status: int, cause: int, *, rings: bool) -> Scenario:
    async def refused(line: Line) -> None:
        call = await dial(line, Callee(rings_after=0.05 if rings else None, rings_for=0.1, status=status))
        ended = await call.end()
        assert ended == LegEnded(cause=cause, sip_status=status, ended_by=EndedBy.CALLEE)
        assert call.reported == ([Ringing(), ended] if rings else [ended])

    refused.__name__ = f"a_callee_refuses_with_{status}"
    return scenario(refused)


for _status, _cause, _rings in (
    (486, 17, True),
    (600, 17, True),
    (603, 21, True),
    (403, 21, False),
    (404, 1, False),
    (604, 1, False),
    (410, 22, False),
    (484, 28, False),
    (500, 38, False),
    (503, 34, False),
    # the network's own end of ringing, and a telephone that is off: not our timeout
    (480, 19, True),
    (487, 127, True),
):
    _refusal(_status, _cause, rings=_rings)


@scenario
async def a_telephone_that_is_off_was_not_ringing(line: Line) -> None:
    call = await dial(line, Callee(rings_after=None, rings_for=0.1, status=480))
    assert await call.end() == LegEnded(cause=19, sip_status=480, ended_by=EndedBy.CALLEE)
    assert call.count(Ringing) == 0


@scenario
async def our_ring_timeout_is_told_from_the_network_s(line: Line) -> None:
    call = await dial(line, Callee(status=None), ring_timeout_seconds=1)
    assert await call.end() == LegEnded(cause=19, sip_status=480, ended_by=EndedBy.RING_TIMEOUT)
    assert call.count(Ringing) == 1


@scenario
async def early_media_counts_as_ringing_once(line: Line) -> None:
    call = await answered(line, Callee(early_media=True, rings_for=0.3))
    await call.leg.hang_up()
    await call.end()
    assert call.count(Ringing) == 1


@scenario
async def a_callee_hangs_up_in_the_middle_of_a_prompt(line: Line) -> None:
    call = await answered(line, Callee(rings_for=0.1, hangs_up_after=0.5))
    await call.leg.play(1, [line.prompt(30)])
    assert await call.next() == PlayEnded(play_id=1, ok=False)
    assert await call.next() == LegEnded(cause=16, sip_status=None, ended_by=EndedBy.CALLEE)


@scenario
async def a_callee_hangs_up_at_once(line: Line) -> None:
    call = await dial(line, Callee(rings_for=0.1, hangs_up_after=0.001))
    ended = await call.end()
    assert call.reported == [Ringing(), LegAnswered(), ended]
    assert ended == LegEnded(cause=16, sip_status=None, ended_by=EndedBy.CALLEE)


@scenario
async def we_hang_up_while_it_rings(line: Line) -> None:
    call = await dial(line, Callee(status=None))
    assert await call.next() == Ringing()
    await call.leg.hang_up()
    ended = await call.end()
    assert ended.ended_by is EndedBy.US
    assert call.count(LegAnswered) == 0


@scenario
async def we_hang_up_during_prompts_and_each_play_ends_once(line: Line) -> None:
    call = await answered(line)
    await call.leg.play(1, [line.prompt(30)])
    await call.leg.play(2, [line.prompt(30)])
    await line.clock.sleep(0.2)
    await call.leg.hang_up()
    ended = await call.end()
    assert sorted(event.play_id for event in call.reported if isinstance(event, PlayEnded)) == [1, 2]
    assert ended == LegEnded(cause=16, sip_status=None, ended_by=EndedBy.US)


@scenario
async def after_the_end_nothing_can_be_played_and_hanging_up_does_nothing(line: Line) -> None:
    call = await answered(line)
    await call.leg.hang_up()
    await call.leg.hang_up()
    await call.end()
    await call.leg.hang_up()
    await call.leg.stop_playing(1)
    with pytest.raises(CallwrightError):
        await call.leg.play(1, [line.prompt(0.2)])


@scenario
async def a_prompt_before_the_answer_is_refused(line: Line) -> None:
    call = await dial(line, Callee(status=None))
    await call.until(Ringing)
    with pytest.raises(CallwrightError):
        await call.leg.play(1, [line.prompt(0.2)])
    await call.leg.hang_up()
    await call.end()
    assert call.count(PlayEnded) == 0


@scenario
async def the_same_attempt_is_not_dialled_twice(line: Line) -> None:
    line.callee(Callee(status=None))
    wanted = request()
    call = Call(await line.engine.dial(wanted))
    assert await call.next() == Ringing()
    with pytest.raises(AlreadyDialled):
        await line.engine.dial(wanted)
    line.restart()
    with pytest.raises(AlreadyDialled):
        await line.engine.dial(wanted)
    assert line.invites() == 1
    leg = await line.engine.adopt(wanted.attempt_id)
    assert leg is not None
    await leg.hang_up()
    await Call(leg).end()


@scenario
async def what_is_unsafe_is_refused_before_anything_is_sent(line: Line) -> None:
    line.callee(Callee())
    refused: tuple[dict[str, Any], ...] = (
        {"dial_string": "1&PJSIP/2"},
        {"dial_string": "1@evil"},
        {"dial_string": ""},
        {"dial_string": "1" * 21},
        {"dial_string": "\u0661\u0662"},
        {"dial_string": "123\n"},
        {"trunk": "sipp/../x"},
        {"trunk": ""},
        {"caller_number": "1>;x"},
        {"caller_name": 'a"b'},
        {"caller_name": "a<b"},
        {"caller_name": "a\r\nX: y"},
        {"attempt_id": "cal_1"},
        {"attempt_id": "att_1/play"},
        {"ring_timeout_seconds": 0},
    )
    for changed in refused:
        with pytest.raises(DialRefused):
            await line.engine.dial(request(**changed))
    assert line.invites() == 0
    assert not await line.engine.living()


@scenario
async def a_ringing_call_is_adopted(line: Line) -> None:
    before = await dial(line, Callee(rings_for=1.5))
    assert await before.next() == Ringing()
    line.restart()
    assert before.leg.id in await line.engine.living()
    leg = await line.engine.adopt(before.leg.id)
    assert leg is not None
    call = Call(leg)
    assert await call.next() == Ringing()
    assert await call.next() == LegAnswered()
    await leg.play(1, [line.prompt(0.2)])
    assert await call.next() == PlayEnded(play_id=1, ok=True)
    await leg.hang_up()
    assert await call.end() == LegEnded(cause=16, sip_status=None, ended_by=EndedBy.US)


@scenario
async def an_answered_call_is_adopted_in_the_middle_of_a_prompt(line: Line) -> None:
    before = await answered(line)
    await before.leg.play(1, [line.prompt(30)])
    line.restart()
    leg = await line.engine.adopt(before.leg.id)
    assert leg is not None
    call = Call(leg)
    assert await call.next() == Ringing()
    assert await call.next() == LegAnswered()
    # the old prompt is stopped by its number; its end is not taken for one of ours
    await leg.stop_playing(1)
    await leg.play(1, [line.prompt(0.2)])
    assert await call.next() == PlayEnded(play_id=1, ok=True)
    await leg.hang_up()
    assert isinstance(await call.next(), LegEnded)


@scenario
async def what_is_gone_or_ours_is_not_adopted(line: Line) -> None:
    call = await answered(line)
    assert await line.engine.adopt("att_never") is None
    assert await line.engine.adopt(call.leg.id) is None
    await call.leg.hang_up()
    await call.end()
    assert await line.engine.adopt(call.leg.id) is None
    assert call.leg.id not in await line.engine.living()


@scenario
async def calls_do_not_disturb_each_other(line: Line) -> None:
    line.callee(Callee(rings_for=0.1, presses=[Press(digits="5", after=0.3)]))
    calls = [Call(await line.engine.dial(request())) for _ in range(5)]
    for call in calls:
        assert await call.next() == Ringing()
        assert await call.next() == LegAnswered()
    assert await line.engine.living() == {call.leg.id for call in calls}
    for call in calls:
        assert await call.next() == LegDigit(digit="5")
    for call in calls[::2]:
        await call.leg.hang_up()
        assert (await call.end()).ended_by is EndedBy.US
    assert await line.engine.living() == {call.leg.id for call in calls[1::2]}
    for call in calls[1::2]:
        await call.leg.hang_up()
        await call.end()


async def connected(line: Line, callee: Callee = Callee(rings_for=0.1)) -> tuple[Call, Call]:  # noqa: B008
    line.callee(callee)
    calls = [Call(await line.engine.dial(request())) for _ in range(2)]
    for call in calls:
        await call.until(LegAnswered)
    first, second = calls
    await first.leg.connect(second.leg)
    return first, second


@scenario
async def of_two_connected_legs_one_ends_and_the_other_goes_on(line: Line) -> None:
    first, second = await connected(line)
    # asking again changes nothing
    await first.leg.connect(second.leg)
    await second.leg.hang_up()
    assert await second.end() == LegEnded(cause=16, sip_status=None, ended_by=EndedBy.US)
    await first.leg.disconnect()
    await first.leg.disconnect()
    await first.leg.play(1, [line.prompt(0.2)])
    assert await first.next() == PlayEnded(play_id=1, ok=True)
    await first.leg.hang_up()
    await first.end()


@scenario
async def parted_legs_are_both_still_there(line: Line) -> None:
    first, second = await connected(line)
    await first.leg.disconnect()
    for call in (first, second):
        await call.leg.play(1, [line.prompt(0.2)])
        assert await call.next() == PlayEnded(play_id=1, ok=True)
    # and can be connected again
    await first.leg.connect(second.leg)
    assert await line.engine.living() == {first.leg.id, second.leg.id}
    for call in (first, second):
        await call.leg.hang_up()
        await call.end()
    await first.leg.disconnect()


@scenario
async def who_has_ended_is_not_connected(line: Line) -> None:
    line.callee(Callee(rings_for=0.1))
    first, second = [Call(await line.engine.dial(request())) for _ in range(2)]
    for call in (first, second):
        await call.until(LegAnswered)
    await second.leg.hang_up()
    await second.end()
    with pytest.raises(CallwrightError):
        await first.leg.connect(second.leg)
    await first.leg.play(1, [line.prompt(0.2)])
    assert await first.next() == PlayEnded(play_id=1, ok=True)
    await first.leg.hang_up()
    await first.end()
    with pytest.raises(CallwrightError):
        await first.leg.connect(second.leg)


@scenario
async def a_ring_back_tone_begins_and_ends(line: Line) -> None:
    call = await answered(line)
    await call.leg.ring_back(on=True)
    await line.clock.sleep(0.3)
    await call.leg.ring_back(on=False)
    await call.leg.play(1, [line.prompt(0.2)])
    assert await call.next() == PlayEnded(play_id=1, ok=True)
    await call.leg.hang_up()
    await call.end()
    await call.leg.ring_back(on=True)


@scenario
async def both_sides_of_a_connection_are_adopted(line: Line) -> None:
    first, second = await connected(line)
    line.restart()
    legs = []
    for call in (first, second):
        leg = await line.engine.adopt(call.leg.id)
        assert leg is not None
        legs.append(Call(leg))
    mine, other = legs
    await mine.leg.connect(other.leg)
    for call in legs:
        await call.until(LegAnswered)
    await other.leg.hang_up()
    await other.end()
    await mine.leg.disconnect()
    await mine.leg.play(1, [line.prompt(0.2)])
    assert await mine.next() == PlayEnded(play_id=1, ok=True)
    await mine.leg.hang_up()
    await mine.end()


#: A tone of a second that begins a second after the answer, a pause, and another one of half a second.
_SPEAKS = Callee(
    rings_for=0.1,
    says=[
        Sound(after=1.0, samples=tone(700, 1.0).tobytes()),
        Sound(after=2.5, samples=tone(1500, 0.5).tobytes()),
    ],
)


async def heard(frames: AsyncIterator[Frame], pitch: float, seconds: float) -> list[Frame]:
    """Return the frames that hold a tone, skipping what comes before it; there must be so many seconds of it."""
    found: list[Frame] = []
    async for frame in frames:
        if frame.samples and _tells(frame, pitch):
            found.append(frame)
        if sum(len(each.samples) for each in found) >= seconds * 16000:
            return found
    raise AssertionError(f"{pitch} Hz was heard in {len(found)} frames only")


def _tells(frame: Frame, pitch: float) -> bool:
    samples = np.frombuffer(frame.samples, dtype="<i2")
    return bool(np.abs(samples).max() > 1000) and level(samples, pitch) > 0.5


@scenario
async def what_the_callee_says_is_heard_and_where_it_lies(line: Line) -> None:
    call = await answered(line, _SPEAKS)
    async with call.leg.hear() as frames:
        low = await heard(frames, 700, 0.9)
        high = await heard(frames, 1500, 0.4)
    # the silence between the two is seen in the times, not in the number of frames
    assert high[0].at - low[0].at == pytest.approx(1.5, abs=0.06)
    assert low[-1].at - low[0].at == pytest.approx(0.02 * (len(low) - 1), abs=0.03)
    await call.leg.hang_up()
    await call.end()


@scenario
async def our_own_prompt_is_not_heard(line: Line) -> None:
    call = await answered(line, _SPEAKS)
    async with call.leg.hear() as frames:
        await call.leg.play(1, [line.prompt(30)])
        assert len(await heard(frames, 700, 0.9)) >= 45
    await call.leg.stop_playing(1)
    assert await call.next() == PlayEnded(play_id=1, ok=True)
    await call.leg.hang_up()
    await call.end()


@scenario
async def two_listen_and_one_goes(line: Line) -> None:
    call = await answered(line, _SPEAKS)
    async with call.leg.hear() as first:
        async with call.leg.hear() as second:
            early = await heard(second, 700, 0.2)
        assert await heard(first, 700, 0.9)
        async with call.leg.hear() as third:
            assert await heard(third, 1500, 0.2)
        assert await heard(first, 1500, 0.2)
    assert len(early) >= 10
    await call.leg.hang_up()
    await call.end()


@scenario
async def who_listens_learns_of_the_end(line: Line) -> None:
    call = await answered(line, Callee(rings_for=0.1, hangs_up_after=0.5))
    async with call.leg.hear() as frames:
        async for _ in frames:
            pass
    await call.end()
    with pytest.raises(CallwrightError):
        async with call.leg.hear():
            pass


@scenario
async def a_call_that_is_not_answered_is_not_heard(line: Line) -> None:
    call = await dial(line, Callee(status=None))
    await call.until(Ringing)
    with pytest.raises(CallwrightError):
        async with call.leg.hear():
            pass
    await call.leg.hang_up()
    await call.end()


@scenario
async def who_is_heard_is_one_living_call(line: Line) -> None:
    call = await answered(line, _SPEAKS)
    async with call.leg.hear() as frames:
        await heard(frames, 700, 0.1)
        assert await line.engine.living() == {call.leg.id}
        line.restart()
        leg = await line.engine.adopt(call.leg.id)
        assert leg is not None
        adopted = Call(leg)
        await adopted.until(LegAnswered)
        async with leg.hear() as again:
            await heard(again, 1500, 0.2)
    await leg.hang_up()
    await adopted.end()
