"""An account number, entered by keys of each kind that trunks carry: events, SIP INFO, tones in the sound."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from callwright.telephony.simulator import Callee, Press, Sound
from support.appliance import RunningAppliance, ended
from support.key_tones import keys
from support.sipp import Sipp, free_ports

pytestmark = pytest.mark.sipp

_serial = iter(range(1, 100))
#: Too short first; then six keys and the terminator, over the prompt that is repeated.
_FIRST, _SECOND = "12#", "314159#"
_FLOW = {
    "steps": [
        {
            "type": "gather", "prompt": [{"type": "say", "text": "Your account number, then the pound key."}],
            "max_digits": 10, "min_digits": 4, "invalid_prompt": [{"type": "say", "text": "That is too short."}],
            "invalid_attempts": 2, "no_input_attempts": 1,
        },
        {"type": "say", "text": "Thank you."},
    ],
}  # fmt: skip


@pytest.mark.together
async def test_an_account_number_is_entered(running: RunningAppliance, evidence: Path) -> None:
    """Three telephones at once, each with keys of its kind."""
    await asyncio.gather(*(_entered(running, evidence / kind, kind) for kind in ("rfc4733", "info", "inband")))


async def _entered(running: RunningAppliance, evidence: Path, kind: str) -> None:
    serial = next(_serial)
    behaviour: dict[str, Any] = {"presses": [Press(digits=_FIRST, after=4.5), Press(digits=_SECOND, after=8.0)]}
    if kind == "inband":
        behaviour = {
            "says": [
                Sound(after=after, samples=keys(digits).tobytes()) for after, digits in ((4.5, _FIRST), (8.0, _SECOND))
            ]
        }
    sipp = Sipp(
        evidence / "sipp", Callee(rings_for=0.3, **behaviour), port=free_ports(2), rtp_port=free_ports(2),
        info=kind == "info",
    )  # fmt: skip
    organisation = running.organisation(f"Digits {serial}")
    running.cli(
        "trunks", "add", f"digits-{serial}", "127.0.0.1", f"dtmf_mode={kind}", "--org", organisation,
        "--port", str(sipp.port),
    )  # fmt: skip
    running.cli("numbers", "add", "+12125550100", "--org", organisation)
    key = running.key(organisation, "--live", "--purpose", "emergency")
    sipp.start()
    try:
        async with running.client(key) as client:
            answer = await client.post("/api/v1/calls", json={"to": "+12125550123", "flow": _FLOW})
            assert answer.status_code == 201, answer.text
            call = await ended(client, answer.json()["call_id"])
            assert (kind, call["dtmf_response"]) == (kind, "314159")
            events = (await client.get(f"/api/v1/calls/{call['call_id']}/events")).json()["events"]
            gathered = [
                event["body"]["result"]
                for event in events
                if event["type"] == "call.step" and event["body"]["kind"] == "gather"
            ]
            assert (kind, gathered) == (kind, ["invalid"])
    finally:
        sipp.stop()
