"""Single tones in the sound of a line: the beep of a machine, the tones of a fax.

Two looks. A short spectrum every 16 ms finds a candidate: five bins round the highest hold nearly all the energy, at
one frequency for a while. Then one sum of Goertzel's over the whole candidate verifies it: a held vowel, a chord or a
ringing tone of two frequencies passes the first look and not the second, which is six times as sharp.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from callwright.speech.listen.thresholds import Thresholds

Signal = NDArray[np.float32]

RATE = 8000
_SPECTRUM = 256
HOP = 128
_BIN = RATE / _SPECTRUM
_HANN = np.hanning(_SPECTRUM).astype(np.float32)
#: A tone is verified on so much of it at most.
_VERIFIED_SAMPLES = RATE // 2
#: Around the frequency that the short spectra gave, where the sharp look searches, in Hz.
_SEARCH = np.arange(-16.0, 16.1, 2.0)


@dataclass(frozen=True, kw_only=True)
class Tone:
    """One tone, as far as it was heard; times in seconds from the first sample."""

    frequency: float
    start: float
    end: float
    #: Whether it is over.
    ended: bool
    #: How much of the energy between start and end is this one frequency, 0 to 1.
    verified: float

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return self.end - self.start


def share(samples: Signal, frequency: float) -> float:
    """Return how much of the energy of ``samples`` is at one frequency (Goertzel's sum, Hann window), 0 to 1."""
    window = np.hanning(len(samples))
    energy = float(np.sum(window * np.square(samples, dtype=np.float64))) / float(np.sum(window))
    if energy <= 0:
        return 0.0
    turning = np.exp(-2j * np.pi * frequency / RATE * np.arange(len(samples)))
    found = 2.0 * float(np.abs(np.sum(samples * window * turning))) ** 2 / float(np.sum(window)) ** 2
    return min(found / energy, 1.0)


class ToneFinder:
    """Follows tones through a stream of sound."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        #: Power of the softest tone, of a window's mean square.
        self._softest = 10.0 ** (thresholds.tone_loudness_dbfs / 10.0)
        self._last = np.zeros(HOP, dtype=np.float32)
        self._position = 0
        self._frequencies: list[float] = []
        self._kept: list[Signal] = []
        self._start = 0

    def push(self, block: Signal) -> Tone | None:
        """Take the next ``HOP`` samples (full scale is 1); return the tone that is heard now or has just ended."""
        before, self._last = self._last, block
        self._position += HOP
        frequency = self._candidate(np.concatenate((before, block)))
        if frequency is not None and self._goes_on(frequency):
            if not self._frequencies:
                # the spectrum reaches one hop back
                self._start = max(self._position - _SPECTRUM, 0)
                self._kept = [before]
            self._frequencies.append(frequency)
            if len(self._kept) * HOP < _VERIFIED_SAMPLES:
                self._kept.append(block)
            return self._tone(ended=False)
        if not self._frequencies:
            return None
        over = self._tone(ended=True)
        self._frequencies = []
        self._kept = []
        return over

    def _candidate(self, samples: Signal) -> float | None:
        """Return the frequency that holds nearly all the energy, ``None`` when there is none."""
        if float(np.mean(np.square(samples))) < self._softest:
            return None
        power = np.square(np.abs(np.fft.rfft((samples - samples.mean()) * _HANN)))
        peak = int(np.argmax(power))
        if not 3 <= peak <= len(power) - 3:
            return None
        near = power[peak - 2 : peak + 3]
        if float(near.sum()) < self._thresholds.tone_purity * float(power.sum()):
            return None
        return float(np.dot(near, np.arange(peak - 2, peak + 3)) / near.sum()) * _BIN

    def _goes_on(self, frequency: float) -> bool:
        recent = self._frequencies[-8:]
        return not recent or abs(frequency - sum(recent) / len(recent)) <= self._thresholds.tone_wander

    def _shortest(self, frequency: float) -> float:
        """Return how short a tone that is over may be to be judged: of a fax's, pieces count."""
        t = self._thresholds
        near = min(abs(frequency - t.fax_called), abs(frequency - t.fax_calling)) <= t.fax_tolerance
        return t.fax_piece_shortest if near else t.beep_shortest

    def _tone(self, *, ended: bool) -> Tone:
        # the last spectrum that held the tone began one hop before that hop
        end = self._position - HOP if ended else self._position
        middle = sorted(self._frequencies)[len(self._frequencies) // 2]
        start = self._start / RATE
        seconds = end / RATE - start
        # a beep is judged when it is over; a fax's tone lasts, and is judged as soon as it is long enough
        long_enough = self._thresholds.fax_called_shortest
        judged = seconds >= self._shortest(middle) if ended else 0 <= seconds - long_enough < HOP / RATE
        verified = 0.0
        if judged:
            # the edges of the first and the last hop may lie outside the tone
            samples = np.concatenate(self._kept)[HOP // 2 :]
            verified, middle = max((share(samples, middle + offset), middle + float(offset)) for offset in _SEARCH)
        return Tone(frequency=middle, start=start, end=end / RATE, ended=ended, verified=verified)
