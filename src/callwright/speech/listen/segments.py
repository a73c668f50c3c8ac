"""Turns probabilities of speech into stretches of speech and pauses.

The one who answered is the loudest on the line. Voices in the background and the echo of our own prompt are speech
too, but softer: they neither fill a pause nor lengthen a greeting.
"""

from __future__ import annotations

import math
from collections import deque

from callwright.speech.listen.thresholds import Thresholds
from callwright.speech.listen.vad import RATE, WINDOW

WINDOW_SECONDS = WINDOW / RATE

#: Windows whose mean power is a voice's loudness (128 ms).
_SMOOTHED = 4
#: Between two syllables it is softer than a background for at most so many windows (192 ms).
_BETWEEN_SYLLABLES = 6


class Segments:
    """First word, last word, and how long it has been quiet; times in seconds."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._begin: float | None = None
        #: Power of the last windows, full scale is 1: as many as the shortest stretch has.
        self._powers: deque[float] = deque(maxlen=_SMOOTHED)
        #: Loudness of the last windows, whether speech or not, in dB below full scale.
        self._recent: deque[float] = deque(maxlen=_BETWEEN_SYLLABLES)
        #: End and loudness of every window that held speech.
        self._spoken: list[tuple[float, float]] = []
        #: Loudest speech so far, and what it was when the first stretch began, in dB below full scale.
        self._loudest = self._loudest_at_first = -math.inf
        #: Start of the first stretch and end of the last one that were long enough; ``None`` before any.
        self.first: float | None = None
        self.last: float | None = None

    def hear(self, start: float, end: float, probability: float, loudness: float = 0.0) -> None:
        """Take the next window; ``loudness`` is its RMS in dB below full scale."""
        speaking = self._begin is not None
        self._powers.append(10.0 ** (loudness / 10.0))
        self._recent.append(loudness)
        if probability >= self._thresholds.speech_on:
            self._spoken.append((end, loudness))
        if probability < (self._thresholds.speech_off if speaking else self._thresholds.speech_on):
            self._begin = None
            return
        self._louder(start, end)
        if max(self._recent) < self._loudest - self._thresholds.background:
            self._begin = None
            return
        if self._begin is None:
            self._begin = start
        if end - self._begin >= self._thresholds.shortest_speech:
            if self.first is None:
                self.first, self._loudest_at_first = self._begin, self._loudest
            if loudness >= self._loudest - self._thresholds.background:
                self.last = end

    def _louder(self, start: float, end: float) -> None:
        """Notice that somebody speaks louder than all before; by far louder, and what was before was background."""
        if len(self._powers) < _SMOOTHED:
            return
        loudness = 10.0 * math.log10(max(sum(self._powers) / _SMOOTHED, 1e-12))
        if loudness <= self._loudest:
            return
        self._loudest = loudness
        if self.first is not None and loudness > self._loudest_at_first + self._thresholds.background:
            self.first = self.last = None
            self._begin = end - _SMOOTHED * (end - start)

    @property
    def speaking(self) -> bool:
        """Whether a stretch has begun and not ended, long enough or not yet."""
        return self._begin is not None

    @property
    def span(self) -> float:
        """From the first word to the last."""
        return 0.0 if self.first is None or self.last is None else self.last - self.first

    @property
    def filled(self) -> float:
        """How much of the time from the first word to the last is loud speech: 0 to 1."""
        if self.first is None or self.last is None or self.last <= self.first:
            return 0.0
        softest = self._loudest - self._thresholds.background
        loud = sum(1 for end, loudness in self._spoken if self.first < end <= self.last and loudness >= softest)
        return loud * WINDOW_SECONDS / (self.last - self.first)

    def quiet(self, now: float) -> float:
        """Since when nobody speaks: from the last word, or from the beginning; 0 while somebody does."""
        return 0.0 if self.speaking else now - (self.last or 0.0)
