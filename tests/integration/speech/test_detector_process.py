"""The process that listens to calls: it judges as a detector here would, each call by itself, and is replaced."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from callwright.speech.listen.cues import Cue
from callwright.speech.listen.detector import Detector
from callwright.speech.listen.detectors import DetectorProcess, DetectorUnavailable, Listening
from callwright.speech.listen.events import Answerer, Event, Quiet, Reason, Verdict
from support.line_sounds import Samples, noise, silence, tone

BEEP = np.concatenate((silence(0.4), tone(1000, 0.5), silence(4.0)))
NOTHING = silence(5.0)


@pytest_asyncio.fixture
async def detectors() -> AsyncIterator[DetectorProcess]:
    process = DetectorProcess()
    await process.prepare()
    yield process
    await process.close()


async def told(call: Listening, sound: Samples, piece: int = 480) -> list[Event]:
    events: list[Event] = []
    for begin in range(0, len(sound), piece):
        events += await call.push(sound[begin : begin + piece].tobytes(), begin / 8000)
    return events


async def test_it_says_what_a_detector_here_would_say(detectors: DetectorProcess) -> None:
    first, second = detectors.begin(), detectors.begin()
    beeped, nothing = await asyncio.gather(told(first, BEEP), told(second, NOTHING))
    assert beeped == Detector().push(BEEP)
    assert nothing == Detector().push(NOTHING)
    assert [type(event) for event in nothing] == [Quiet, Verdict]
    assert [event.answerer for event in beeped if isinstance(event, Verdict)] == [Answerer.MACHINE]


async def test_what_words_gave_away_decides_in_between(detectors: DetectorProcess) -> None:
    call = detectors.begin()
    piece = noise(0.06).tobytes()
    pushed = [call.push(piece, 0.06 * number) for number in range(5)]
    *heard, decided, after = await asyncio.gather(*pushed, call.told(Cue.MACHINE), call.push(piece, 0.3))
    assert (heard, after) == ([[]] * 5, [])
    assert [(event.answerer, event.reason) for event in decided if isinstance(event, Verdict)] == [
        (Answerer.MACHINE, Reason.WORDS)
    ]


async def test_sound_that_is_missing_is_silence(detectors: DetectorProcess) -> None:
    events = await detectors.begin().push(b"", 5.0)
    assert [event.answerer for event in events if isinstance(event, Verdict)] == [Answerer.SILENCE]


async def test_a_fault_is_told_to_the_call_that_has_it(detectors: DetectorProcess) -> None:
    other = detectors.begin()
    with pytest.raises(DetectorUnavailable, match="ahead"):
        await detectors.begin().push(b"", 5000.0)
    assert await other.push(b"", 0.5) == []


async def test_a_process_that_dies_is_replaced_and_its_calls_hear_of_it(detectors: DetectorProcess) -> None:
    before, pid = detectors.begin(), detectors.pid
    await before.push(b"\0\0" * 480, 0.0)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(10):
        while detectors.pid is not None:
            await asyncio.sleep(0.01)
    with pytest.raises(DetectorUnavailable):
        await before.push(b"\0\0" * 480, 0.06)
    assert await detectors.begin().push(b"\0\0" * 480, 0.0) == []
    assert detectors.pid not in {None, pid}


async def test_after_the_end_nobody_listens() -> None:
    process = DetectorProcess()
    await process.close()
    with pytest.raises(DetectorUnavailable):
        await process.prepare()
