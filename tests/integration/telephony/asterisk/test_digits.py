"""Keys that come as tones in the sound, as from a trunk that knows nothing else (``dtmf_mode`` ``inband``).

RFC 4733 events are in the engine's contract (``support.leg_contract``), SIP INFO in ``test_engine``.
"""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from callwright.telephony.asterisk.configuration import TrunkConfig
from callwright.telephony.port import LegAnswered, LegDigit, RecordEnded, Recording
from callwright.telephony.simulator import Callee, Sound
from support.engine_node import EngineUnderTest
from support.key_tones import KEYS, keys
from support.leg_contract import Call, request
from support.line_sounds import Samples, mixed, noise, silence, tone
from support.lines import lines

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]


def inband(node: EngineUnderTest) -> TrunkConfig:
    return TrunkConfig(name="sipp", host="127.0.0.1", port=node.ports["sipp"], dtmf_mode="inband")


async def pressed(node: EngineUnderTest, sound: Samples, *, seconds: float) -> str:
    """Return the keys that are heard in a sound."""
    async with lines(node, inband(node)), asyncio.timeout(30):
        node.callee(Callee(rings_for=0.1, says=[Sound(after=0.5, samples=sound.tobytes())], hangs_up_after=seconds))
        call = Call(await node.engine.dial(request()))
        await call.end()
    return "".join(event.digit for event in call.reported if isinstance(event, LegDigit))


async def test_every_key_as_a_tone(node: EngineUnderTest) -> None:
    assert await pressed(node, keys(KEYS), seconds=4.5) == KEYS


@pytest.mark.parametrize(("level", "dbfs"), [(-40.0, -12.0), (-30.0, -12.0), (-40.0, -24.0)])
async def test_keys_in_noise(node: EngineUnderTest, level: float, dbfs: float) -> None:
    sound = keys("0123456789*#", dbfs=dbfs)
    assert await pressed(node, mixed(sound, noise(len(sound) / 8000, level)), seconds=3.7) == "0123456789*#"


async def test_quick_keys(node: EngineUnderTest) -> None:
    assert await pressed(node, keys("1223334444", pressed=0.07, between=0.07), seconds=2.7) == "1223334444"


async def test_noise_and_one_tone_are_no_keys(node: EngineUnderTest) -> None:
    sound = np.concatenate([noise(1.0, -20.0), tone(697, 0.5), tone(1209, 0.5), noise(1.0, -12.0)])
    assert await pressed(node, sound, seconds=4.0) == ""


async def test_a_key_as_a_tone_ends_a_recording(node: EngineUnderTest) -> None:
    sound = np.concatenate([tone(300, 1.0), silence(0.3), keys("#"), silence(3.0)])
    async with lines(node, inband(node)), asyncio.timeout(30):
        node.callee(Callee(rings_for=0.1, says=[Sound(after=0.5, samples=sound.tobytes())]))
        call = Call(await node.engine.dial(request()))
        await call.until(LegAnswered)
        await call.leg.record(Recording(name="said-1", max_seconds=30, terminator="#"))
        ended = await call.until(RecordEnded)
        assert isinstance(ended, RecordEnded)
        assert ended.file is not None
        assert ended.file.stat().st_size < 4 * 16000
        await call.leg.hang_up()
        await call.end()
