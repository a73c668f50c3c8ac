"""Turns probabilities of speech into stretches of speech and pauses."""

from __future__ import annotations

from callwright.speech.listen.thresholds import Thresholds


class Segments:
    """First word, last word, and how long it has been quiet; times in seconds."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._begin: float | None = None
        #: Start of the first stretch and end of the last one that were long enough; ``None`` before any.
        self.first: float | None = None
        self.last: float | None = None

    def hear(self, start: float, end: float, probability: float) -> None:
        """Take the next window."""
        speaking = self._begin is not None
        if probability < (self._thresholds.speech_off if speaking else self._thresholds.speech_on):
            self._begin = None
            return
        if self._begin is None:
            self._begin = start
        if end - self._begin >= self._thresholds.shortest_speech:
            if self.first is None:
                self.first = self._begin
            self.last = end

    @property
    def speaking(self) -> bool:
        """Whether a stretch has begun and not ended, long enough or not yet."""
        return self._begin is not None

    @property
    def span(self) -> float:
        """From the first word to the last."""
        return 0.0 if self.first is None or self.last is None else self.last - self.first

    def quiet(self, now: float) -> float:
        """Since when nobody speaks: from the last word, or from the beginning; 0 while somebody does."""
        return 0.0 if self.speaking else now - (self.last or 0.0)
