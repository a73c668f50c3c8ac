"""The callee changes the call while our prompt plays: hold, another address and codec, fax. The prompt goes on."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from callwright.speech.g711 import decode_ulaw
from callwright.telephony.port import LegAnswered, PlayEnded
from support.engine_node import EngineUnderTest
from support.leg_contract import Call, request
from support.rtp_ear import listening
from support.sipp import Sipp
from support.sipp_caller import level, tone
from support.sipp_dialogs import T38, Dialog, audio

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]

PROMPT_HZ = 600
_PROMPT_SECONDS = 2.4


async def _answered(node: EngineUnderTest, scenario: str) -> tuple[Sipp, Call]:
    """Call a callee with this scenario, and begin to play a tone when it answers."""
    prompt = node.base / "sounds" / "reinvite"
    prompt.parent.mkdir(exist_ok=True)
    prompt.with_suffix(".ulaw").write_bytes(tone(PROMPT_HZ, _PROMPT_SECONDS))
    prompt.with_suffix(".ulaw").chmod(0o644)
    sipp = node.callee(scenario)
    call = Call(await node.engine.dial(request()))
    await call.until(LegAnswered)
    await call.leg.play(1, [prompt])
    return sipp, call


async def _finish(call: Call, sipp: Sipp) -> None:
    """The prompt ends well, we hang up, and sipp met nothing that its scenario does not expect."""
    async with asyncio.timeout(10):
        played = await call.until(PlayEnded)
        assert isinstance(played, PlayEnded)
        assert played.ok
        await call.leg.hang_up()
        await call.end()
    assert sipp.complaints() == ""


def _is_prompt(payload: bytes) -> bool:
    return level(decode_ulaw(payload), PROMPT_HZ) > 0.9


def _statuses(sipp: Sipp, method: str = "INVITE") -> list[str]:
    """Return the first lines of the responses that came to sipp's own requests."""
    return [
        text.splitlines()[0]
        for received, text in sipp.messages()
        if received and text.startswith("SIP/2.0 ") and f" {method}" in text and " 100 " not in text.splitlines()[0]
    ]


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
async def test_hold_and_resume(node: EngineUnderTest, direction: str) -> None:
    dialog = Dialog().invite().ring().answer().pause(0.5)
    dialog.reinvite(audio(direction=direction)).pause(0.5).reinvite(audio())
    async with listening(node.callee_rtp_port) as ear:
        sipp, call = await _answered(node, dialog.hung_up_on())
        assert _is_prompt(await ear.hears())
        async with asyncio.timeout(5):
            while len(_statuses(sipp)) < 2:
                await asyncio.sleep(0.02)
        assert _is_prompt(await ear.hears())
        await _finish(call, sipp)
    held = next(text for received, text in sipp.messages() if received and text.startswith("SIP/2.0 200 OK\n"))
    assert f"a={'recvonly' if direction == 'sendonly' else 'inactive'}" in held


async def test_another_address_and_codec(node: EngineUnderTest) -> None:
    other = node.callee_rtp_port - 40
    dialog = Dialog().invite().ring().answer().pause(0.5).reinvite(audio(port=str(other), codec=8))
    async with listening(node.callee_rtp_port) as ear, listening(other) as moved:
        sipp, call = await _answered(node, dialog.hung_up_on())
        assert _is_prompt(await ear.hears())
        heard = await moved.hears(kind=8)
        before = ear.count()
        await moved.hears(kind=8)
        assert ear.count() == before
        await _finish(call, sipp)
    assert _loudest(_alaw(heard)) == pytest.approx(PROMPT_HZ, abs=20)


async def test_a_fax_is_refused_and_the_call_goes_on(node: EngineUnderTest) -> None:
    dialog = Dialog().invite().ring().answer().pause(0.5).reinvite(T38, status=488)
    async with listening(node.callee_rtp_port) as ear:
        sipp, call = await _answered(node, dialog.hung_up_on())
        async with asyncio.timeout(5):
            while not _statuses(sipp):
                await asyncio.sleep(0.02)
        assert _is_prompt(await ear.hears())
        await _finish(call, sipp)
    assert _statuses(sipp) == ["SIP/2.0 488 Not Acceptable Here"]


def _alaw(payload: bytes) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Decode A-law (ITU-T G.711)."""
    code = np.frombuffer(payload, dtype=np.uint8) ^ 0x55
    exponent, mantissa = (code & 0x70) >> 4, (code & 0x0F).astype(np.int32)
    size = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent, 1) - 1)
    return np.where(code & 0x80, size, -size).astype(np.int16)


def _loudest(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> float:
    spectrum = np.abs(np.fft.rfft(samples.astype(float)))
    return float(np.fft.rfftfreq(len(samples), 1 / 8000)[spectrum.argmax()])
