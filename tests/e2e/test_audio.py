"""A program uploads an MP3, a telephone is called, and what comes over the wire is that sound."""

from __future__ import annotations

import asyncio
import functools
import json
from typing import Any

import httpx
import numpy as np
import pytest
import pytest_asyncio
import soxr

from callwright.speech.convert.loudness import loudness
from callwright.speech.g711 import decode_ulaw
from callwright.speech.levels import TARGET_RMS_DBFS, Signal
from support.appliance import RunningAppliance, ended
from support.rtp_capture import capture
from support.sound_files import encoded, samples_of, speechlike

RATE = 8000


@pytest.fixture(scope="module")
def key(running: RunningAppliance) -> str:
    return running.key(running.organisation("Audio"), "--sandbox")


@pytest_asyncio.fixture(scope="module", autouse=True)
async def broken_off(running: RunningAppliance, key: str) -> str:
    """Path of an audio whose conversion was killed; the other tests pass while it is waited for."""
    content = await asyncio.to_thread(functools.partial(encoded, speechlike(90.0, seed=9), "mp3"))
    async with running.client(key) as client:
        answer = await client.post("/api/v1/audio", content=content, headers={"Content-Type": "audio/mpeg"})
        assert answer.status_code == 201, answer.text
        path = f"/api/v1/audio/{answer.json()['audio_id']}"
        await asyncio.sleep(0.3)
        assert (await client.get(path)).json()["state"] == "pending"
        running.kill()
        await asyncio.to_thread(running.start)
    return path


async def upload(client: httpx.AsyncClient, content: bytes, **query: str) -> dict[str, Any]:
    """Upload, wait until it is converted, and return it."""
    answer = await client.post("/api/v1/audio", content=content, headers={"Content-Type": "audio/mpeg"}, params=query)
    assert answer.status_code == 201, answer.text
    path = f"/api/v1/audio/{answer.json()['audio_id']}"
    async with asyncio.timeout(30):
        while True:
            shown: dict[str, Any] = (await client.get(path)).json()
            if shown["state"] != "pending":
                assert shown["state"] == "ready", shown
                return shown
            await asyncio.sleep(0.1)


def engine_ports(running: RunningAppliance) -> range:
    """Return the ports from which the engine sends RTP."""
    first, last = (int(running.environment[f"CALLWRIGHT_RTP_{end}"]) for end in ("START", "END"))
    return range(first, last + 1)


def likeness(heard: Signal, wanted: Signal) -> tuple[float, int]:
    """Return the highest correlation of ``wanted`` with a part of ``heard``, 1 at most, and where it is."""
    size = 1 << (len(heard) + len(wanted)).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size)), size)
    energy = np.concatenate([[0.0], np.cumsum(np.square(heard, dtype=np.float64))])
    count = len(heard) - len(wanted) + 1
    norms = np.sqrt((energy[len(wanted) :] - energy[:count]) * np.square(wanted, dtype=np.float64).sum())
    found = products[:count] / np.maximum(norms, 1e-9)
    at = int(np.argmax(found))
    return float(found[at]), at


@pytest.mark.parametrize("amplitude", [0.05, 1.0], ids=["soft", "loud"])
async def test_an_uploaded_mp3_is_heard_as_it_is_at_the_right_loudness(
    running: RunningAppliance, key: str, amplitude: float
) -> None:
    sound = encoded(speechlike(4.0, amplitude=amplitude, seed=round(amplitude * 100)), "mp3")
    async with running.client(key) as client:
        audio = await upload(client, sound, name="Speech")
        with capture(engine_ports(running)) as wire:
            answer = await client.post("/api/v1/calls", json={"to": "+15550200001", "audio": audio["audio_id"]})
            assert answer.status_code == 201, answer.text
            call = await ended(client, answer.json()["call_id"])
        wav = await client.get(audio["links"]["wav"])
    assert (call["status"], call["outcome"]) == ("answered", "answered")

    heard = decode_ulaw(b"".join(wire.sent)).astype(np.float32) / 32768.0
    wanted = soxr.resample(samples_of(wav.content), 16000, RATE).astype(np.float32)
    alike, at = likeness(heard, wanted)
    assert alike > 0.97
    played = heard[at : at + len(wanted)]
    assert loudness(played, RATE) == pytest.approx(TARGET_RMS_DBFS, abs=1.5)
    # the loudest µ-law value is 0.98 of full scale: nothing comes near it
    assert np.abs(played).max() < 0.9
    original = soxr.resample(samples_of(sound), 16000, RATE).astype(np.float32)
    assert likeness(heard, original)[0] > 0.9


async def heard_in(
    running: RunningAppliance, key: str, to: str, steps: list[dict[str, Any]], *, sound: bytes
) -> tuple[dict[str, Any], Signal, Signal]:
    """Call ``to`` with a flow in which ``AUDIO`` stands for ``sound``; returns the call, what was heard, the sound."""
    async with running.client(key) as client:
        audio = await upload(client, sound)
        flow = json.loads(json.dumps({"steps": steps}).replace("AUDIO", audio["audio_id"]))
        with capture(engine_ports(running)) as wire:
            answer = await client.post("/api/v1/calls", json={"to": to, "flow": flow})
            assert answer.status_code == 201, answer.text
            call = await ended(client, answer.json()["call_id"])
        wav = await client.get(audio["links"]["wav"])
    heard = decode_ulaw(b"".join(wire.sent)).astype(np.float32) / 32768.0
    return call, heard, soxr.resample(samples_of(wav.content), 16000, RATE).astype(np.float32)


def twice(heard: Signal, wanted: Signal) -> tuple[float, Signal]:
    """Return how alike the two best copies of ``wanted`` in ``heard`` are at least, and what was heard between them."""
    alike, at = likeness(heard, wanted)
    before, after = heard[:at], heard[at + len(wanted) :]
    found = [(*likeness(part, wanted), part) for part in (before, after) if len(part) > len(wanted)]
    assert found, "it was heard once"
    again, where, part = max(found, key=lambda each: each[0])
    between = part[where + len(wanted) :] if part is before else part[:where]
    return min(alike, again), between


async def test_audio_and_speech_in_one_prompt(running: RunningAppliance, key: str) -> None:
    play = {"type": "play", "audio": "AUDIO"}
    say = {"type": "say", "text": "That was a sound. Press one."}
    # this phone presses no key, so that nothing cuts the prompt short
    call, heard, wanted = await heard_in(
        running,
        key,
        "+15550200001",
        [
            {
                "type": "gather",
                "prompt": [play, say, play],
                "branches": {"1": [play]},
                "attempts": 1,
                "timeout_seconds": 1,
            }
        ],
        sound=encoded(speechlike(1.5, seed=5), "mp3"),
    )
    assert (call["outcome"], call["dtmf_response"]) == ("answered", None)
    alike, between = twice(heard, wanted)
    assert alike > 0.95
    assert len(between) > RATE
    assert np.abs(between).max() > 0.05


async def test_a_key_is_answered_by_a_sound(running: RunningAppliance, key: str) -> None:
    play = {"type": "play", "audio": "AUDIO"}
    say = {"type": "say", "text": "That was a sound. Press one."}
    # a key that comes while the first sound plays is kept for the question
    call, heard, wanted = await heard_in(
        running,
        key,
        "+15550210011",
        [play, {"type": "gather", "prompt": [say], "branches": {"1": [play]}}],
        sound=encoded(speechlike(1.5, seed=6), "mp3"),
    )
    assert (call["outcome"], call["dtmf_response"]) == ("answered", "1")
    assert twice(heard, wanted)[0] > 0.95


async def test_a_kill_in_the_middle_of_a_conversion_loses_nothing(
    running: RunningAppliance, key: str, broken_off: str
) -> None:
    """The file was committed before the answer; the next process converts it, once the job counts as abandoned."""
    async with running.client(key) as client, asyncio.timeout(90):
        while (shown := (await client.get(broken_off)).json())["state"] == "pending":
            await asyncio.sleep(0.5)
    assert (shown["state"], shown["duration_seconds"]) == ("ready", pytest.approx(90.0, abs=0.1))
