"""Answers as a telephone line brings them: our own voices through G.711, spoken once a test run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from callwright.speech.g711 import decode_ulaw, encode_ulaw
from callwright.speech.levels import prepare
from callwright.speech.tts.engine import Utterance
from callwright.speech.tts.espeak import EspeakEngine
from callwright.speech.tts.pico import PicoEngine
from support.line_sounds import RATE, Samples

#: Voices that answer, with rate and pitch.
SPEAKERS = (
    ("pico-en-US-f", 1.0, 1.0),
    ("pico-en-GB-f", 1.0, 1.0),
    ("pico-en-US-f", 1.1, 0.7),
    ("espeak-en-US-m", 1.0, 1.0),
)


@cache
def spoken(text: str, speaker: tuple[str, float, float] = SPEAKERS[0]) -> Samples:
    """Return a text as it arrives over µ-law, without silence around it."""
    voice, rate, pitch = speaker
    utterance = Utterance(text=text, voice_id=voice, rate=rate, pitch=pitch)
    engine = PicoEngine() if voice.startswith("pico") else EspeakEngine()
    signal = prepare(*engine.synthesize(utterance), RATE)
    assert signal is not None
    pcm = np.clip(np.rint(np.trim_zeros(signal) * 32767.0), -32768, 32767).astype(np.int16)
    return decode_ulaw(encode_ulaw(pcm))


def frames(sound: Samples, size: int = 160) -> Sequence[bytes]:
    """Return the sound in pieces of 20 ms, 16-bit little-endian."""
    return [sound[at : at + size].astype("<i2").tobytes() for at in range(0, len(sound), size)]
