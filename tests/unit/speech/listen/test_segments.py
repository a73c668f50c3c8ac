from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callwright.speech.listen.segments import Segments
from callwright.speech.listen.thresholds import Thresholds

STEP = 0.032


def heard(*probabilities: float) -> Segments:
    segments = Segments(Thresholds())
    for index, probability in enumerate(probabilities):
        segments.hear(index * STEP, (index + 1) * STEP, probability)
    return segments


def test_a_click_is_no_speech() -> None:
    segments = heard(0, 0, 0.9, 0.9, 0.9, 0)
    assert (segments.first, segments.span, segments.speaking) == (None, 0.0, False)
    assert segments.quiet(6 * STEP) == 6 * STEP


def test_speech_counts_from_its_first_window() -> None:
    segments = heard(0, 0.9, 0.9, 0.9, 0.9, 0)
    assert segments.first == STEP
    assert segments.last == 5 * STEP


def test_a_stretch_goes_on_at_a_lower_probability_than_it_begins_at() -> None:
    assert heard(0.4, 0.4, 0.4, 0.4, 0.4).first is None
    assert heard(0.6, 0.4, 0.4, 0.4, 0.4).span == 5 * STEP


def test_it_is_not_quiet_while_somebody_begins_to_speak() -> None:
    assert heard(0, 0, 0, 0.9).quiet(4 * STEP) == 0.0


def spoken(*stretches: tuple[int, float]) -> Segments:
    """Hear speech all the time, in stretches of (windows, loudness)."""
    segments = Segments(Thresholds())
    index = 0
    for windows, loudness in stretches:
        for _ in range(windows):
            segments.hear(index * STEP, (index + 1) * STEP, 0.9, loudness)
            index += 1
    return segments


def test_voices_in_the_background_do_not_fill_a_pause() -> None:
    segments = spoken((10, -20.0), (40, -35.0))
    assert segments.span == 10 * STEP
    assert abs(segments.quiet(50 * STEP) - 40 * STEP) < 1e-9


def test_what_was_heard_before_somebody_much_louder_was_background() -> None:
    segments = spoken((40, -40.0), (10, -20.0))
    assert segments.first is not None
    assert abs(segments.first - 40 * STEP) <= 4 * STEP
    assert segments.span <= 14 * STEP


def test_a_softer_word_is_still_the_same_voice() -> None:
    assert spoken((10, -20.0), (10, -28.0)).span == 20 * STEP


@given(st.lists(st.floats(0, 1), max_size=200))
def test_first_and_last_lie_in_the_sound(probabilities: list[float]) -> None:
    segments = heard(*probabilities)
    now = len(probabilities) * STEP
    assert 0 <= segments.quiet(now) <= now + 1e-9
    if segments.first is not None and segments.last is not None:
        assert 0 <= segments.first < segments.last <= now + 1e-9
        assert segments.span >= Thresholds().shortest_speech - 1e-9
