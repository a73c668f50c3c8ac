from __future__ import annotations

import numpy as np
import pytest

from callwright.speech.levels import prepare, to_samples, trim


def _tone(seconds: float, amplitude: float, rate: int = 16000) -> np.ndarray:
    time = np.arange(int(seconds * rate)) / rate
    return (amplitude * 32767 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)


@pytest.mark.parametrize("amplitude", [0.02, 0.3, 1.0])
def test_loud_and_soft_become_equally_loud(amplitude: float) -> None:
    prepared = prepare(_tone(1.0, amplitude), 16000, 16000)
    assert prepared is not None
    speech = prepared[: -round(0.06 * 16000)]
    assert 20 * np.log10(np.sqrt(np.mean(speech**2))) == pytest.approx(-20, abs=0.2)


def test_a_signal_with_high_peaks_is_not_cut_off() -> None:
    samples = _tone(1.0, 0.02)
    samples[8000] = 32767
    prepared = prepare(samples, 16000, 16000)
    assert prepared is not None
    assert 20 * np.log10(np.abs(prepared).max()) <= -1 + 1e-3


def test_edges_are_trimmed_and_a_gap_follows() -> None:
    samples = np.concatenate([np.zeros(8000, dtype=np.int16), _tone(0.5, 0.3), np.zeros(8000, dtype=np.int16)])
    prepared = prepare(samples, 16000, 16000)
    assert prepared is not None
    assert len(prepared) / 16000 == pytest.approx(0.5 + 0.06 + 2 * 0.015, abs=0.02)
    assert not prepared[-round(0.06 * 16000) :].any()


def test_resampling_keeps_the_length_in_time() -> None:
    prepared = prepare(_tone(1.0, 0.3, rate=22050), 22050, 16000)
    assert prepared is not None
    assert len(prepared) / 16000 == pytest.approx(1.06, abs=0.01)


@pytest.mark.parametrize("samples", [np.zeros(0, np.int16), np.zeros(16000, np.int16), np.full(8000, 50, np.int16)])
def test_silence_is_nothing(samples: np.ndarray) -> None:
    assert prepare(samples, 16000, 16000) is None


def test_trimming_leaves_the_original_alone() -> None:
    signal = _tone(0.5, 0.3).astype(np.float32) / 32768
    before = signal.copy()
    trim(signal, 16000)
    assert np.array_equal(signal, before)


def test_full_scale_does_not_wrap_around() -> None:
    assert to_samples(np.array([1.5, -1.5, 0.0], dtype=np.float32)).tolist() == [32767, -32768, 0]
