from __future__ import annotations

import numpy as np
import pytest

from callwright.speech.g711 import decode_ulaw, encode_ulaw
from callwright.speech.listen.thresholds import Thresholds
from callwright.speech.listen.tones import HOP, Tone, ToneFinder, share
from support.line_sounds import Samples, as_samples, mixed, noise, silence, tone

RATE = 8000


def found(samples: Samples) -> list[Tone]:
    """Return the tones that were long and pure enough, once each."""
    finder = ToneFinder(Thresholds())
    signal = samples.astype(np.float32) / 32768.0
    blocks = (signal[begin : begin + HOP] for begin in range(0, len(signal) - HOP + 1, HOP))
    tones = [heard for block in blocks if (heard := finder.push(block)) is not None]
    return [heard for heard in tones if heard.ended and heard.verified >= Thresholds().tone_verified]


@pytest.mark.parametrize("frequency", [425, 800, 1000, 1333, 1400, 2000, 2211])
@pytest.mark.parametrize("snr", [40, 12])
def test_a_tone_is_found_with_its_frequency_and_place(frequency: float, snr: float) -> None:
    line = np.concatenate((silence(0.5), tone(frequency, 0.4), silence(0.5)))
    heard = found(decode_ulaw(encode_ulaw(mixed(line, noise(1.4, dbfs=-15 - snr)))))
    assert len(heard) == 1
    assert heard[0].frequency == pytest.approx(frequency, abs=6)
    assert heard[0].start == pytest.approx(0.5, abs=0.05)
    assert heard[0].end == pytest.approx(0.9, abs=0.05)


def holed(line: Samples, at: float, missing: float, *, late: bool) -> Samples:
    """Return the line with a hole: what should have come then came later, or never."""
    begin, length = round(at * RATE), round(missing * RATE)
    rest = line[begin:] if late else line[begin + length :]
    return np.concatenate((line[:begin], np.zeros(length, dtype=np.int16), rest))


@pytest.mark.parametrize("late", [True, False], ids=["late", "lost"])
@pytest.mark.parametrize("missing", [0.02, 0.04])
# a lost frame turns the phase of 1400 Hz not at all, that of 1425 Hz right round, that of 847 Hz by a third
@pytest.mark.parametrize("frequency", [847, 1400, 1425])
@pytest.mark.parametrize("background", [None, -50], ids=["digital", "noisy"])
def test_a_frame_that_is_late_or_lost_does_not_end_a_tone(
    frequency: int, missing: float, late: bool, background: float | None
) -> None:
    line = np.concatenate((silence(0.5), tone(frequency, 0.4), silence(0.5)))
    if background is not None:
        line = mixed(line, noise(len(line) / RATE, dbfs=background))
    # frames are in no step with the windows
    for at in (0.681, 0.7, 0.74, 0.782, 0.8, 0.833):
        (heard,) = found(decode_ulaw(encode_ulaw(holed(line, at, missing, late=late))))
        assert heard.frequency == pytest.approx(frequency, abs=6)
        assert heard.start == pytest.approx(0.5, abs=0.05)
        assert heard.end == pytest.approx(0.9 + missing * late, abs=0.05)
        assert heard.seconds == pytest.approx(0.4 - missing * (not late), abs=0.05)


def test_a_tone_that_is_silent_for_longer_than_two_frames_is_two() -> None:
    line = np.concatenate((silence(0.5), tone(1000, 0.3), silence(0.1), tone(1000, 0.3), silence(0.2)))
    assert [round(heard.start, 1) for heard in found(line)] == [0.5, 0.9]


def test_another_sound_after_a_hole_ends_the_tone() -> None:
    hum = noise(0.4, dbfs=-30)
    line = np.concatenate((silence(0.5), tone(1000, 0.3), silence(0.02), hum))
    assert [heard.end for heard in found(line)] == [pytest.approx(0.8, abs=0.02)]
    line = np.concatenate((silence(0.5), tone(1000, 0.3), silence(0.02), tone(1200, 0.3), hum))
    assert [round(heard.frequency, -2) for heard in found(line)] == [1000, 1200]


def test_a_tone_is_over_soon_after_its_end_also_where_the_line_is_digital_silence() -> None:
    finder = ToneFinder(Thresholds())
    signal = np.concatenate((tone(1000, 0.4), silence(0.3))).astype(np.float32) / 32768.0
    ended = [
        (begin + HOP) / RATE
        for begin in range(0, len(signal) - HOP + 1, HOP)
        if (heard := finder.push(signal[begin : begin + HOP])) is not None and heard.ended
    ]
    assert len(ended) == 1
    assert ended[0] - 0.4 < 0.06


def test_a_short_pip_is_no_tone() -> None:
    assert found(np.concatenate((silence(0.5), tone(1000, 0.1), silence(0.5)))) == []


def test_two_frequencies_at_once_are_no_tone() -> None:
    # an American ringing tone: so near each other that the short spectrum holds both
    assert found(np.concatenate((mixed(tone(440, 1.0), tone(480, 1.0)), silence(0.2)))) == []


def test_a_gliding_tone_is_none() -> None:
    time = np.arange(RATE) / RATE
    glide = as_samples(0.3 * np.sin(2 * np.pi * (600 * time + 300 * time**2)))
    assert found(np.concatenate((glide, silence(0.2)))) == []


def test_noise_and_silence_hold_no_tone() -> None:
    assert found(noise(5.0, dbfs=-20)) == []
    assert found(silence(2.0)) == []


def test_a_tone_too_soft_to_be_meant_for_us_is_none() -> None:
    assert found(np.concatenate((tone(1000, 0.5, dbfs=-55), silence(0.2)))) == []


def test_goertzels_sum_gives_the_share_of_one_frequency() -> None:
    pure = tone(1000, 0.2).astype(np.float32)
    assert share(pure, 1000) == pytest.approx(1.0, abs=0.01)
    assert share(pure, 1100) < 0.01
    assert share(mixed(tone(1000, 0.2), tone(1300, 0.2)).astype(np.float32), 1000) == pytest.approx(0.5, abs=0.02)
    assert share(np.zeros(800, dtype=np.float32), 1000) == 0.0
