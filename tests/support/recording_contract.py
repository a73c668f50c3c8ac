"""What every engine must do that records, as scenarios like those of ``leg_contract``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from callwright.errors import CallwrightError
from callwright.telephony.port import (
    CALLEE_SIDE,
    OUR_SIDE,
    LegAnswered,
    LegDigit,
    LegEnded,
    RecordEnded,
    Recording,
    Ringing,
    recording_file,
)
from callwright.telephony.simulator import Callee, Press, Sound
from support.leg_contract import Call, Line, Scenario, answered, dial
from support.line_sounds import tone
from support.sipp_caller import level

SCENARIOS: list[Scenario] = []
RATE = 8000
#: Two tones with a second between them, from the answer on.
LOW, HIGH = 700, 1500
SPEAKS = [Sound(after=0.3, samples=tone(LOW, 1.0).tobytes()), Sound(after=2.3, samples=tone(HIGH, 1.0).tobytes())]
#: The same by somebody who lets us begin first: of these tones nothing is missing, however late a busy machine records.
SPEAKS_LATER = [Sound(after=sound.after + 1.0, samples=sound.samples) for sound in SPEAKS]


def scenario(run: Scenario) -> Scenario:
    SCENARIOS.append(run)
    return run


def samples(file: Path | None) -> NDArray[np.int16]:
    """Return what a recording holds."""
    assert file is not None
    return np.fromfile(file, dtype="<i2")


def spoken(sound: NDArray[np.int16], pitch: float) -> float:
    """Return for how many seconds a tone is heard."""
    pieces = [sound[at : at + 160] for at in range(0, len(sound) - 159, 160)]
    return 0.02 * sum(bool(np.abs(p).max() > 1000) and level(p, pitch) > 0.5 for p in pieces)


async def recorded(call: Call, name: str) -> NDArray[np.int16]:
    """Wait for the end of a recording and return its sound."""
    ended = await call.until(RecordEnded)
    assert isinstance(ended, RecordEnded)
    assert ended.name == name
    return samples(ended.file)


async def finish(call: Call) -> None:
    await call.leg.hang_up()
    await call.end()


@scenario
async def a_recording_ends_at_its_key(line: Line) -> None:
    callee = Callee(rings_for=0.1, says=SPEAKS_LATER[:1], presses=[Press(digits="5#", after=2.8)])
    call = await answered(line, callee)
    await call.leg.record(Recording(name="said-1", max_seconds=30, terminator="#"))
    sound = await recorded(call, "said-1")
    assert spoken(sound, LOW) == pytest.approx(1.0, abs=0.15)
    assert len(sound) / RATE < 5
    assert call.count(LegDigit) >= 1
    await finish(call)


@scenario
async def a_recording_ends_after_its_longest_time(line: Line) -> None:
    call = await answered(line, Callee(rings_for=0.1, says=SPEAKS))
    await call.leg.record(Recording(name="said-1", max_seconds=1))
    sound = await recorded(call, "said-1")
    # Asterisk counts whole seconds of the clock, and one more
    assert 0.9 < len(sound) / RATE < 2.3
    await finish(call)


@scenario
async def a_recording_ends_after_silence(line: Line) -> None:
    call = await answered(line, Callee(rings_for=0.1, says=SPEAKS_LATER))
    await call.leg.record(Recording(name="said-1", max_seconds=30, silence_seconds=2))
    sound = await recorded(call, "said-1")
    # a second of silence between the two was not the end
    assert spoken(sound, LOW) == pytest.approx(1.0, abs=0.15)
    assert spoken(sound, HIGH) == pytest.approx(1.0, abs=0.15)
    await finish(call)


@scenario
async def the_beep_is_not_recorded(line: Line) -> None:
    call = await answered(line, Callee(rings_for=0.1, says=SPEAKS))
    await call.leg.record(Recording(name="said-1", max_seconds=1, beep=line.prompt(1.5)))
    sound = await recorded(call, "said-1")
    assert spoken(sound, LOW) < 0.1
    await finish(call)


@scenario
async def a_recording_is_stopped(line: Line) -> None:
    call = await answered(line, Callee(rings_for=0.1, says=SPEAKS))
    await call.leg.record(Recording(name="said-1", max_seconds=30))
    await line.clock.sleep(1.0)
    await call.leg.stop_recording("said-1")
    assert len(await recorded(call, "said-1")) / RATE < 3
    await call.leg.stop_recording("said-1")
    await call.leg.record(Recording(name="said-2", max_seconds=1))
    await recorded(call, "said-2")
    await finish(call)


@scenario
async def who_hangs_up_while_he_is_recorded_has_said_something(line: Line) -> None:
    call = await answered(line, Callee(rings_for=0.1, says=SPEAKS_LATER, hangs_up_after=2.5))
    await call.leg.record(Recording(name="said-1", max_seconds=30))
    assert spoken(await recorded(call, "said-1"), LOW) == pytest.approx(1.0, abs=0.2)
    assert isinstance(await call.next(), LegEnded)


@scenario
async def a_recording_goes_on_while_nobody_drives_the_call(line: Line) -> None:
    before = await answered(line, Callee(rings_for=0.1, says=SPEAKS_LATER))
    wanted = Recording(name="said-1", max_seconds=30, silence_seconds=2)
    await before.leg.record(wanted)
    await line.clock.sleep(0.5)
    line.restart()
    leg = await line.engine.adopt(before.leg.id)
    assert leg is not None
    call = Call(leg)
    await leg.record(wanted)
    sound = await recorded(call, "said-1")
    assert spoken(sound, LOW) == pytest.approx(1.0, abs=0.15)
    assert spoken(sound, HIGH) == pytest.approx(1.0, abs=0.15)
    await finish(call)


@scenario
async def a_recording_that_ended_unseen_is_reported_when_it_is_asked_for(line: Line) -> None:
    before = await answered(line, Callee(rings_for=0.1, says=SPEAKS))
    wanted = Recording(name="said-1", max_seconds=1)
    await before.leg.record(wanted)
    line.restart()
    await line.clock.sleep(3.0)
    leg = await line.engine.adopt(before.leg.id)
    assert leg is not None
    call = Call(leg)
    await leg.record(wanted)
    assert 0.9 < len(await recorded(call, "said-1")) / RATE < 2.3
    await finish(call)


def sides(line: Line, call: Call) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Return what the callee and what we said, with their ends at the same moment."""
    assert line.engine.recordings is not None
    folder = line.engine.recordings
    theirs, ours = (samples(recording_file(folder, call.leg.id, name)) for name in (CALLEE_SIDE, OUR_SIDE))
    assert abs(len(theirs) - len(ours)) / RATE < 0.5
    return theirs, ours


@scenario
async def a_whole_call_is_recorded_with_both_sides(line: Line) -> None:
    call = await answered(line, Callee(rings_for=0.1, says=SPEAKS))
    await call.leg.record_call()
    await call.leg.record_call()
    await line.clock.sleep(4.0)
    await finish(call)
    theirs, ours = sides(line, call)
    assert len(theirs) / RATE == pytest.approx(4.0, abs=0.7)
    assert spoken(theirs, LOW) == pytest.approx(1.0, abs=0.2)
    assert spoken(theirs, HIGH) == pytest.approx(1.0, abs=0.2)
    assert spoken(ours, LOW) == 0


@scenario
async def what_is_muted_is_silence_and_takes_its_time(line: Line) -> None:
    call = await answered(line, Callee(rings_for=0.1, says=SPEAKS))
    await call.leg.record_call()
    await line.clock.sleep(1.8)
    await call.leg.mute_recording(on=True)
    await line.clock.sleep(2.0)
    await call.leg.mute_recording(on=False)
    await line.clock.sleep(0.5)
    await finish(call)
    theirs, ours = sides(line, call)
    assert len(theirs) / RATE == pytest.approx(4.3, abs=0.7)
    assert spoken(theirs, LOW) == pytest.approx(1.0, abs=0.2)
    assert spoken(theirs, HIGH) == 0
    assert not ours.any() or np.abs(ours).max() < 100


@scenario
async def a_whole_call_stays_recorded_over_a_restart(line: Line) -> None:
    before = await answered(line, Callee(rings_for=0.1, says=SPEAKS))
    await before.leg.record_call()
    await before.leg.mute_recording(on=True)
    line.restart()
    await line.clock.sleep(1.8)
    leg = await line.engine.adopt(before.leg.id)
    assert leg is not None
    call = Call(leg)
    assert [await call.next(), await call.next()] == [Ringing(), LegAnswered()]
    await leg.record_call()
    await leg.mute_recording(on=False)
    await line.clock.sleep(2.0)
    await finish(call)
    theirs, _ = sides(line, call)
    assert spoken(theirs, LOW) < 0.5
    assert spoken(theirs, HIGH) == pytest.approx(1.0, abs=0.2)


@scenario
async def nothing_is_recorded_before_the_answer_or_after_the_end(line: Line) -> None:
    call = await dial(line, Callee(status=None))
    await call.until(Ringing)
    for work in (call.leg.record(Recording(name="said-1", max_seconds=1)), call.leg.record_call()):
        with pytest.raises(CallwrightError):
            await work
    await finish(call)
    with pytest.raises(CallwrightError):
        await call.leg.record_call()
    await call.leg.stop_recording("said-1")
    assert call.count(RecordEnded) == 0
