"""Single tones in the sound of a line: the beep of a machine, the tones of a fax.

Two looks. A short spectrum every 16 ms finds a candidate: five bins round the highest hold nearly all the energy, at
one frequency for a while. Then one sum of Goertzel's over the whole candidate verifies it: a held vowel, a chord or a
ringing tone of two frequencies passes the first look and not the second, which is six times as sharp.

A frame that comes late or never leaves a hole: samples that are exactly zero. A tone is over only when they are more
than two frames, or when the sound after them is another: a message that begins in a hole of a beep loses its first
words.
"""

from __future__ import annotations

from collections.abc import Sequence
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
#: Zeros in a row, in samples: so many no tone has of itself, and more are no hole (40 ms: two frames of most lines).
_HOLE_SHORTEST = 8
_HOLE_LONGEST = RATE * 40 // 1000
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
    #: Holes in it, in seconds.
    missing: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it has lasted, as far as it was received."""
        return self.end - self.start - self.missing


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
        #: How many of the last samples were zeros, and where sound came again after the last hole.
        self._zeros = 0
        self._resumed = 0
        self._frequencies: list[float] = []
        #: The tone's samples, a list for each stretch between holes.
        self._kept: list[list[Signal]] = []
        self._start = self._end = self._missing = 0
        #: Whether it was verified before its end.
        self._judged = False

    def push(self, block: Signal) -> Tone | None:
        """Take the next ``HOP`` samples (full scale is 1); return the tone that is heard now or has just ended."""
        before, self._last = self._last, block
        self._position += HOP
        self._count_zeros(block)
        frequency = self._candidate(np.concatenate((before, block)))
        if frequency is not None and self._goes_on(frequency):
            self._follow(frequency, before, block)
            return self._tone(ended=False)
        if not self._frequencies:
            return None
        if self._in_hole():
            return self._tone(ended=False)
        over = self._tone(ended=True)
        self._frequencies = []
        return over

    def _count_zeros(self, block: Signal) -> None:
        sounding = np.flatnonzero(block)
        if len(sounding) == 0:
            self._zeros += HOP
            return
        # holes come in frames, which are longer than a block: one that ends in this block began before it
        if self._zeros + int(sounding[0]) >= _HOLE_SHORTEST:
            self._resumed = self._position - HOP + int(sounding[0])
        self._zeros = HOP - 1 - int(sounding[-1])

    def _in_hole(self) -> bool:
        """Say whether the last spectrum may lack the tone because something was not received."""
        if self._position - self._end > _HOLE_LONGEST + _SPECTRUM + 2 * HOP:
            return False
        if self._zeros >= _HOLE_SHORTEST:
            return self._zeros <= _HOLE_LONGEST
        return self._position - self._resumed < _SPECTRUM

    def _follow(self, frequency: float, before: Signal, block: Signal) -> None:
        # the spectrum reaches one hop back
        begin = max(self._position - _SPECTRUM, 0)
        if not self._frequencies:
            self._start, self._missing, self._judged = begin, 0, False
            self._kept = [[before]]
        elif begin >= self._end:
            self._missing += begin - self._end
            if self._has_room():
                self._kept.append([np.trim_zeros(before, "f")])
        self._end = self._position
        self._frequencies.append(frequency)
        if self._has_room():
            self._kept[-1].append(block)

    def _has_room(self) -> bool:
        return sum(map(len, self._kept)) * HOP < _VERIFIED_SAMPLES

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
        middle = sorted(self._frequencies)[len(self._frequencies) // 2]
        start, end, missing = self._start / RATE, self._end / RATE, self._missing / RATE
        seconds = end - start - missing
        # a beep is judged when it is over; a fax's tone lasts, and is judged as soon as it is long enough
        if ended:
            judged = seconds >= self._shortest(middle)
        else:
            judged = not self._judged and seconds >= self._thresholds.fax_called_shortest
            self._judged = self._judged or judged
        verified = 0.0
        if judged:
            stretches = self._stretches()
            verified, middle = max(
                (_share_of(stretches, middle + offset), middle + float(offset)) for offset in _SEARCH
            )
        return Tone(frequency=middle, start=start, end=end, ended=ended, verified=verified, missing=missing)

    def _stretches(self) -> list[Signal]:
        """Return the tone's samples between holes."""
        stretches = [np.concatenate(stretch) for stretch in self._kept]
        # the edges of the first and the last hop may lie outside the tone
        stretches[0] = stretches[0][HOP // 2 :]
        return stretches


def _share_of(stretches: Sequence[Signal], frequency: float) -> float:
    """Return how much of the energy is at one frequency, whose phase may be another after each hole."""
    return sum(len(each) * share(each, frequency) for each in stretches) / sum(map(len, stretches))
