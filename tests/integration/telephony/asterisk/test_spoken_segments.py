"""A message of several files as a telephone hears it: no holes, as loud as it was made, nothing clipped."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import numpy as np
import pytest

from callwright.speech.g711 import decode_ulaw, encode_ulaw
from callwright.telephony.port import LegAnswered, PlayEnded
from callwright.telephony.simulator import Callee, Sound
from support.engine_node import EngineUnderTest
from support.leg_contract import Call, request
from support.line_sounds import Samples, tone
from support.sipp_caller import level

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]

RATE = 8000
#: Each segment is a tone of its own, so that where it begins and ends is seen in the sound.
_PITCHES = (500, 900, 1300, 1700)
_SECONDS = 0.7
_DBFS = -9.0
#: What a listener notices as a hole.
_LONGEST_GAP_SECONDS = 0.06
_PIECE = 80


def written(node: EngineUnderTest, name: str, sound: Samples) -> Path:
    path = node.base / "sounds" / name
    path.parent.mkdir(exist_ok=True)
    file = path.with_suffix(".ulaw")
    file.write_bytes(encode_ulaw(sound))
    file.chmod(0o644)
    return path


async def test_segments_follow_one_another_without_holes(node: EngineUnderTest) -> None:
    files = [written(node, f"segment-{pitch}", tone(pitch, _SECONDS, _DBFS)) for pitch in _PITCHES]
    # a telephone that says something keeps what it hears
    sipp = node.callee(Callee(rings_for=0.1, says=[Sound(after=0.1, samples=tone(300, 0.1).tobytes())]))
    async with asyncio.timeout(20):
        call = Call(await node.engine.dial(request()))
        await call.until(LegAnswered)
        # silence first: the telephone's ear opens a moment after the answer
        await call.leg.play(1, [node.prompt(2.0), *files])
        await call.until(PlayEnded)
        heard = sipp.heard()
        await call.leg.hang_up()
        await call.end()

    sound = decode_ulaw(b"".join(data for _, data in heard))
    assert np.abs(sound).max() < 32000
    pieces = [sound[at : at + _PIECE] for at in range(0, len(sound) - _PIECE + 1, _PIECE)]
    at = {
        pitch: [n for n, piece in enumerate(pieces) if np.abs(piece).max() > 2000 and level(piece, pitch) > 0.6]
        for pitch in _PITCHES
    }
    for pitch in _PITCHES:
        assert (at[pitch][-1] - at[pitch][0] + 1) * _PIECE / RATE == pytest.approx(_SECONDS, abs=0.06)
    for before, after in itertools.pairwise(_PITCHES):
        assert (at[after][0] - at[before][-1] - 1) * _PIECE / RATE < _LONGEST_GAP_SECONDS
    # as loud as it was made, to half a decibel
    middle = sound[at[900][0] * _PIECE : at[900][-1] * _PIECE].astype(float)
    rms = 20 * np.log10(np.sqrt(np.mean(middle**2)) / 32768)
    assert rms == pytest.approx(_DBFS - 3.01, abs=0.5)
