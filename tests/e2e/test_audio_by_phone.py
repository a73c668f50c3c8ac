"""Somebody is called, speaks, hears it again, and keeps it: an audio that calls play. The telephone is sipp's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from callwright.telephony.simulator import Callee, Press
from support.appliance import RunningAppliance, ended
from support.rtp_voice import Voice, speaking
from support.sipp import Sipp, free_ports
from support.sipp_caller import level
from support.sound_files import samples_of

pytestmark = pytest.mark.sipp

CALLER, SPEAKER = "+12125550100", "+12125550177"
TONE = 700.0
_serial = iter(range(1, 1000))


@dataclass(kw_only=True)
class Telephone:
    """Who is called, and the program that asks for it."""

    client: httpx.AsyncClient
    voice: Voice

    async def record(self, **body: Any) -> dict[str, Any]:
        """Ask for a recording; return the audio once it is decided."""
        answer = await self.client.post("/api/v1/audio", json={"to": SPEAKER, "name": "Greeting", **body})
        assert answer.status_code == 201, answer.text
        taken = answer.json()
        assert (taken["state"], taken["source"], taken["to"]) == ("pending", "phone", SPEAKER)
        await ended(self.client, taken["call_id"], within=90)
        async with asyncio.timeout(30):
            while True:
                shown: dict[str, Any] = (await self.client.get(f"/api/v1/audio/{taken['audio_id']}")).json()
                if shown["state"] != "pending":
                    return shown
                await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def telephone(running: RunningAppliance, folder: Path, callee: Callee) -> AsyncIterator[Telephone]:
    serial, first = next(_serial), free_ports(4)
    sipp = Sipp(folder / "sipp", callee, port=first, rtp_port=first + 2, info=True)
    organisation = running.organisation(f"Dictation {serial}")
    running.cli("trunks", "add", f"dictation-{serial}", "127.0.0.1", "--org", organisation, "--port", str(sipp.port))
    running.cli("numbers", "add", CALLER, "--org", organisation)
    key = running.key(organisation, "--live", "--purpose", "emergency")
    async with contextlib.AsyncExitStack() as stack:
        sipp.start()
        stack.callback(sipp.stop)
        voice = await stack.enter_async_context(speaking(first + 2, TONE))
        yield Telephone(client=await stack.enter_async_context(running.client(key)), voice=voice)


@pytest.mark.together
async def test_what_is_spoken_is_heard_again_and_kept(running: RunningAppliance, evidence: Path) -> None:
    # the pound key ends the recording; 1 is pressed until the question has come
    presses = (Press(digits="#", after=8.5), *(Press(digits="1", after=11.0 + 2.0 * at) for at in range(12)))
    async with telephone(running, evidence, Callee(rings_for=0.3, presses=presses)) as at:
        audio = await at.record()
        assert (audio["state"], audio["reason"]) == ("ready", None)
        assert 2.0 < audio["duration_seconds"] < 10.0
        wav = await at.client.get(audio["links"]["wav"])
        heard = samples_of(wav.content, 8000)
        middle = heard[len(heard) // 4 : len(heard) // 4 + 8000]
        assert level((middle * 32767).astype(np.int16), TONE) > 0.7
        # it was played to them: their own tone came back
        assert at.voice.tells(TONE)
        again = await at.client.post("/api/v1/calls", json={"to": SPEAKER, "audio": audio["audio_id"], "dry_run": True})
        assert again.status_code == 200, again.text


@pytest.mark.together
async def test_what_nobody_keeps_is_lost(running: RunningAppliance, evidence: Path) -> None:
    async with telephone(running, evidence, Callee(rings_for=0.3, hangs_up_after=8.0)) as at:
        audio = await at.record()
        assert (audio["state"], audio["reason"]) == ("failed", "nobody pressed 1 to keep what was recorded")


@pytest.mark.together
async def test_a_call_that_reaches_nobody_says_so(running: RunningAppliance, evidence: Path) -> None:
    async with telephone(running, evidence, Callee(status=486)) as at:
        audio = await at.record()
        assert (audio["state"], audio["reason"]) == ("failed", "the call reached nobody (busy)")
