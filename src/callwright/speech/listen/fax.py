"""The tones of a fax, whole or in pieces.

Frames that come late or never cut a tone into pieces, each as short as the beep of a machine; and a modern fax turns
its tone round every 450 ms (ITU-T V.8). What sounds at a fax's frequency before anybody has spoken is therefore counted
together, and is no beep unless it stays alone.
"""

from __future__ import annotations

from callwright.speech.listen.thresholds import Thresholds
from callwright.speech.listen.tones import Tone


class FaxTones:
    """Counts what was heard of them in one call."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._called = self._calling = 0.0
        #: A piece that may be a beep at 1100 Hz or the beginning of a fax that calls.
        self._open: Tone | None = None

    @property
    def waiting(self) -> bool:
        """Whether a piece was heard, and more of it may come."""
        return self._open is not None

    def may_be(self, tone: Tone) -> bool:
        """Whether a tone that is not enough for a verdict yet is at a fax's frequency, and no longer than a fax's."""
        t = self._thresholds
        return self._is_called(tone) or (self._is_calling(tone) and tone.seconds <= t.fax_calling_longest)

    def hear(self, tone: Tone) -> bool:
        """Take a tone before which nobody has spoken; return whether it is a fax."""
        t = self._thresholds
        if tone.verified < t.tone_verified:
            return False
        if self._is_called(tone):
            if tone.ended:
                self._called += tone.seconds
                self._open = self._open or tone
            return max(self._called, tone.seconds) >= t.fax_called_shortest
        if self._is_calling(tone) and tone.ended and tone.seconds <= t.fax_calling_longest:
            self._calling += tone.seconds
            self._open = self._open or tone
            return self._calling >= t.fax_calling_shortest
        return False

    def no_fax(self, now: float) -> Tone | None:
        """Return the piece that was a beep after all: long enough for one, and nothing followed it. Told once."""
        t, tone = self._thresholds, self._open
        if tone is None or now - tone.end < t.fax_calling_again:
            return None
        self._open = None
        return tone if tone.seconds >= t.beep_shortest else None

    def _is_called(self, tone: Tone) -> bool:
        return abs(tone.frequency - self._thresholds.fax_called) <= self._thresholds.fax_tolerance

    def _is_calling(self, tone: Tone) -> bool:
        return abs(tone.frequency - self._thresholds.fax_calling) <= self._thresholds.fax_tolerance
