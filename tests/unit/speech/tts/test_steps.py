from __future__ import annotations

import pytest

from callwright.speech.tts.engine import FASTEST, SLOWEST
from callwright.speech.tts.steps import pitch_of, rate_of


@pytest.mark.parametrize("multiple", [pitch_of, rate_of])
def test_every_step_is_more_than_the_one_before_and_5_is_the_voices_own(multiple: object) -> None:
    assert callable(multiple)
    found = [multiple(step) for step in range(10)]
    assert found == sorted(set(found))
    assert found[5] == 1.0
    assert all(SLOWEST <= value <= FASTEST for value in found)


@pytest.mark.parametrize("step", [-1, 10])
def test_other_figures_are_refused(step: int) -> None:
    with pytest.raises(ValueError, match="0 to 9"):
        pitch_of(step)
    with pytest.raises(ValueError, match="0 to 9"):
        rate_of(step)
