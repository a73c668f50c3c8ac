"""Leaves only the loudest voice in a sound: who answered, and not our own echo, which a recogniser would understand."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from callwright.speech.listen.thresholds import Thresholds
from callwright.speech.listen.vad import WINDOW

#: Windows of 32 ms whose mean power is a voice's loudness, and so many before and after a loud one that belong to it.
_SMOOTHED: Final = 4
_AROUND: Final = 6


def loudest(samples: NDArray[np.int16], thresholds: Thresholds | None = None) -> NDArray[np.int16]:
    """Return the sound (8 kHz) with zeros where everything is softer by ``background`` dB than the loudest voice."""
    softest = 10.0 ** (-(thresholds or Thresholds()).background / 10.0)
    whole = len(samples) - len(samples) % WINDOW
    power = np.square(samples[:whole].astype(np.float64)).reshape(-1, WINDOW).mean(axis=1)
    if len(power) < _SMOOTHED:
        return samples
    voice = np.convolve(power, np.full(_SMOOTHED, 1 / _SMOOTHED), mode="valid").max()
    loud = np.pad(power >= softest * voice, _AROUND)
    kept = sliding_window_view(loud, 2 * _AROUND + 1).any(axis=1)
    return np.concatenate((samples[:whole] * np.repeat(kept, WINDOW), samples[whole:])).astype(np.int16)
