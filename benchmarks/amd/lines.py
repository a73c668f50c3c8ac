"""Makes sounds as a telephone line brings them: loudness, noise, telephone band, echo of our own prompt, µ-law."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from callwright.speech.g711 import decode_ulaw, encode_ulaw

RATE = 8000
Signal = NDArray[np.float32]
Samples = NDArray[np.int16]

NOISES = ("white", "pink", "hum", "babble")


def noise(kind: str, count: int, chance: np.random.Generator, voices: list[Signal]) -> Signal:
    """Return ``count`` samples of noise at an RMS of 1; ``babble`` is made of six of ``voices`` at once."""
    if kind == "babble":
        sound = np.zeros(count, dtype=np.float32)
        for _ in range(6):
            voice = voices[int(chance.integers(len(voices)))]
            turned = np.roll(np.resize(voice, count), int(chance.integers(count)))
            sound += turned / max(float(np.sqrt(np.mean(np.square(turned)))), 1e-6)
    elif kind == "hum":
        time = np.arange(count) / RATE
        hum = sum(np.sin(2 * np.pi * 50 * harmonic * time + harmonic) / harmonic for harmonic in range(2, 12))
        sound = (np.asarray(hum) + 0.3 * chance.standard_normal(count)).astype(np.float32)
    else:
        spectrum = np.fft.rfft(chance.standard_normal(count))
        if kind == "pink":
            spectrum /= np.sqrt(np.arange(len(spectrum)) + 1.0)
        sound = np.fft.irfft(spectrum, count).astype(np.float32)
    return sound / np.float32(max(float(np.sqrt(np.mean(np.square(sound)))), 1e-6))


def loudness(signal: Signal) -> float:
    """Return the RMS of where somebody speaks: the blocks of 20 ms within 30 dB of the loudest."""
    blocks = signal[: len(signal) // 160 * 160].reshape(-1, 160)
    power = np.mean(np.square(blocks), axis=1)
    return float(np.sqrt(np.mean(power[power > power.max() / 1000.0])))


def telephone_band(signal: Signal) -> Signal:
    """Keep 300 to 3400 Hz."""
    spectrum = np.fft.rfft(signal)
    frequency = np.fft.rfftfreq(len(signal), 1 / RATE)
    edge = np.clip((frequency - 200) / 100, 0, 1) * np.clip((3600 - frequency) / 200, 0, 1)
    banded: Signal = np.fft.irfft(spectrum * edge, len(signal)).astype(np.float32)
    return banded


def over_the_line(signal: Signal) -> Samples:
    """Return what is left after µ-law."""
    samples = np.clip(np.rint(signal * 32767.0), -32768, 32767).astype(np.int16)
    return decode_ulaw(encode_ulaw(samples))
