from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import numpy as np
import psutil
import pytest

from callwright.speech.tts.engine import Utterance
from callwright.speech.tts.pool import SpeechBusy, SpeechFailed, SpeechPool, Turn, Urgency
from callwright.speech.tts.shipped import shipped_voices

SENTENCE = "Hello, your appointment is tomorrow at noon."


@pytest.fixture
async def pool() -> AsyncIterator[SpeechPool]:
    pool = SpeechPool()
    yield pool
    await pool.close()


@pytest.mark.parametrize(
    ("engine", "voice"),
    [
        ("pico", "pico-en-US-f"),
        ("espeak", "espeak-en-US-f"),
        ("espeak", "espeak-en-US-m"),
        ("espeak", "espeak-en-GB-m"),
    ],
)
async def test_both_engines_say_a_sentence(pool: SpeechPool, engine: str, voice: str) -> None:
    samples, rate = await pool.synthesize(engine, Utterance(text=SENTENCE, voice_id=voice))
    assert 1.5 < len(samples) / rate < 5
    assert np.sqrt(np.mean(np.square(samples.astype(float)))) > 1000
    # not cut off at full scale
    assert np.abs(samples.astype(int)).max() < 32767


@pytest.mark.parametrize(("engine", "voice"), [("pico", "pico-en-US-f"), ("espeak", "espeak-en-US-m")])
async def test_rate_changes_the_length_and_pitch_the_sound(pool: SpeechPool, engine: str, voice: str) -> None:
    async def say(rate: float, pitch: float) -> np.ndarray:
        samples, _ = await pool.synthesize(engine, Utterance(text=SENTENCE, voice_id=voice, rate=rate, pitch=pitch))
        return samples

    normal, slow, fast = await say(1.0, 1.0), await say(0.5, 1.0), await say(2.0, 1.0)
    assert len(slow) > 1.4 * len(normal)
    assert len(fast) < 0.75 * len(normal)

    def crossings(samples: np.ndarray) -> int:
        return int(np.count_nonzero(np.diff(np.signbit(samples))))

    assert crossings(await say(1.0, 2.0)) > crossings(await say(1.0, 0.5))


async def test_all_listed_voices_are_there(pool: SpeechPool) -> None:
    assert sorted(voice.id for voice in await pool.voices()) == sorted(voice.id for voice in shipped_voices())


async def test_every_language_says_something(pool: SpeechPool) -> None:
    for voice in shipped_voices():
        samples, rate = await pool.synthesize(voice.engine, Utterance(text="Radio, hotel, taxi.", voice_id=voice.id))
        assert len(samples) / rate > 0.5, voice.id
        assert np.abs(samples.astype(int)).max() > 3000, voice.id


async def test_a_killed_worker_is_replaced(pool: SpeechPool) -> None:
    utterance = Utterance(text=SENTENCE, voice_id="pico-en-US-f")
    await pool.synthesize("pico", utterance)
    (pid,) = pool.pids
    os.kill(pid, signal.SIGKILL)
    await pool.synthesize("pico", utterance)
    assert pool.pids
    assert pid not in pool.pids


async def test_a_worker_killed_while_it_works_is_asked_again(pool: SpeechPool) -> None:
    await pool.voices()
    (pid,) = pool.pids
    # stopped, it cannot answer before it dies
    os.kill(pid, signal.SIGSTOP)
    asked = asyncio.create_task(pool.synthesize("pico", Utterance(text=SENTENCE, voice_id="pico-en-US-f")))
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGKILL)
    samples, _ = await asked
    assert len(samples)


async def test_a_worker_that_hangs_is_ended(pool: SpeechPool) -> None:
    hasty = SpeechPool(timeout_seconds=5)
    try:
        await hasty.voices()
        (pid,) = hasty.pids
        os.kill(pid, signal.SIGSTOP)
        hasty._timeout = 0.2
        with pytest.raises(SpeechFailed, match="did not answer"):
            await hasty.voices()
        assert not psutil.pid_exists(pid)
        hasty._timeout = 5
        assert await hasty.voices()
    finally:
        await hasty.close()


async def test_a_cancelled_request_does_not_leave_its_answer_to_the_next(pool: SpeechPool) -> None:
    await pool.voices()
    long = asyncio.create_task(pool.synthesize("pico", Utterance(text="word " * 500, voice_id="pico-en-US-f")))
    await asyncio.sleep(0.01)
    long.cancel()
    await asyncio.gather(long, return_exceptions=True)
    samples, rate = await pool.synthesize("pico", Utterance(text="Yes.", voice_id="pico-en-US-f"))
    assert len(samples) / rate < 2


async def test_what_an_engine_refuses_is_told_and_the_worker_goes_on(pool: SpeechPool) -> None:
    with pytest.raises(SpeechFailed, match="nobody") as raised:
        await pool.synthesize("espeak", Utterance(text="Hi", voice_id="nobody"))
    assert raised.value.status == 502
    (pid,) = pool.pids
    await pool.voices()
    assert pool.pids == [pid]


async def test_workers_end_with_the_pool() -> None:
    pool = SpeechPool(workers=2)
    utterance = Utterance(text=SENTENCE, voice_id="pico-en-US-f")
    await asyncio.gather(*(pool.synthesize("pico", utterance) for _ in range(4)))
    pids = pool.pids
    assert len(pids) == 2
    await pool.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    with pytest.raises(SpeechFailed, match="stopped"):
        await pool.synthesize("pico", utterance)


async def test_more_than_may_wait_are_refused_and_those_that_wait_are_served() -> None:
    pool = SpeechPool(most_waiting=2)
    utterance = Utterance(text="Yes.", voice_id="pico-en-US-f")
    try:
        await pool.synthesize("pico", utterance)
        found = await asyncio.gather(*(pool.synthesize("pico", utterance) for _ in range(6)), return_exceptions=True)
        refused = [error for error in found if isinstance(error, BaseException)]
        # one is at work or takes its turn at once, two wait
        assert len(refused) in {3, 4}
        assert all(isinstance(error, SpeechBusy) and error.status == 503 for error in refused)
        await pool.synthesize("pico", utterance)
    finally:
        await pool.close()


async def test_a_worker_that_starts_while_the_pool_closes_does_not_stay() -> None:
    pool = SpeechPool()
    asked = asyncio.create_task(pool.synthesize("pico", Utterance(text="Yes.", voice_id="pico-en-US-f")))
    await asyncio.sleep(0)
    await pool.close()
    await asyncio.gather(asked, return_exceptions=True)
    assert pool.pids == []


async def test_no_worker_runs_before_it_is_needed() -> None:
    pool = SpeechPool()
    assert pool.pids == []
    await pool.close()


async def test_text_that_looks_like_markup_or_holds_nulls_does_no_harm(pool: SpeechPool) -> None:
    for engine, voice in (("pico", "pico-en-US-f"), ("espeak", "espeak-en-US-m")):
        for text in ("<volume level='0'>Hi", "a\0b", "</speed>", "[[hi]]", "\ud7ff\U0001f600 hi", "x" * 3000):
            samples, _ = await pool.synthesize(engine, Utterance(text=text, voice_id=voice))
            assert samples.dtype == np.int16


async def test_calls_in_the_air_are_served_before_those_to_be_dialled() -> None:
    pool = SpeechPool(most_waiting=8)
    served: list[str] = []

    async def ask(name: str, turn: Turn) -> None:
        await pool.synthesize("pico", Utterance(text="Yes.", voice_id="pico-en-US-f"), turn)
        served.append(name)

    try:
        turns = {name: Turn(urgency=Urgency.AHEAD) for name in ("first", "second", "third", "fourth")}
        tasks = [asyncio.create_task(ask(name, turn)) for name, turn in turns.items()]
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(ask("call", Turn())))
        await asyncio.sleep(0)
        # somebody picked up whose speech was rendered ahead
        pool.hurry(turns["fourth"], Urgency.CALL)
        # what is served already, or waits in front anyway, is left alone
        pool.hurry(turns["first"], Urgency.CALL)
        await asyncio.gather(*tasks)
        assert served == ["first", "call", "fourth", "second", "third"]
    finally:
        await pool.close()


async def test_half_of_the_places_are_kept_for_calls_in_the_air() -> None:
    pool = SpeechPool(most_waiting=4)
    utterance = Utterance(text="Yes.", voice_id="pico-en-US-f")

    def ask(urgency: Urgency) -> asyncio.Task[object]:
        return asyncio.create_task(pool.synthesize("pico", utterance, Turn(urgency=urgency)))

    try:
        # one is served, two wait
        ahead = [ask(Urgency.AHEAD) for _ in range(3)]
        await asyncio.sleep(0)
        assert pool.waiting == 2
        with pytest.raises(SpeechBusy):
            await ask(Urgency.AHEAD)
        calls = [ask(Urgency.CALL) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(SpeechBusy):
            await ask(Urgency.CALL)
        # who leaves makes room
        ahead[2].cancel()
        await asyncio.gather(*ahead, *calls, return_exceptions=True)
        assert pool.waiting == 0
        assert [task.cancelled() for task in (*ahead, *calls)] == [False, False, True, False, False]
    finally:
        await pool.close()


async def test_a_worker_that_nobody_needs_ends_and_comes_back() -> None:
    pool = SpeechPool(idle_seconds=0.05)
    utterance = Utterance(text="Yes.", voice_id="pico-en-US-f")
    try:
        await pool.synthesize("pico", utterance)
        (pid,) = pool.pids
        while psutil.pid_exists(pid):
            await asyncio.sleep(0.01)
        assert pool.pids == []
        assert len((await pool.synthesize("pico", utterance))[0])
    finally:
        await pool.close()
