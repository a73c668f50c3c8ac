"""Where answers begin and end, with a meter that is told what is speech: only the rules are under test."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.speech.listen.vad import WINDOW, Signal
from callwright.speech.recognise.endpoint import Endpointer, EndpointRules, SpeechBegan, SpeechEnded
from support.line_sounds import RATE, Samples, noise, silence

LOUD, SOFT = -18.0, -38.0


class LoudnessMeter:
    """Takes what is louder than -45 dB for speech."""

    def probability(self, window: Signal) -> float:
        return 0.9 if float(np.mean(np.square(window))) > 10**-4.5 else 0.1


def speech(seconds: float, dbfs: float = LOUD) -> Samples:
    return noise(seconds, dbfs)


def heard(*parts: Samples, prompting: bool = False, frame: int = 160) -> list[SpeechBegan | SpeechEnded]:
    endpointer = Endpointer(meter=LoudnessMeter())
    sound = np.concatenate(parts)
    return [
        event
        for begin in range(0, len(sound), frame)
        for event in endpointer.push(sound[begin : begin + frame], prompting=prompting)
    ]


def seconds(ended: SpeechBegan | SpeechEnded) -> float:
    assert isinstance(ended, SpeechEnded)
    return len(ended.samples) / RATE


def test_an_answer_is_what_lies_between_two_pauses() -> None:
    began, ended = heard(silence(1), speech(0.5), silence(1))
    assert isinstance(began, SpeechBegan)
    assert began.at == pytest.approx(1.0, abs=0.05)
    # with a margin on either side
    assert seconds(ended) == pytest.approx(1.3, abs=0.1)


def test_nothing_ends_before_the_pause_is_long_enough() -> None:
    assert len(heard(speech(0.5), silence(0.6))) == 1
    began, ended = heard(speech(0.5), silence(0.5), speech(0.5), silence(0.8))
    assert isinstance(began, SpeechBegan)
    assert seconds(ended) == pytest.approx(1.9, abs=0.1)


def test_clicks_are_no_answer() -> None:
    assert heard(silence(0.5), speech(0.03), silence(1), speech(0.03), silence(1)) == []


def test_two_answers_are_two() -> None:
    kinds = [type(event) for event in heard(speech(0.4), silence(1), speech(0.4), silence(1))]
    assert kinds == [SpeechBegan, SpeechEnded] * 2


def test_who_does_not_stop_is_cut_off_and_heard_on() -> None:
    events = heard(speech(17))
    cut = [event for event in events if isinstance(event, SpeechEnded)]
    assert [event.cut for event in cut] == [True, True]
    assert all(seconds(event) <= 8.5 for event in cut)
    assert isinstance(events[-1], SpeechBegan)


def test_the_echo_of_our_prompt_is_not_the_callee() -> None:
    assert heard(speech(3, SOFT), silence(1), prompting=True) == []
    assert len(heard(speech(3, SOFT), silence(1))) == 2


def test_who_speaks_louder_than_the_echo_is_heard_over_the_prompt() -> None:
    began, ended = heard(speech(1, SOFT), speech(0.5), speech(2, SOFT), prompting=True)
    assert isinstance(began, SpeechBegan)
    assert began.at == pytest.approx(1.0, abs=0.1)
    assert isinstance(ended, SpeechEnded)


def test_the_echo_lasts_a_moment_longer_than_the_prompt() -> None:
    endpointer = Endpointer(meter=LoudnessMeter())
    endpointer.push(speech(1, SOFT), prompting=True)
    assert endpointer.push(speech(0.3, SOFT)) == []
    assert [type(event) for event in endpointer.push(speech(1, SOFT))] == [SpeechBegan]


def test_time_in_which_nothing_is_sent_is_silence() -> None:
    endpointer = Endpointer(meter=LoudnessMeter())
    assert len(endpointer.push(speech(0.5), at=0.0)) == 1
    assert [type(event) for event in endpointer.elapse(2.0)] == [SpeechEnded]
    assert endpointer.position == pytest.approx(2.0)
    # what comes then has its own place
    assert [type(event) for event in endpointer.push(speech(0.3), at=60.0)] == [SpeechBegan]
    assert endpointer.position == pytest.approx(60.3)


def test_a_gap_ends_an_answer_and_a_repeated_frame_is_dropped() -> None:
    endpointer = Endpointer(meter=LoudnessMeter())
    endpointer.push(speech(0.5), at=0.0)
    assert [type(event) for event in endpointer.push(silence(0.02), at=3.0)] == [SpeechEnded]
    assert endpointer.push(speech(1), at=0.0) == []


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from([None, LOUD, SOFT]), st.floats(0.02, 2.0)), max_size=12),
    st.sampled_from([1, 7, 160, 256, 1000]),
    st.booleans(),
)
def test_every_beginning_has_its_end_and_no_answer_is_too_long(
    parts: list[tuple[float | None, float]], frame: int, prompting: bool
) -> None:
    sounds = [silence(length) if level is None else speech(length, level) for level, length in parts]
    events = heard(*sounds, silence(1), prompting=prompting, frame=max(frame, 160))
    assert [type(event) for event in events] == [SpeechBegan, SpeechEnded] * (len(events) // 2)
    rules = EndpointRules()
    longest = rules.longest + rules.margin + 3 * WINDOW / RATE
    assert all(seconds(event) <= longest for event in events if isinstance(event, SpeechEnded))
