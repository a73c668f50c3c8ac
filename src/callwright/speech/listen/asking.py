"""When the words of a greeting are worth a look, which costs a third of a second of a processor.

Three times: in a long greeting before there is a verdict; at a verdict on a person that may be wrong; and when who
seems to be a person speaks on while we speak, as a machine does that has paused after its name.
"""

from __future__ import annotations

from callwright.speech.listen.events import Answerer, Verdict
from callwright.speech.listen.segments import WINDOW_SECONDS, Segments
from callwright.speech.listen.thresholds import Thresholds

#: Who can still turn out to be somebody else.
OPEN = frozenset({Answerer.HUMAN, Answerer.UNSURE})


class Asking:
    """Follows one call."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._left = thresholds.words_most_often
        #: What was said since the words were asked for, or since the answer, in seconds.
        self._said = 0.0
        self._judged = False

    def due(self, now: float, segments: Segments, verdict: Verdict | None, score: float | None) -> bool:
        """Return whether to ask now, after each window. ``score``: at which the verdict was given, if by one."""
        if segments.last is not None and segments.last >= now:
            self._said += WINDOW_SECONDS
        if not self._left or not self._worth(now, segments, verdict, score):
            return False
        self._left -= 1
        self._said = 0.0
        return True

    def _worth(self, now: float, segments: Segments, verdict: Verdict | None, score: float | None) -> bool:
        t = self._thresholds
        if verdict is None:
            return self._left == t.words_most_often and segments.span >= t.ask_words
        if verdict.answerer not in OPEN or now > verdict.at + t.second_thoughts:
            return False
        if not self._judged:
            said, self._said, self._judged = self._said, 0.0, True
            doubtful = score is None or score >= t.words_doubt
            asked = self._left < t.words_most_often
            return doubtful and segments.span >= t.ask_words_of_person and (not asked or said >= t.words_new)
        return self._said >= t.words_on or (self._said >= t.words_more and segments.quiet(now) >= t.words_pause)
