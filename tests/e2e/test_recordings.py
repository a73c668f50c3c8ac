"""Recorded calls from outside: sipp speaks, the control plane is killed in between, and the result is measured."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from callwright.telephony.simulator import Callee, Sound
from support.appliance import RunningAppliance, ended, receiver, until
from support.line_sounds import tone
from support.recording_contract import HIGH, LOW, spoken
from support.sipp import Sipp, free_ports

CALLER = "+12125550100"
CALLEE = "+12125550123"
_serial = iter(range(1, 1000))

pytestmark = pytest.mark.sipp


@contextlib.asynccontextmanager
async def line(running: RunningAppliance, folder: Path, says: Sequence[Sound]) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of an organisation whose trunk leads to a telephone that speaks."""
    serial = next(_serial)
    sipp = Sipp(folder / f"sipp-{serial}", Callee(rings_for=0.3, says=says), port=free_ports(2), rtp_port=free_ports(2))
    organisation = running.organisation(f"Recorded {serial}")
    running.cli("trunks", "add", f"rec-{serial}", "127.0.0.1", "--org", organisation, "--port", str(sipp.port))
    running.cli("numbers", "add", CALLER, "--org", organisation)
    key = running.key(organisation, "--live", "--purpose", "emergency")
    sipp.start()
    try:
        async with running.client(key) as client:
            yield client
    finally:
        sipp.stop()


async def event(client: httpx.AsyncClient, call_id: str, type_: str, /, *, within: float = 40, **wanted: Any) -> Any:
    """Return the call's first event of a type with these values, when it has come."""
    async with asyncio.timeout(within):
        while True:
            with contextlib.suppress(httpx.HTTPError):
                found = (await client.get(f"/api/v1/calls/{call_id}/events")).json()["events"]
                for one in found:
                    if one["type"] == type_ and wanted.items() <= one["body"].items():
                        return one["body"]
            await asyncio.sleep(0.1)


async def fetched(client: httpx.AsyncClient, recording_id: str, form: str, evidence: Path) -> NDArray[np.int16]:
    """Return a recording's sound by its link, one column a channel."""
    links = (await client.get(f"/api/v1/recordings/{recording_id}")).json()["links"]
    async with httpx.AsyncClient(trust_env=False) as nobody:
        content = (await nobody.get(links[form])).content
    (evidence / f"{recording_id}.{form}").write_bytes(content)
    read, rate = soundfile.read(io.BytesIO(content), dtype="int16", always_2d=True)
    assert rate == 8000
    return np.asarray(read)


def longest_silence(sound: NDArray[np.int16]) -> float:
    """Return the longest stretch, in seconds, in which nothing is heard."""
    longest = now = 0
    for at in range(0, len(sound) - 159, 160):
        now = 0 if np.abs(sound[at : at + 160]).max() > 500 else now + 1
        longest = max(longest, now)
    return longest * 0.02


async def test_recordings_survive_the_control_plane_and_keep_no_secret(
    running: RunningAppliance, evidence: Path
) -> None:
    says = [
        Sound(after=4.0, samples=tone(LOW, 2.0).tobytes()),
        # speaks on and on: also while the card's number is asked for
        Sound(after=9.5, samples=tone(HIGH, 60.0).tobytes()),
    ]
    flow = {
        "recording": True,
        "steps": [
            {"type": "record", "id": "memo", "silence_seconds": 3, "save_as": "memo"},
            {
                "type": "gather", "id": "card", "prompt": [{"type": "say", "text": "Your card number, please."}],
                "max_digits": 16, "sensitive": True, "attempts": 1, "timeout_seconds": 4.0,
            },
            {"type": "wait", "seconds": 3.0},
        ],
    }  # fmt: skip
    async with line(running, evidence, says) as client, receiver() as hooks:
        body = {
            "to": CALLEE, "flow": flow, "webhook_url": f"{hooks.url}/h", "webhook_events": ["call.recording_ready"],
        }  # fmt: skip
        answer = await client.post("/api/v1/calls", json=body)
        assert answer.status_code == 201, answer.text
        call_id = answer.json()["call_id"]
        await event(client, call_id, "call.step", kind="step", step="memo")
        # in the middle of what is said
        await asyncio.sleep(2.5)
        running.kill()
        running.start()
        memo = await event(client, call_id, "call.step", kind="record")
        await ended(client, call_id)
        ready = await event(client, call_id, "call.recording_ready", kind="call")
        answers = await event(client, call_id, "call.recording_ready", kind="answer")
        assert answers["recording_id"] == memo["recording_id"]

        said = await fetched(client, memo["recording_id"], "wav", evidence)
        assert said.shape[1] == 1
        assert spoken(said[:, 0], LOW) == pytest.approx(2.0, abs=0.3)

        both = await fetched(client, ready["recording_id"], "wav", evidence)
        assert both.shape[1] == 2
        left, right = both[:, 0], both[:, 1]
        assert spoken(left, LOW) == pytest.approx(2.0, abs=0.3)
        # silent for as long as the card's number was asked for, and again afterwards
        assert longest_silence(left[int(6.5 * 8000) :]) > 4.0
        assert spoken(left[-2 * 8000 :], HIGH) > 1.5
        # our voice is on the right: the announcement, and nothing of the callee's
        assert np.abs(right[: 3 * 8000]).max() > 2000
        assert spoken(right, LOW) == spoken(right, HIGH) == 0
        mp3 = await fetched(client, ready["recording_id"], "mp3", evidence)
        assert abs(len(mp3) - len(both)) / 8000 < 0.3
        shown = (await client.get(f"/api/v1/calls/{call_id}")).json()["recordings"]
        assert [(one["kind"], one["state"]) for one in shown] == [("call", "ready"), ("answer", "ready")]
        # what is stored does not stay with the engine
    folder = running.data_dir / "engine" / "spool" / "recording"
    await until(lambda: not list(folder.glob("*.sln")))


async def test_somebody_pauses_a_recording(running: RunningAppliance, evidence: Path) -> None:
    says = [Sound(after=0.2, samples=tone(HIGH, 20.0).tobytes())]
    flow = {"recording": {"announcement": False}, "steps": [{"type": "wait", "seconds": 9.0}]}
    async with line(running, evidence, says) as client:
        call_id = (await client.post("/api/v1/calls", json={"to": CALLEE, "flow": flow})).json()["call_id"]
        await event(client, call_id, "call.answered")
        async with asyncio.timeout(5):
            while (await client.post(f"/api/v1/calls/{call_id}/recording/pause")).status_code == 409:
                # the row is written right after the answer
                await asyncio.sleep(0.05)
        shown = (await client.get("/api/v1/recordings", params={"call_id": call_id})).json()["recordings"]
        assert [(one["state"], one["paused"]) for one in shown] == [("recording", True)]
        await asyncio.sleep(3.0)
        resumed = await client.post(f"/api/v1/calls/{call_id}/recording/resume")
        assert (resumed.status_code, resumed.json()["paused"]) == (200, False)
        await ended(client, call_id)
        ready = await event(client, call_id, "call.recording_ready")
        left = (await fetched(client, ready["recording_id"], "wav", evidence))[:, 0]
        assert longest_silence(left) > 2.5
        assert spoken(left, HIGH) > 2.5
        assert len(left) / 8000 > 8
        assert (await client.post(f"/api/v1/calls/{call_id}/recording/pause")).status_code == 409
