"""Looks at audio files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile


@dataclass(frozen=True, kw_only=True)
class AudioMeasure:
    """Length and loudness."""

    seconds: float
    #: Root mean square in dB below full scale; ``-inf`` for silence.
    rms_dbfs: float


def measure(path: Path) -> AudioMeasure:
    """Measure a WAV file. Raises ``OSError`` when it cannot be read as audio."""
    try:
        samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise OSError(f"{path} is no audio file: {error}") from error
    power = float(np.mean(np.square(samples))) if len(samples) else 0.0
    return AudioMeasure(seconds=len(samples) / rate, rms_dbfs=10 * math.log10(power) if power else -math.inf)
