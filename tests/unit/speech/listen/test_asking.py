"""When the words of a greeting are looked at."""

from __future__ import annotations

import pytest

from callwright.speech.listen.asking import Asking
from callwright.speech.listen.events import Answerer, Reason, Verdict
from callwright.speech.listen.segments import WINDOW_SECONDS, Segments
from callwright.speech.listen.thresholds import Thresholds

T = Thresholds()


class Call:
    """Somebody speaks and pauses; collects when words are asked for."""

    def __init__(self) -> None:
        self._segments = Segments(T)
        self._asking = Asking(T)
        self._verdict: Verdict | None = None
        self._score: float | None = None
        self.now = 0.0
        self.asked: list[float] = []

    def hear(self, seconds: float, *, speech: bool) -> Call:
        for _ in range(round(seconds / WINDOW_SECONDS)):
            begin, self.now = self.now, self.now + WINDOW_SECONDS
            self._segments.hear(begin, self.now, float(speech), -25.0 if speech else -70.0)
            if self._asking.due(self.now, self._segments, self._verdict, self._score):
                self.asked.append(self.now)
        return self

    def judge(self, answerer: Answerer = Answerer.HUMAN, score: float | None = -2.0) -> Call:
        self._verdict = Verdict(
            answerer=answerer,
            confidence=0.9,
            at=self.now,
            reason=Reason.GREETING_AND_PAUSE,
            greeting=self._segments.span,
            spoke_until=self._segments.last,
        )
        self._score = score
        return self


def test_a_long_greeting_is_looked_at_once_before_there_is_a_verdict() -> None:
    (at,) = Call().hear(9.0, speech=True).asked
    assert at == pytest.approx(T.ask_words, abs=2 * WINDOW_SECONDS)


@pytest.mark.parametrize(
    ("greeting", "score", "questions"),
    [
        pytest.param(0.5, -2.0, 0, id="a hello is believed"),
        pytest.param(1.5, T.words_doubt - 0.1, 0, id="by its score hardly a machine"),
        pytest.param(1.5, T.words_doubt, 1, id="in doubt"),
        pytest.param(1.5, None, 1, id="not decided by a score"),
    ],
)
def test_a_verdict_on_a_person_is_looked_at_when_it_is_in_doubt(
    greeting: float, score: float | None, questions: int
) -> None:
    call = Call().hear(greeting, speech=True).hear(0.7, speech=False).judge(score=score).hear(8.0, speech=False)
    assert len(call.asked) == questions


def test_what_was_looked_at_is_not_looked_at_again() -> None:
    call = Call().hear(T.ask_words + 0.1, speech=True).hear(1.7, speech=False).judge().hear(8.0, speech=False)
    assert len(call.asked) == 1
    more = Call().hear(T.ask_words + 1.0, speech=True).hear(1.7, speech=False).judge().hear(8.0, speech=False)
    assert len(more.asked) == 2


@pytest.mark.parametrize("answerer", list(Answerer))
def test_who_speaks_on_after_the_verdict_is_looked_at_where_it_is_open(answerer: Answerer) -> None:
    call = Call().hear(0.5, speech=True).hear(0.7, speech=False).judge(answerer).hear(0.2, speech=False)
    call.hear(T.words_more + 0.1, speech=True).hear(1.0, speech=False)
    assert len(call.asked) == (answerer in {Answerer.HUMAN, Answerer.UNSURE})


def test_a_second_hello_is_not_looked_at() -> None:
    call = Call().hear(0.5, speech=True).hear(0.7, speech=False).judge()
    assert call.hear(0.5, speech=True).hear(3.0, speech=False).asked == []


def test_there_is_an_end_of_questions() -> None:
    call = Call().hear(0.5, speech=True).hear(0.7, speech=False).judge().hear(30.0, speech=True)
    assert 0 < len(call.asked) <= T.words_most_often
    assert max(call.asked) <= 1.2 + T.second_thoughts + WINDOW_SECONDS
