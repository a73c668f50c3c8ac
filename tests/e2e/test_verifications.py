"""Codes that are heard, and calls that only ring: through the whole appliance, with sipp and the lab as callees."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from callwright.speech.files import measure
from callwright.speech.speaker import Speaker, SpeechRequest
from callwright.telephony.simulator import Callee
from support.appliance import RunningAppliance, ended
from support.sipp import Sipp, free_ports

CALLER = "+12125550100"
#: The lab's handset that listens to the end.
LISTENER = "+15550240001"
_serial = iter(range(1, 1000))


@contextmanager
def _line(running: RunningAppliance, folder: Path, callee: Callee) -> Iterator[tuple[Sipp, str]]:
    """Yield a sipp behind a trunk of an organisation of its own, and its live key."""
    sipp = Sipp(folder / "sipp", callee, port=free_ports(2), rtp_port=free_ports(2))
    sipp.start()
    try:
        serial = next(_serial)
        organisation = running.organisation(f"Codes {serial}")
        running.cli("trunks", "add", f"codes-{serial}", "127.0.0.1", "--org", organisation, "--port", str(sipp.port))
        running.cli("numbers", "add", CALLER, "--org", organisation)
        # tests run at night too
        yield sipp, running.key(organisation, "--live", "--purpose", "emergency")
    finally:
        sipp.stop()


async def _sent(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/verifications", json=fields)
    assert answer.status_code == 201, answer.text
    sent: dict[str, Any] = answer.json()
    return sent


def _requests(sipp: Sipp) -> list[str]:
    """Return the methods of what sipp received, each once."""
    methods = [text.split(" ", 1)[0] for received, text in sipp.messages() if received and not text.startswith("SIP/")]
    return list(dict.fromkeys(methods))


@pytest.mark.together
@pytest.mark.sipp
async def test_a_flash_call_rings_and_is_cancelled(running: RunningAppliance, evidence: Path) -> None:
    with _line(running, evidence, Callee(rings_for=30)) as (sipp, key):
        async with running.client(key) as client:
            sent = await _sent(client, to="+12125550142", method="flash")
            call = await ended(client, sent["call_id"])
            assert (call["outcome"], call["attempts"][0]["ended_by"]) == ("no_answer", "us")
            assert call["attempts"][0]["ringing_at"] is not None
            assert "rung" in call["reason"]
            (invite,) = sipp.invites()
            assert CALLER in invite.from_header
            assert _requests(sipp) == ["INVITE", "CANCEL", "ACK"]
            check = f"/api/v1/verifications/{sent['verification_id']}/check"
            assert (await client.post(check, json={"code": "9999"})).json()["valid"] is False
            assert (await client.post(check, json={"code": CALLER[-4:]})).json()["state"] == "verified"


@pytest.mark.together
@pytest.mark.sipp
async def test_a_flash_call_that_is_answered_is_hung_up_at_once(running: RunningAppliance, evidence: Path) -> None:
    with _line(running, evidence, Callee(rings_after=None, rings_for=0.05)) as (sipp, key):
        async with running.client(key) as client:
            sent = await _sent(client, to="+12125550143", method="flash")
            call = await ended(client, sent["call_id"])
            assert (call["outcome"], call["attempts"][0]["ended_by"]) == ("answered", "us")
            assert call["duration_seconds"] <= 1
            assert _requests(sipp) == ["INVITE", "ACK", "BYE"]
            shown = (await client.get(f"/api/v1/verifications/{sent['verification_id']}")).json()
            assert shown["state"] == "pending"


@pytest.mark.together
@pytest.mark.sipp
async def test_a_call_that_nobody_can_have_noticed_fails_the_verification(
    running: RunningAppliance, evidence: Path
) -> None:
    with _line(running, evidence, Callee(rings_after=None, rings_for=0.05, status=404)) as (_, key):
        async with running.client(key) as client:
            sent = await _sent(client, to="+12125550144", method="flash")
            await ended(client, sent["call_id"])
            shown = (await client.get(f"/api/v1/verifications/{sent['verification_id']}")).json()
            assert (shown["state"], shown["attempts_left"]) == ("failed", 0)
            assert "invalid_number" in shown["reason"]


@pytest.mark.together
async def test_the_code_is_read_out_twice(running: RunningAppliance, evidence: Path) -> None:
    key = running.key(running.organisation("Readers"), "--sandbox")
    async with running.client(key) as client:
        sent = await _sent(client, to=LISTENER, method="spoken", pin="4719", language="en-US")
        call = await ended(client, sent["call_id"])
        assert call["outcome"] == "answered"
        assert "4719" not in str(call)
        (heard,) = running.heard(LISTENER)
        shutil.copy(heard, evidence / "heard.wav")
        assert measure(heard).rms_dbfs > -40
        digits = [await _rendered(running, digit) for digit in "4719"]
        places = await asyncio.to_thread(_places, heard, digits)
        assert places == sorted(places)
        check = f"/api/v1/verifications/{sent['verification_id']}/check"
        assert (await client.post(check, json={"code": "4719"})).json()["valid"]


@pytest.mark.together
async def test_a_caller_id_is_proved_by_its_call(running: RunningAppliance) -> None:
    key = running.key(running.organisation("Provers"), "--sandbox")
    # it listens for three seconds
    number = "+15550250032"
    async with running.client(key) as client:
        sent = (await client.post("/api/v1/numbers", json={"number": number, "method": "call"})).json()
        assert (await ended(client, sent["call_id"]))["outcome"] == "answered"
        (heard,) = running.heard(number)
        assert measure(heard).rms_dbfs > -40
        verify = f"/api/v1/numbers/{sent['number']['number_id']}/verify"
        assert (await client.post(verify, json={"code": sent["code"]})).json()["valid"]


async def _rendered(running: RunningAppliance, digit: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the sound of a digit as the appliance keeps it."""
    speaker = Speaker(running.data_dir / "audio")
    try:
        (path,) = await speaker.render(SpeechRequest(text=f"{digit}.", voice="pico-en-US-f", rate=0.9))
    finally:
        await speaker.close()
    samples, rate = soundfile.read(path.with_suffix(".wav"))
    assert rate == 16_000
    return np.asarray(samples, dtype=np.float64)[::2]


def _places(heard: Path, sounds: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]) -> list[int]:
    """Return where each sound first is in what was heard, after the one before; fails when one is not there."""
    samples, rate = soundfile.read(heard)
    assert rate == 8000
    places, start = [], 0
    for sound in sounds:
        rest = samples[start:]
        size = 1 << (len(rest) + len(sound)).bit_length()
        spectrum = np.fft.rfft(rest, size) * np.conj(np.fft.rfft(sound, size))
        alike = np.fft.irfft(spectrum, size)[: len(rest) - len(sound)]
        energy = np.concatenate(([0.0], np.cumsum(rest**2)))
        window = energy[len(sound) : len(sound) + len(alike)] - energy[: len(alike)]
        alike = alike / (np.sqrt(np.maximum(window, 1e-6)) * np.linalg.norm(sound))
        found = np.flatnonzero(alike > 0.8)
        assert found.size, f"a digit is not heard: at best {alike.max():.2f}"
        start += int(found[0])
        places.append(start)
        start += len(sound) // 2
    return places
