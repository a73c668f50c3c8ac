"""A neural voice is installed while the appliance runs, and speaks in the next call; removed, another one does."""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import soundfile

from callwright.speech.files import measure
from callwright.speech.tts.installed import VoiceFolders
from support.appliance import RunningAppliance, ended
from support.transcript import transcribe

# a neural voice gives way to everything else on a busy machine
pytestmark = [pytest.mark.voices, pytest.mark.timeout(300)]

#: The lab's handset that listens to the end.
LISTENER = "+15550210003"


@pytest.fixture
def given(neural: VoiceFolders, tmp_path: Path) -> Path:
    """Files of Kokoro as somebody may have them: the model and two voices."""
    folder = tmp_path / "given"
    folder.mkdir()
    shutil.copyfile(neural.kokoro / "model.onnx", folder / "kokoro.onnx")
    for name in ("af_heart", "am_michael"):
        shutil.copyfile(neural.kokoro / "voices" / f"{name}.bin", folder / f"{name}.bin")
    return folder


@pytest.fixture
def cleared(running: RunningAppliance) -> Iterator[None]:
    """The tests after this one meet the voices they know."""
    yield
    shutil.rmtree(running.data_dir / "voices", ignore_errors=True)


async def resolved(client: httpx.AsyncClient, name: str, **more: str) -> dict[str, Any]:
    answer = await client.get("/api/v1/voices", params={"name": name, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def until_resolved(client: httpx.AsyncClient, name: str, voice: str) -> None:
    while (await resolved(client, name))["resolved"]["voice"] != voice:
        # a key has a rate
        await asyncio.sleep(0.1)


@pytest.mark.usefixtures("cleared")
async def test_an_installed_voice_speaks_in_the_next_call(
    running: RunningAppliance, given: Path, evidence: Path
) -> None:
    key = running.key(running.organisation("Voices"), "--sandbox")
    async with running.client(key) as client:
        assert (await resolved(client, "kokoro-am_michael"))["resolved"] == {
            "asked": "kokoro-am_michael", "voice": "espeak-en-US-m", "language": "en-US", "exact": True,
        }  # fmt: skip
        running.cli("voices", "install", "kokoro", "--from", str(given))
        await until_resolved(client, "en-US-Neural-F", "kokoro-af_heart")

        found = await resolved(client, "en-US-Neural-M", sample="Hello.")
        (voice,) = found["voices"]
        assert voice["name"] == "kokoro-am_michael"
        sample = await client.get(voice["sample_url"])
        samples, rate = soundfile.read(io.BytesIO(sample.content))
        assert len(samples) / rate > 0.3

        message = "Hello {NAME}, this is a reminder about your appointment on {DAY}. Goodbye."
        body = {
            "to": LISTENER,
            "from": "+18005550199",
            "message": message,
            "voice": "en-US-Neural-F",
            "variables": {"NAME": "Sarah", "DAY": "April 15th"},
        }
        stepped_in = "speaks instead"
        # on a machine that is busy with other tests a quick voice may step in at first; what was begun is finished,
        # so that sooner or later a call has all of its speech
        while True:
            before = running.log().count(stepped_in)
            posted = (await client.post("/api/v1/calls", json=body)).json()
            assert posted["voice"]["used"] == "kokoro-af_heart"
            call = await ended(client, posted["call_id"])
            assert call["outcome"] == "answered", call
            if running.log().count(stepped_in) == before:
                break
        heard = running.heard(LISTENER)[-1]
        shutil.copy(heard, evidence / "heard.wav")
        assert measure(heard).seconds > 3
        assert measure(heard).rms_dbfs > -40
        # what is personal stands apart from what the next call will use, too
        assert list((running.data_dir / "audio" / "tts-personal").rglob("*.ulaw"))
        text = transcribe(heard)
        if text is not None:
            (evidence / "transcript.txt").write_text(text)
            assert "reminder" in text.lower()
            assert "april" in text.lower()

        running.cli("voices", "remove", "kokoro")
        await until_resolved(client, "kokoro-af_heart", "pico-en-US-f")
