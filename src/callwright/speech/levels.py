"""Makes speech of any engine sound alike: same loudness, no clicks, no long silences at the edges."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from callwright.speech.tts.engine import Samples

#: Loudness of speech on a telephone line: full scale is 0 dB; -20 leaves room for the peaks of speech.
TARGET_RMS_DBFS = -20.0
PEAK_DBFS = -1.0
#: Silence after a segment, so that the next one does not stick to it.
GAP_SECONDS = 0.06
#: Quieter than this below the loudest block counts as silence at the edges.
_SILENCE_BELOW_PEAK_DB = 45.0
#: Full scale below which a whole segment counts as silent: Pico answers dots with such noise.
_SILENT_DBFS = -45.0
_BLOCK_SECONDS = 0.005
#: Kept around what is heard: soft consonants start below the threshold.
_MARGIN_SECONDS = 0.015
_FADE_SECONDS = 0.003

Signal = NDArray[np.float32]


def prepare(samples: Samples, sample_rate: int, wanted_rate: int) -> Signal | None:
    """Return the segment trimmed, levelled and resampled, with its gap; ``None`` when it is silent."""
    signal = trim(samples.astype(np.float32) / 32768.0, sample_rate)
    if signal is None:
        return None
    if sample_rate != wanted_rate:
        signal = resample(signal, sample_rate, wanted_rate)
    return np.concatenate([level(signal), np.zeros(round(GAP_SECONDS * wanted_rate), dtype=np.float32)])


def trim(signal: Signal, sample_rate: int) -> Signal | None:
    """Cut silence off both edges and fade the cuts; ``None`` when there is nothing but silence."""
    block = max(1, round(_BLOCK_SECONDS * sample_rate))
    count = len(signal) // block
    if count == 0:
        return None
    loudness = np.sqrt(np.mean(np.square(signal[: count * block].reshape(count, block)), axis=1))
    loudest = float(loudness.max())
    if loudest <= _ratio(_SILENT_DBFS):
        return None
    heard = np.flatnonzero(loudness > loudest * _ratio(-_SILENCE_BELOW_PEAK_DB))
    margin = round(_MARGIN_SECONDS * sample_rate)
    first = max(0, int(heard[0]) * block - margin)
    last = min(len(signal), (int(heard[-1]) + 1) * block + margin)
    cut = signal[first:last].copy()
    fade = min(round(_FADE_SECONDS * sample_rate), len(cut))
    ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
    cut[:fade] *= ramp
    cut[len(cut) - fade :] *= ramp[::-1]
    return cut


def level(signal: Signal) -> Signal:
    """Bring the loudness to the target; a signal with high peaks stays softer rather than cut off."""
    rms = float(np.sqrt(np.mean(np.square(signal))))
    gain = min(_ratio(TARGET_RMS_DBFS) / rms, _ratio(PEAK_DBFS) / float(np.abs(signal).max()))
    levelled: Signal = (signal * np.float32(gain)).astype(np.float32)
    return levelled


def resample(signal: Signal, sample_rate: int, wanted_rate: int) -> Signal:
    """Return the signal at another rate, in Hz."""
    resampled: Signal = soxr.resample(signal, sample_rate, wanted_rate, quality="HQ").astype(np.float32)
    return resampled


def to_samples(signal: Signal) -> Samples:
    """Return 16-bit samples."""
    samples: Samples = np.clip(np.rint(signal * 32767.0), -32768, 32767).astype(np.int16)
    return samples


def _ratio(decibels: float) -> float:
    return float(10.0 ** (decibels / 20.0))
