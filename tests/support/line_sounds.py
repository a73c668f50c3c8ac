"""Sounds of a telephone line, computed: 16-bit samples at 8 kHz."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 8000
Samples = NDArray[np.int16]


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def tone(frequency: float, seconds: float, dbfs: float = -12.0) -> Samples:
    time = np.arange(round(seconds * RATE)) / RATE
    return as_samples(10 ** (dbfs / 20) * np.sin(2 * np.pi * frequency * time))


def noise(seconds: float, dbfs: float = -40.0, seed: int = 1) -> Samples:
    return as_samples(10 ** (dbfs / 20) * np.random.default_rng(seed).standard_normal(round(seconds * RATE)))


def mixed(*sounds: Samples) -> Samples:
    long = max(len(sound) for sound in sounds)
    total = np.zeros(long)
    for sound in sounds:
        total[: len(sound)] += sound
    return as_samples(total / 32768.0)


def as_samples(signal: NDArray[np.float64]) -> Samples:
    return np.clip(np.rint(signal * 32768.0), -32768, 32767).astype(np.int16)
