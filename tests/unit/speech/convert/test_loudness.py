from __future__ import annotations

import math

import numpy as np
import pytest

from callwright.speech.convert.loudness import CEILING_DBFS, limit, loudness, normalise
from callwright.speech.levels import TARGET_RMS_DBFS

RATE = 16000


def tone(seconds: float, amplitude: float) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * 500 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def test_pauses_do_not_count() -> None:
    speech = tone(2.0, 0.1)
    with_pauses = np.concatenate([np.zeros(RATE, np.float32), speech, np.zeros(3 * RATE, np.float32)])
    assert loudness(speech, RATE) == pytest.approx(20 * math.log10(0.1 / math.sqrt(2)), abs=0.1)
    assert loudness(with_pauses, RATE) == pytest.approx(loudness(speech, RATE), abs=0.1)


def test_a_soft_background_does_not_count() -> None:
    both = np.concatenate([tone(2.0, 0.3), tone(4.0, 0.005)])
    assert loudness(both, RATE) == pytest.approx(loudness(tone(2.0, 0.3), RATE), abs=0.2)


def test_silence_has_no_loudness() -> None:
    assert loudness(np.zeros(RATE, np.float32), RATE) == -math.inf
    assert loudness(tone(1.0, 0.0005), RATE) == -math.inf


@pytest.mark.parametrize("amplitude", [0.006, 0.05, 0.9])
def test_everything_comes_out_at_the_target(amplitude: float) -> None:
    assert loudness(normalise(tone(2.0, amplitude), RATE), RATE) == pytest.approx(TARGET_RMS_DBFS, abs=0.1)


def test_noise_is_not_raised_beyond_measure() -> None:
    faint = tone(2.0, 0.002)
    assert loudness(normalise(faint, RATE), RATE) == pytest.approx(loudness(faint, RATE) + 30, abs=0.1)


def test_a_single_crack_does_not_silence_the_rest() -> None:
    speech = tone(3.0, 0.05)
    speech[RATE : RATE + 20] = 0.9
    levelled = normalise(speech, RATE)
    assert np.abs(levelled).max() <= 10 ** (CEILING_DBFS / 20) + 1e-4
    assert loudness(levelled, RATE) > TARGET_RMS_DBFS - 3


def test_peaks_are_pressed_smoothly_and_the_rest_is_left_alone() -> None:
    speech = tone(2.0, 0.2)
    speech[8000:8400] *= 6
    pressed = limit(speech, RATE)
    assert np.abs(pressed).max() <= 10 ** (CEILING_DBFS / 20) + 1e-4
    far = np.r_[0:7000, 9500 : len(speech)]
    assert np.allclose(pressed[far], speech[far], atol=1e-4)
    gain = pressed[np.abs(speech) > 0.1] / speech[np.abs(speech) > 0.1]
    assert np.abs(np.diff(gain)).max() < 0.1


def test_what_is_below_the_ceiling_is_not_touched() -> None:
    speech = tone(1.0, 0.5)
    assert limit(speech, RATE) is speech
