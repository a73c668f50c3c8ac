"""Person or machine: when a score that was learned is sure enough, and how long an answer that is in doubt may last.

Whoever stops speaking waits for us. The longer the pause is already, the less sure we need to be that it is a person;
at the longest pause the better guess is taken, or none. Who goes on speaking becomes a machine as soon as the score is
high.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from callwright.speech.listen.events import Answerer
from callwright.speech.listen.score import Forest, learned
from callwright.speech.listen.segments import Segments
from callwright.speech.listen.thresholds import Thresholds
from callwright.speech.listen.traits import NAMES, VIEWS, Numbers, traits

#: Where span and quiet of each view stand, of the strictest first.
_VIEWS: Final = tuple((NAMES.index(f"span {view:.0f}"), NAMES.index(f"quiet {view:.0f}")) for view in VIEWS)
#: A window in so many is judged while nobody speaks, and while somebody does: 64 ms, 256 ms.
_IN_PAUSE, _IN_SPEECH = 2, 8
#: So many windows after the last loud one nobody speaks.
_PAUSE: Final = 12


@dataclass(frozen=True, kw_only=True)
class Guess:
    """Who it seems to be."""

    answerer: Answerer
    #: The higher, the more it is a machine.
    score: float
    #: How often such a guess was right on training clips, half of them of machines.
    confidence: float
    #: Whether a pause was waited for.
    paused: bool


class Judge:
    """Listens to one call until it knows."""

    def __init__(self, thresholds: Thresholds, forest: Forest | None = None) -> None:
        self._thresholds = thresholds
        self._forest = forest or learned()
        self._speech: list[float] = []
        self._loudness: list[float] = []
        self._last_loud = 0

    def hear(self, speech: float, loudness: float, *, loud: bool, tone: int = 0) -> None:
        """Take the next window; ``loud``: somebody spoke in it; ``tone``: the last so many windows were one tone."""
        self._speech.append(speech)
        self._loudness.append(loudness)
        if loud:
            self._last_loud = len(self._speech)
        if tone:
            self._speech[-tone:] = [0.0] * min(tone, len(self._speech))

    @property
    def due(self) -> bool:
        """Whether this window is one of those that are judged."""
        count = len(self._speech)
        return count % (_IN_SPEECH if count - self._last_loud < _PAUSE else _IN_PAUSE) == 0

    def numbers(self) -> Numbers | None:
        """Return the traits of what was heard so far."""
        return traits(self._speech, self._loudness)

    def guess(self, segments: Segments, now: float, *, at_last: bool = False) -> Guess | None:
        """Return who it is, when that is sure enough, by the loudest voice's ``segments`` and the score.

        ``at_last``: there is no more time.
        """
        if not self.due and not at_last:
            return None
        t, span, quiet = self._thresholds, segments.span, segments.quiet(now)
        numbers = self.numbers()
        # of a word too short to be measured nothing speaks for a machine
        score = t.person_at_once if numbers is None else self._forest.score(numbers)
        shortest = t.pause_after_short if span < t.short_greeting else t.pause_after_long
        if quiet >= shortest:
            late = min((quiet - shortest) / (t.longest_pause - shortest), 1.0)
            if score <= t.person_at_once + late * (t.person_at_last - t.person_at_once):
                return self._guess(Answerer.HUMAN, score, paused=True)
        if numbers is not None and score <= self._person_in_noise(numbers):
            return self._guess(Answerer.HUMAN, score, paused=True)
        long = span >= t.business_greeting or (span >= t.machine_greeting and segments.filled >= t.machine_filled)
        if score >= (t.machine_when_long if long else t.machine_at_once):
            return self._guess(Answerer.MACHINE, score, paused=False)
        if quiet >= t.longest_pause or (at_last and score > t.machine_at_last):
            return self._last_guess(score, paused=quiet >= shortest)
        return None

    def _last_guess(self, score: float, *, paused: bool) -> Guess:
        """Return who it is when nobody can be kept waiting any longer: where both are likely, nobody knows."""
        t = self._thresholds
        if score <= t.person_at_last:
            return self._guess(Answerer.HUMAN, score, paused=True)
        answerer = Answerer.MACHINE if score > t.machine_at_last else Answerer.UNSURE
        return self._guess(answerer, score, paused=paused)

    def _person_in_noise(self, numbers: Numbers) -> float:
        """Return at which score it is a person when the loudest voice pauses, though softer ones or noise may go on."""
        t = self._thresholds
        for span, quiet in _VIEWS:
            if numbers[span] > 0:
                if numbers[quiet] >= t.longest_pause_in_noise:
                    return t.person_in_noise_at_last
                long_enough = t.pause_after_short if numbers[span] < t.short_greeting else t.pause_after_long
                return t.person_in_noise if numbers[quiet] >= long_enough else -math.inf
        return -math.inf

    def _guess(self, answerer: Answerer, score: float, *, paused: bool) -> Guess:
        return Guess(
            answerer=answerer,
            score=score,
            confidence=self._forest.confidence(answerer.value, score),
            paused=paused,
        )
