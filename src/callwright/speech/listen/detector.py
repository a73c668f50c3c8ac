"""The detector of answering machines: frames of a call in, verdicts out, in the time of the sound itself."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from callwright.speech.listen.cues import Cue
from callwright.speech.listen.events import Event, Verdict
from callwright.speech.listen.rules import Observation, Rules
from callwright.speech.listen.thresholds import Thresholds
from callwright.speech.listen.tones import HOP, ToneFinder
from callwright.speech.listen.vad import RATE, WINDOW, SileroMeter, SpeechMeter

Samples = NDArray[np.int16]

#: A frame's time may differ so much from the samples counted so far, in seconds: clocks are read in milliseconds.
_JITTER = 0.01
#: Sound that is lost for longer than this is an error of the caller's clock, in seconds.
_LONGEST_GAP = 600.0


class Ears:
    """Cuts a stream into windows and says what each held."""

    def __init__(self, thresholds: Thresholds | None = None, meter: SpeechMeter | None = None) -> None:
        self._meter = meter or SileroMeter()
        self._tones = ToneFinder(thresholds or Thresholds())
        self._rest = np.zeros(0, dtype=np.float32)
        self._heard = 0

    def push(self, samples: Samples) -> list[Observation]:
        """Take 16-bit samples at 8 kHz, any number; return one observation for each 32 ms that are complete."""
        signal = np.concatenate((self._rest, samples.astype(np.float32) / np.float32(32768.0)))
        whole = len(signal) - len(signal) % WINDOW
        self._rest = signal[whole:]
        return [self._observe(signal[begin : begin + WINDOW]) for begin in range(0, whole, WINDOW)]

    def _observe(self, window: NDArray[np.float32]) -> Observation:
        start, self._heard = self._heard, self._heard + WINDOW
        found = (self._tones.push(window[begin : begin + HOP]) for begin in range(0, WINDOW, HOP))
        return Observation(
            start=start / RATE,
            end=self._heard / RATE,
            speech=self._meter.probability(window),
            loudness=10.0 * math.log10(max(float(np.mean(np.square(window))), 1e-10)),
            tones=tuple(tone for tone in found if tone is not None),
        )


class Detector:
    """Listens to one call from its answer on. Not for several threads at once."""

    def __init__(
        self, thresholds: Thresholds | None = None, meter: SpeechMeter | None = None, *, words: bool = False
    ) -> None:
        """``words``: ask for those of a long greeting (``WordsWanted``), to be answered by ``told``."""
        self._ears = Ears(thresholds, meter)
        self._rules = Rules(thresholds, words=words)
        self._position = 0

    @property
    def verdict(self) -> Verdict | None:
        """The last verdict, ``None`` while there is none."""
        return self._rules.verdict

    def told(self, cue: Cue) -> list[Event]:
        """Take what the words so far gave away, and return what that decides."""
        return self._rules.told(cue)

    def push(self, samples: Samples, at: float | None = None) -> list[Event]:
        """Take the next frame (16-bit samples at 8 kHz) and return what it decides.

        ``at`` is the frame's place in the sound in seconds since the answer, from the RTP time stamp and not from the
        moment of its arrival. Frames that were lost count as silence, what came before is dropped. Without ``at`` the
        frame follows the last one. Raises ``ValueError`` for a time that is more than ten minutes ahead.
        """
        events: list[Event] = []
        if at is not None:
            missing = round(at * RATE) - self._position
            if missing > _LONGEST_GAP * RATE:
                raise ValueError(f"the frame at {at} s is more than {_LONGEST_GAP:.0f} s ahead of the sound so far")
            if missing > _JITTER * RATE:
                for begin in range(0, missing, RATE):
                    events += self._hear(np.zeros(min(RATE, missing - begin), dtype=np.int16))
            elif missing < -_JITTER * RATE:
                samples = samples[-missing:]
        return events + self._hear(samples)

    def _hear(self, samples: Samples) -> list[Event]:
        self._position += len(samples)
        return [event for observation in self._ears.push(samples) for event in self._rules.hear(observation)]
