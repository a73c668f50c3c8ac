"""Only the loudest voice is left for a recogniser."""

from __future__ import annotations

import numpy as np

from callwright.speech.listen.loudest import loudest


def _noise(seconds: float, amplitude: float) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.random.default_rng(1).normal(0, amplitude, round(seconds * 8000)).astype(np.int16)


def test_what_is_much_softer_is_left_out() -> None:
    sound = np.concatenate((_noise(2.0, 200), _noise(1.0, 3000), _noise(2.0, 200)))
    left = loudest(sound)
    assert len(left) == len(sound)
    assert not left[: round(1.5 * 8000)].any()
    assert not left[round(3.5 * 8000) :][: round(1.4 * 8000)].any()
    np.testing.assert_array_equal(left[16000:24000], sound[16000:24000])


def test_a_softer_word_of_the_same_voice_stays() -> None:
    sound = np.concatenate((_noise(1.0, 3000), _noise(0.1, 10), _noise(1.0, 1500)))
    np.testing.assert_array_equal(loudest(sound), sound)


def test_silence_and_nearly_nothing_stay_as_they_are() -> None:
    for sound in (np.zeros(0, np.int16), np.zeros(100, np.int16), np.zeros(9000, np.int16)):
        np.testing.assert_array_equal(loudest(sound), sound)
