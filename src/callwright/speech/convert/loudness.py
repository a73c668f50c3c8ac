"""Brings recordings to the loudness of our own speech: quiet ones are heard, loud ones are not distorted.

Loudness is the power of what is heard, without pauses: blocks far below the rest do not count. The two gates are those
of ITU-R BS.1770-4; its frequency weighting is left out, because a telephone passes 300 to 3,400 Hz, where it is flat.
"""

from __future__ import annotations

import math

import numpy as np

from callwright.speech.levels import TARGET_RMS_DBFS, Signal

#: Peaks stay below: the telephone's 8 kHz are filtered from these samples, and filters overshoot.
CEILING_DBFS = -2.0
#: Quieter than this is silence, whatever it is.
SILENT_DBFS = -60.0
#: Noise is not raised beyond any measure, only because there is nothing else.
MOST_GAIN_DB = 30.0
#: Peaks are pressed by this much at most; with more the whole stays softer.
MOST_LIMITING_DB = 10.0
_GATE_BELOW_DB = 10.0
_BLOCK_SECONDS = 0.1
#: Of the limiter: the gain falls within this time before a peak and rises within it afterwards.
_ATTACK_SECONDS = 0.005


def loudness(signal: Signal, rate: int) -> float:
    """Return the loudness in dB below full scale; ``-inf`` for silence."""
    block = max(1, round(_BLOCK_SECONDS * rate))
    count = max(1, len(signal) // block)
    whole = signal[: count * block]
    power = np.square(whole.reshape(count, -1), dtype=np.float64).mean(axis=1)
    heard = power[power > _power(SILENT_DBFS)]
    if not len(heard):
        return -math.inf
    loud = heard[heard > heard.mean() * _power(-_GATE_BELOW_DB)]
    return float(10 * np.log10(loud.mean()))


def normalise(signal: Signal, rate: int) -> Signal:
    """Return the signal at the target loudness, its peaks below the ceiling; it must not be silent."""
    gain_db = min(TARGET_RMS_DBFS - loudness(signal, rate), MOST_GAIN_DB)
    peak_db = 20 * math.log10(float(np.abs(signal).max()))
    gain_db = min(gain_db, CEILING_DBFS + MOST_LIMITING_DB - peak_db)
    return limit(signal * np.float32(10 ** (gain_db / 20)), rate)


def limit(signal: Signal, rate: int) -> Signal:
    """Return the signal with its peaks pressed below the ceiling, smoothly: nothing is cut off."""
    ceiling = 10 ** (CEILING_DBFS / 20)
    if float(np.abs(signal).max()) <= ceiling:
        return signal
    step = max(1, round(_ATTACK_SECONDS * rate / 5))
    padded = np.pad(signal, (0, -len(signal) % step))
    peaks = np.abs(padded).reshape(-1, step).max(axis=1)
    wanted = np.minimum(1.0, ceiling / np.maximum(peaks, ceiling))
    # the lowest within five blocks on both sides, then a mean over less: nowhere above what a block needs
    reach = 5
    lowest = np.lib.stride_tricks.sliding_window_view(np.pad(wanted, reach, constant_values=1.0), 2 * reach + 1)
    window = np.hanning(2 * reach - 1)
    spread = np.pad(lowest.min(axis=1), reach - 1, mode="edge")
    smooth = np.convolve(spread, window / window.sum(), mode="valid")
    # from block to block in a straight line; both ends of a block are bounded by what its neighbours need
    centres = (np.arange(len(smooth)) + 0.5) * step
    gain = np.interp(np.arange(len(signal)), centres, smooth)
    pressed: Signal = (signal * gain).astype(np.float32)
    return pressed


def _power(decibels: float) -> float:
    return float(10.0 ** (decibels / 10.0))
