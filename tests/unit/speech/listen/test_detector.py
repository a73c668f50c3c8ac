from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.speech.g711 import decode_ulaw, encode_ulaw
from callwright.speech.levels import resample, to_samples
from callwright.speech.listen.detector import Detector
from callwright.speech.listen.events import Answerer, Beep, Event, GreetingEnded, Verdict
from callwright.speech.tts.engine import Utterance
from callwright.speech.tts.pico import PicoEngine
from support.line_sounds import Samples, as_samples, mixed, noise, silence, tone

FRAME = 160


@pytest.fixture(scope="module")
def pico() -> PicoEngine:
    return PicoEngine()


def spoken(pico: PicoEngine, text: str) -> Samples:
    samples, rate = pico.synthesize(Utterance(text=text, voice_id="pico-en-US-f"))
    # Pico's silence after a sentence varies
    line = np.trim_zeros(to_samples(resample(samples.astype(np.float32) / 32768.0, rate, 8000)))
    return decode_ulaw(encode_ulaw(line))


def events_of(samples: Samples, frame: int = FRAME) -> list[Event]:
    detector = Detector()
    return [event for begin in range(0, len(samples), frame) for event in detector.push(samples[begin : begin + frame])]


def answerers(events: list[Event]) -> list[Answerer]:
    return [event.answerer for event in events if isinstance(event, Verdict)]


class _Loudness:
    """Judges by loudness: for sounds that no network calls speech."""

    def probability(self, window: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
        return float(np.mean(np.square(window)) > 1e-4)


def test_a_person_says_hello(pico: PicoEngine) -> None:
    line = mixed(np.concatenate((silence(0.8), spoken(pico, "Hello?"), silence(4))), noise(6, dbfs=-50))
    assert answerers(events_of(line)) == [Answerer.HUMAN]


def test_a_machine_greets_and_beeps(pico: PicoEngine) -> None:
    greeting = spoken(pico, "Hello, you have reached Sarah. I can not take your call. Please leave a message.")
    line = np.concatenate((silence(0.5), greeting, silence(0.4), tone(1000, 0.5), silence(2)))
    events = events_of(mixed(line, noise(len(line) / 8000, dbfs=-50)))
    assert answerers(events) == [Answerer.MACHINE]
    assert [type(event) for event in events] == [Verdict, Beep, GreetingEnded]


@pytest.mark.parametrize("sound", [silence(6), noise(6, dbfs=-50), noise(6, dbfs=-25)], ids=["none", "soft", "loud"])
def test_silence_and_noise_are_silence(sound: Samples) -> None:
    assert answerers(events_of(sound)) == [Answerer.SILENCE]


def test_a_fax_answers() -> None:
    assert answerers(events_of(np.concatenate((silence(1.2), tone(2100, 3.0), silence(0.5))))) == [Answerer.FAX]


def test_a_modern_fax_turns_its_tone_round() -> None:
    # ANSam (ITU-T V.8): 2100 Hz, a fifth of it modulated at 15 Hz, its phase turned every 450 ms
    time = np.arange(3 * 8000) / 8000
    turned = np.where((time // 0.45) % 2 == 0, 1.0, -1.0)
    sound = 0.2 * (1 + 0.2 * np.sin(2 * np.pi * 15 * time)) * turned * np.sin(2 * np.pi * 2100 * time)
    assert answerers(events_of(np.concatenate((silence(1.0), as_samples(sound), silence(0.5))))) == [Answerer.FAX]


def test_a_fax_that_calls_us_back() -> None:
    pips = np.concatenate((tone(1100, 0.5), silence(3.0)))
    assert answerers(events_of(np.concatenate((silence(0.7), pips, pips)))) == [Answerer.FAX]


def test_a_beep_alone_is_a_machine() -> None:
    assert answerers(events_of(np.concatenate((silence(1.0), tone(1400, 0.3), silence(5))))) == [Answerer.MACHINE]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30))
def test_frames_of_any_length_give_what_the_whole_gives(lengths: list[int]) -> None:
    line = np.concatenate((silence(0.3), noise(0.6, dbfs=-20), silence(1.5), tone(900, 0.3), silence(0.6)))
    whole = Detector(meter=_Loudness()).push(line)
    detector = Detector(meter=_Loudness())
    events: list[Event] = []
    position = 0
    for length in lengths:
        events += detector.push(line[position : position + length])
        position += length
    assert events + detector.push(line[position:]) == whole
    assert answerers(whole) == [Answerer.HUMAN, Answerer.MACHINE]


def test_a_frame_that_was_lost_is_silence() -> None:
    line = np.concatenate((silence(0.3), noise(0.6, dbfs=-20), silence(1.5)))
    detector = Detector(meter=_Loudness())
    events: list[Event] = []
    for begin in range(0, len(line), FRAME):
        at = begin / 8000
        if at < 0.3 or 0.3 <= at < 0.9 or at > 2.2:
            events += detector.push(line[begin : begin + FRAME], at=at)
    assert events == Detector(meter=_Loudness()).push(line)


def test_a_frame_that_comes_twice_counts_once() -> None:
    line = np.concatenate((silence(0.3), noise(0.6, dbfs=-20), silence(1.5)))
    detector = Detector(meter=_Loudness())
    events: list[Event] = []
    for begin in range(0, len(line), FRAME):
        for _ in range(2):
            events += detector.push(line[begin : begin + FRAME], at=begin / 8000)
    assert events == Detector(meter=_Loudness()).push(line)


def test_a_time_far_ahead_is_refused() -> None:
    with pytest.raises(ValueError, match="ahead"):
        Detector(meter=_Loudness()).push(silence(0.02), at=3600.0)


@pytest.mark.parametrize("lost", [pytest.param(0.15, id="some"), pytest.param(0.35, id="many")])
@pytest.mark.parametrize("length", [1, 3, 12], ids=["20 ms", "60 ms", "240 ms"])
@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.concatenate((silence(1.2), tone(2100, 3.0), silence(1.0))), id="answers"),
        pytest.param(np.concatenate([silence(0.7), *[tone(1100, 0.5), silence(3.0)] * 3]), id="calls"),
    ],
)
def test_a_fax_whose_frames_are_lost_is_no_machine(sound: Samples, length: int, lost: float) -> None:
    chance = np.random.default_rng(length)
    detector = Detector()
    events: list[Event] = []
    for begin in range(0, len(sound), FRAME * length):
        if chance.random() >= lost:
            events += detector.push(sound[begin : begin + FRAME * length], at=begin / 8000)
    assert Answerer.MACHINE not in answerers(events)
    assert Answerer.FAX in answerers(events) or Answerer.SILENCE in answerers(events)


@pytest.mark.parametrize("missing", [1, 2], ids=["a frame", "two frames"])
@pytest.mark.parametrize("late", [True, False], ids=["late", "lost"])
def test_no_message_begins_in_a_beep_whose_frames_are_late_or_lost(missing: int, late: bool) -> None:
    # 35 frames of quiet, then 20 of the beep
    frames = list(np.split(np.concatenate((silence(0.7), tone(1400, 0.4), silence(1.0))), 105))
    for hole in range(45, 54):
        line = [*frames[:hole], silence(0.02 * missing), *frames[hole if late else hole + missing :]]
        beeps = [event for event in events_of(np.concatenate(line)) if isinstance(event, Beep)]
        end = 1.1 + (0.02 * missing if late else -0.02 * max(hole + missing - 55, 0))
        assert [beep.at >= end - 0.001 for beep in beeps] == [True]


@pytest.mark.parametrize("frequency", [2100, 1100])
def test_a_fax_whose_frames_come_late_is_a_fax(frequency: int) -> None:
    # what came late is dropped: silence stands for it already
    sound = np.concatenate([silence(0.7), *[tone(frequency, 0.5), silence(3.0)] * 2])
    detector = Detector()
    events: list[Event] = []
    for number in range(len(sound) // (15 * FRAME)):
        begin = number * 15 * FRAME
        events += detector.push(np.zeros(0, dtype=np.int16), at=begin / 8000 + 0.1)
        events += detector.push(sound[begin : begin + 15 * FRAME], at=begin / 8000)
    assert answerers(events) == [Answerer.FAX]


def test_a_beep_at_a_faxs_frequency_that_stays_alone_is_a_beep() -> None:
    line = np.concatenate((silence(1.0), tone(1100, 0.25), silence(6)))
    assert answerers(events_of(line)) == [Answerer.MACHINE]
