"""Where speech begins and ends in a recording, before a recogniser sees it."""

from __future__ import annotations

import numpy as np
import pytest

from callwright.recordings.transcripts import LONGEST_SECONDS, pieces
from support.line_sounds import noise, silence, tone

RATE = 8000


def found(*sounds: np.ndarray) -> list[tuple[float, float]]:
    return [(piece.begin / RATE, piece.end / RATE) for piece in pieces(np.concatenate(sounds))]


def test_pauses_cut_and_short_ones_do_not() -> None:
    stretches = found(silence(1), tone(500, 1.0), silence(0.4), tone(500, 1.0), silence(2), tone(500, 0.5), silence(1))
    assert stretches == [pytest.approx((0.8, 3.6), abs=0.05), pytest.approx((5.2, 6.1), abs=0.05)]


def test_silence_noise_and_clicks_are_nothing() -> None:
    assert found(noise(3.0, -60.0), tone(500, 0.05), silence(2)) == []
    assert found(silence(0.001)) == []


def test_who_never_pauses_is_cut_all_the_same() -> None:
    stretches = found(tone(500, 60.0))
    assert len(stretches) == 3
    assert all(end - begin < LONGEST_SECONDS + 1 for begin, end in stretches)
    assert stretches[-1][1] == 60.0
