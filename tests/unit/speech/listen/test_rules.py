from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.speech.listen.cues import Cue
from callwright.speech.listen.events import Answerer, Beep, Event, GreetingEnded, Reason, Verdict, WordsWanted
from callwright.speech.listen.rules import Observation, Rules
from callwright.speech.listen.thresholds import Thresholds
from callwright.speech.listen.tones import Tone

STEP = 0.032
T = Thresholds()


def told(parts: Iterable[tuple[float, bool]], tones: Iterable[Tone] = ()) -> list[Event]:
    """Hear stretches of (seconds, speech?) one after the other; each tone is heard when it ends."""
    rules = Rules(T)
    waiting = list(tones)
    events: list[Event] = []
    begin = 0.0
    for seconds, speech in parts:
        for _ in range(round(seconds / STEP)):
            end = begin + STEP
            now = tuple(tone for tone in waiting if tone.end <= end)
            waiting = [tone for tone in waiting if tone.end > end]
            loudness = -25.0 if speech else -70.0
            events += rules.hear(Observation(start=begin, end=end, speech=float(speech), loudness=loudness, tones=now))
            begin = end
    return events


def verdicts(events: list[Event]) -> list[Verdict]:
    return [event for event in events if isinstance(event, Verdict)]


def beep(start: float, seconds: float = 0.4, frequency: float = 1000.0, verified: float = 0.98) -> Tone:
    return Tone(frequency=frequency, start=start, end=start + seconds, ended=True, verified=verified)


def test_a_hello_and_a_pause_is_a_person() -> None:
    (verdict,) = verdicts(told([(0.6, False), (0.6, True), (5, False)]))
    assert (verdict.answerer, verdict.reason) == (Answerer.HUMAN, Reason.SHORT_GREETING)
    assert verdict.spoke_until is not None
    assert T.pause_after_short <= verdict.at - verdict.spoke_until <= T.longest_pause + 2 * STEP


def test_a_longer_greeting_needs_a_longer_pause() -> None:
    (verdict,) = verdicts(told([(0.5, False), (2.0, True), (0.6, False), (0.5, True), (5, False)]))
    assert (verdict.answerer, verdict.reason) == (Answerer.HUMAN, Reason.GREETING_AND_PAUSE)
    assert verdict.greeting == pytest.approx(3.1, abs=3 * STEP)
    assert verdict.spoke_until is not None
    assert verdict.at - verdict.spoke_until > T.pause_after_short + 10 * STEP


def test_two_sentences_without_a_beep_may_be_either() -> None:
    """A business that answers and a machine whose beep is late sound alike; nobody is hung up on for that."""
    (verdict,) = verdicts(told([(0.5, False), (2.5, True), (1.0, False), (1.0, True), (5, False)]))
    assert (verdict.answerer, verdict.confidence) == (Answerer.UNSURE, 0.0)
    assert verdict.spoke_until is not None
    assert verdict.at - verdict.spoke_until <= T.longest_pause + 2 * STEP


def test_the_words_of_a_long_greeting_are_asked_for_once() -> None:
    rules = Rules(T, words=True)
    begin, events = 0.0, []
    while not any(isinstance(event, WordsWanted) for event in events):
        events += rules.hear(Observation(start=begin, end=begin + STEP, speech=1.0))
        begin += STEP
    assert begin == pytest.approx(T.ask_words, abs=2 * STEP)
    (verdict,) = rules.told(Cue.MACHINE)
    assert isinstance(verdict, Verdict)
    assert (verdict.answerer, verdict.reason) == (Answerer.MACHINE, Reason.WORDS)
    assert rules.told(Cue.PERSON) == []


def judged(rules: Rules, parts: Iterable[tuple[float, bool]]) -> list[Event]:
    """Hear stretches of (seconds, speech?) by rules that may be told words in between."""
    begin, events = 0.0, []
    for seconds, speech in parts:
        for _ in range(round(seconds / STEP)):
            loudness = -25.0 if speech else -70.0
            events += rules.hear(Observation(start=begin, end=begin + STEP, speech=float(speech), loudness=loudness))
            begin += STEP
    return events


def test_words_take_back_a_verdict_on_a_person() -> None:
    rules = Rules(T, words=True)
    (first,) = verdicts(judged(rules, [(0.5, False), (1.2, True), (1.8, False)]))
    assert first.answerer is Answerer.HUMAN
    assert rules.told(Cue.PERSON) == []
    (second,) = rules.told(Cue.MACHINE)
    assert isinstance(second, Verdict)
    assert (second.answerer, second.reason, second.revised) == (Answerer.MACHINE, Reason.WORDS, True)
    assert rules.told(Cue.MACHINE) == []


@pytest.mark.parametrize(("cue", "answerer"), [(Cue.PERSON, Answerer.HUMAN), (Cue.MACHINE, Answerer.MACHINE)])
def test_words_decide_where_nobody_knows(cue: Cue, answerer: Answerer) -> None:
    rules = Rules(T, words=True)
    events = judged(rules, [(0.5, False), (2.5, True), (1.0, False), (1.0, True), (2, False)])
    assert [verdict.answerer for verdict in verdicts(events)] == [Answerer.UNSURE]
    (told_by_words,) = rules.told(cue)
    assert isinstance(told_by_words, Verdict)
    assert (told_by_words.answerer, told_by_words.revised) == (answerer, True)


def test_words_do_not_take_back_silence() -> None:
    rules = Rules(T, words=True)
    judged(rules, [(5, False)])
    assert rules.told(Cue.MACHINE) == []


def test_a_beep_long_after_the_verdict_is_none() -> None:
    late = 2.0 + T.second_thoughts
    found = verdicts(told([(0.5, False), (0.8, True), (late + 2, False)], [beep(late + 0.5)]))
    assert [verdict.answerer for verdict in found] == [Answerer.HUMAN]


@pytest.mark.parametrize(("speech", "answerer"), [(6.0, Answerer.HUMAN), (T.business_greeting + 1, Answerer.MACHINE)])
def test_who_speaks_as_people_at_work_do_may_speak_longer(speech: float, answerer: Answerer) -> None:
    rules = Rules(T, words=True)
    events: list[Event] = []
    for number in range(round((speech + 2) / STEP)):
        begin = number * STEP
        found = rules.hear(Observation(start=begin, end=begin + STEP, speech=float(begin < speech)))
        events += found
        if any(isinstance(event, WordsWanted) for event in found):
            rules.told(Cue.PERSON)
    assert [verdict.answerer for verdict in verdicts(events)] == [answerer]


def test_who_talks_on_is_a_machine_as_soon_as_that_is_clear() -> None:
    (verdict,) = verdicts(told([(0.5, False), (9, True)]))
    assert (verdict.answerer, verdict.reason) == (Answerer.MACHINE, Reason.LONG_GREETING)
    # eight windows are judged at once while somebody speaks
    assert verdict.at <= 0.5 + T.machine_greeting + 9 * STEP


def test_nobody_speaks() -> None:
    (verdict,) = verdicts(told([(9, False)]))
    assert (verdict.answerer, verdict.reason, verdict.spoke_until) == (Answerer.SILENCE, Reason.NO_SPEECH, None)
    assert verdict.at == pytest.approx(T.initial_silence, abs=STEP)


def test_who_speaks_late_and_stops_and_starts_is_left_open() -> None:
    late = Thresholds(give_up=5.0)
    rules = Rules(late)
    events: list[Event] = []
    for index in range(300):
        begin = index * STEP
        speech = begin > 3.5 and index % 40 > 20
        events += rules.hear(Observation(start=begin, end=begin + STEP, speech=float(speech)))
    (verdict,) = verdicts(events)
    assert (verdict.answerer, verdict.confidence) == (Answerer.UNSURE, 0.0)


def test_a_machine_says_when_its_greeting_ends_and_that_the_beep_came() -> None:
    events = told([(0.5, False), (6, True), (3, False)], [beep(7.0)])
    assert [type(event) for event in events] == [Verdict, Beep, GreetingEnded]
    assert isinstance(events[1], Beep)
    assert events[1].end == pytest.approx(7.4)
    assert isinstance(events[2], GreetingEnded)
    assert events[2].beep


def test_a_greeting_without_a_beep_ends_by_a_pause_and_may_go_on() -> None:
    events = told([(5, True), (3, False), (2, True), (3, False)])
    ends = [event for event in events if isinstance(event, GreetingEnded)]
    assert [end.beep for end in ends] == [False, False]
    assert ends[0].at == pytest.approx(5 + T.greeting_pause, abs=2 * STEP)


def test_a_beep_turns_a_person_into_a_machine() -> None:
    first, second = verdicts(told([(0.5, False), (0.8, True), (4, False)], [beep(3.0)]))
    assert (first.answerer, first.revised) == (Answerer.HUMAN, False)
    assert (second.answerer, second.reason, second.revised) == (Answerer.MACHINE, Reason.BEEP, True)


@pytest.mark.parametrize(
    "tone",
    [
        pytest.param(beep(3.0, verified=0.4), id="not verified"),
        pytest.param(beep(3.0, frequency=3000), id="too high"),
        pytest.param(beep(3.0, seconds=0.1), id="too short"),
        pytest.param(beep(3.0, seconds=2.0), id="a ringing tone"),
    ],
)
def test_what_is_no_beep_turns_nothing(tone: Tone) -> None:
    assert [verdict.answerer for verdict in verdicts(told([(0.5, False), (0.8, True), (6, False)], [tone]))] == [
        Answerer.HUMAN
    ]


@pytest.mark.parametrize(("frequency", "seconds", "ended"), [(2100, 0.36, False), (2110, 0.4, True), (1100, 0.5, True)])
def test_a_fax_is_told_by_its_tones(frequency: float, seconds: float, ended: bool) -> None:
    tone = Tone(frequency=frequency, start=1.0, end=1.0 + seconds, ended=ended, verified=0.95)
    (verdict,) = verdicts(told([(9, False)], [tone]))
    assert (verdict.answerer, verdict.reason) == (Answerer.FAX, Reason.FAX_TONE)


def test_a_tone_of_a_fax_after_words_is_a_beep() -> None:
    kinds = [verdict.answerer for verdict in verdicts(told([(5, True), (3, False)], [beep(5.5, frequency=2100)]))]
    assert kinds == [Answerer.MACHINE]


@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.booleans()), max_size=12))
def test_there_is_one_verdict_without_tones_and_it_never_comes_late(parts: list[tuple[float, bool]]) -> None:
    found = verdicts(told([*parts, (T.give_up, False)]))
    assert len(found) == 1
    assert found[0].at <= T.give_up + STEP
    assert 0.0 <= found[0].confidence <= 1.0


@given(st.floats(0.2, 1.2), st.floats(0.0, 3.5))
def test_every_short_hello_is_a_person(hello: float, before: float) -> None:
    (verdict,) = verdicts(told([(before, False), (hello, True), (3, False)]))
    assert verdict.answerer is Answerer.HUMAN


@given(st.floats(T.machine_greeting, 8.0), st.floats(0.0, 2.0))
def test_everything_that_does_not_stop_is_a_machine(greeting: float, before: float) -> None:
    (verdict,) = verdicts(told([(before, False), (greeting, True), (3, False)]))
    assert verdict.answerer is Answerer.MACHINE


@given(st.lists(st.tuples(st.floats(0.0, 2.0), st.booleans()), max_size=8))
def test_the_past_decides(parts: list[tuple[float, bool]]) -> None:
    # what comes later does not change what was told before
    early = told(parts)
    assert told([*parts, (2, True), (2, False)])[: len(early)] == early
