"""The recogniser's process: real speech in, words out; what happens when it is too much, and when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from callwright.flows.words import expected, find_choice
from callwright.speech.recognise.engine import RecogniserAbsent, RecogniserBusy, RecognitionFailed
from callwright.speech.recognise.models import Models, find_models
from callwright.speech.recognise.recogniser import Recogniser
from support.line_sounds import Samples, noise, silence
from support.spoken import SPEAKERS, spoken

CHOICES = [["Yes"], ["No"], ["don't know"]]
WORDS = [word for choice in CHOICES for word in choice]


@pytest.fixture(scope="module")
async def recogniser() -> AsyncIterator[Recogniser]:
    one = Recogniser(find_models("whisper"), wait_seconds=60, answer_seconds=60)
    yield one
    await one.close()


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: " ".join(map(str, speaker)))
@pytest.mark.parametrize(("said", "meant"), [("Yes.", "Yes"), ("No.", "No"), ("I don't know.", "don't know")])
async def test_answers_of_several_voices_are_understood(
    recogniser: Recogniser, speaker: tuple[str, float, float], said: str, meant: str
) -> None:
    heard = await recogniser.transcribe(spoken(said, speaker), language="en-US", words=WORDS)
    found = find_choice(CHOICES, heard.text, "en-US")
    assert found is not None, heard
    assert found.phrase == meant
    assert heard.confidence is not None
    assert 0 < heard.confidence <= 1


async def test_other_words_are_no_keyword(recogniser: Recogniser) -> None:
    heard = await recogniser.transcribe(spoken("What is this about?"), words=WORDS)
    assert "about" in heard.text
    assert find_choice(CHOICES, heard.text) is None


@pytest.mark.parametrize("sound", [silence(1), noise(1.5, -35), silence(0)], ids=["silence", "noise", "nothing"])
async def test_no_words_are_no_keyword(recogniser: Recogniser, sound: Samples) -> None:
    heard = await recogniser.transcribe(sound, words=WORDS)
    assert find_choice(CHOICES, heard.text) is None


async def test_a_worker_that_is_killed_is_replaced(recogniser: Recogniser) -> None:
    await recogniser.transcribe(spoken("Yes."), words=WORDS)
    (first,) = recogniser.pids
    os.kill(first, signal.SIGKILL)
    heard = await recogniser.transcribe(spoken("No."), words=WORDS)
    assert find_choice(CHOICES, heard.text) is not None
    (second,) = recogniser.pids
    assert second != first


async def test_a_worker_that_is_killed_at_work_is_asked_again(recogniser: Recogniser) -> None:
    await recogniser.warm()
    (first,) = recogniser.pids
    os.kill(first, signal.SIGSTOP)
    answering = asyncio.create_task(recogniser.transcribe(spoken("No."), words=WORDS))
    await asyncio.sleep(0)
    os.kill(first, signal.SIGKILL)
    heard = await answering
    assert find_choice(CHOICES, heard.text) is not None


async def test_more_than_can_wait_is_refused_at_once() -> None:
    small = Recogniser(find_models("whisper"), most_waiting=2, wait_seconds=60, answer_seconds=60)
    try:
        await small.warm()
        (worker,) = small.pids
        os.kill(worker, signal.SIGSTOP)
        taken = [asyncio.create_task(small.transcribe(spoken("Yes."), words=WORDS)) for _ in range(3)]
        while small.waiting < 2:
            await asyncio.sleep(0)
        with pytest.raises(RecogniserBusy, match="2 answers wait already"):
            await small.transcribe(spoken("Yes."), words=WORDS)
        os.kill(worker, signal.SIGCONT)
        assert all(heard.text for heard in await asyncio.gather(*taken))
    finally:
        await small.close()
    assert not psutil.pid_exists(worker)


async def test_nobody_waits_without_end() -> None:
    slow = Recogniser(find_models("whisper"), wait_seconds=0.05, answer_seconds=0.5)
    try:
        await slow.warm()
        (worker,) = slow.pids
        os.kill(worker, signal.SIGSTOP)
        hanging = asyncio.create_task(slow.transcribe(spoken("Yes."), words=WORDS))
        await asyncio.sleep(0)
        with pytest.raises(RecogniserBusy, match=r"within 0\.05 s"):
            await slow.transcribe(spoken("Yes."), words=WORDS)
        with pytest.raises(RecognitionFailed, match=r"did not answer within 0\.5 s"):
            await hanging
        assert slow.pids == []
    finally:
        await slow.close()


async def test_what_is_not_installed_says_so() -> None:
    none = Recogniser(Models())
    with pytest.raises(RecogniserAbsent, match="no recogniser is installed"):
        await none.transcribe(silence(1))
    english = Recogniser(find_models("whisper"))
    with pytest.raises(RecogniserAbsent, match="understands de, only en"):
        await english.transcribe(silence(1), language="de")
    assert english.pids == []


async def test_a_model_that_is_none_is_an_error_and_no_crash(tmp_path: Path) -> None:
    broken = Recogniser(Models(whisper={"en": tmp_path}))
    try:
        with pytest.raises(RecognitionFailed, match="does not start"):
            await broken.transcribe(silence(1))
        await broken.warm()
    finally:
        await broken.close()


async def test_an_operators_model_speaks_its_language() -> None:
    # the shipped one under another name: what matters is that its folder is taken for that language
    shipped = find_models("whisper").whisper["en"]
    own = Recogniser(Models(whisper={"de": shipped}), answer_seconds=60)
    try:
        assert (await own.transcribe(spoken("Yes."), language="de-AT")).text
    finally:
        await own.close()


async def test_a_stopped_recogniser_answers_nobody() -> None:
    ended = Recogniser(find_models("whisper"))
    await ended.close()
    with pytest.raises(RecognitionFailed, match="stopped"):
        await ended.transcribe(spoken("Yes."))
    assert ended.pids == []


async def test_pocketsphinx_hears_the_expected_words() -> None:
    light = Recogniser(find_models("pocketsphinx"), answer_seconds=60)
    try:
        words = expected(CHOICES)
        right = 0
        for said, meant in (("Yes.", "Yes"), ("No.", "No"), ("I don't know.", "don't know")):
            for speaker in SPEAKERS[:3]:
                heard = await light.transcribe(spoken(said, speaker), words=words)
                found = find_choice(CHOICES, heard.text)
                right += found is not None and found.phrase == meant
        assert right >= 7
        with pytest.raises(RecognitionFailed, match="dictionary"):
            await light.transcribe(spoken("Yes."), words=["xyzzyx"])
    finally:
        await light.close()
