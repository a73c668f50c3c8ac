"""Where an answer begins and ends, in the sound of one call.

While our own prompt plays its echo comes back, 15 to 25 dB softer than it was sent. It is speech, too, so what is
softer than ``over_prompt`` does not count then.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from callwright.speech.listen.vad import RATE, WINDOW, SileroMeter, SpeechMeter
from callwright.speech.recognise.engine import Samples

_SECONDS = WINDOW / RATE
#: A frame's time may differ so much from the samples counted so far, in seconds.
_JITTER = 0.01


@dataclass(frozen=True, kw_only=True)
class EndpointRules:
    """Times in seconds, loudness as RMS in dB below full scale."""

    #: Probability of speech at which it begins, and below which it is a pause.
    speech_on: float = 0.5
    speech_off: float = 0.35
    #: Shorter sounds are clicks; of a quick "nope" no more than this is seen as speech.
    shortest: float = 0.096
    #: So long a pause ends an answer; people stop for 0.5 s within a sentence.
    pause: float = 0.7
    #: A longer answer is cut off and looked at.
    longest: float = 8.0
    #: Kept before and after the speech: with less, "I don't know" loses its beginning in noise.
    margin: float = 0.4
    #: Nobody's speech is softer than this.
    softest: float = -52.0
    #: Softer speech does not count while our prompt plays, and for ``echo`` seconds after it.
    over_prompt: float = -30.0
    #: By so much softer it may go on when it has begun.
    softer_end: float = 6.0
    echo: float = 0.4
    #: What is so many dB softer than the loudest word of an answer is somebody else.
    background: float = 22.0


@dataclass(frozen=True, kw_only=True)
class SpeechBegan:
    """Somebody speaks; exactly one ``SpeechEnded`` follows."""

    #: Seconds since listening began.
    at: float


@dataclass(frozen=True, kw_only=True)
class SpeechEnded:
    """What was said."""

    samples: Samples
    #: It was too long and goes on.
    cut: bool = False


class Endpointer:
    """Takes the sound of one call, frame by frame."""

    def __init__(self, rules: EndpointRules | None = None, meter: SpeechMeter | None = None) -> None:
        self._rules = rules or EndpointRules()
        self._meter = meter or SileroMeter()
        self._rest: Samples = np.zeros(0, dtype=np.int16)
        self._position = 0
        #: Windows before the speech, then those of it.
        self._before: deque[Samples] = deque(maxlen=math.ceil(self._rules.margin / _SECONDS))
        self._kept: list[Samples] = []
        #: Windows of speech in a row before it is believed; of the answer after its last word.
        self._believed = False
        self._pause = 0
        self._loudest = -math.inf
        self._prompt_until = -math.inf

    @property
    def position(self) -> float:
        """Seconds of sound so far."""
        return self._position / RATE

    @property
    def speaking(self) -> bool:
        """Whether somebody speaks, or stopped so shortly ago that he may go on."""
        return self._believed

    def push(
        self, samples: Samples, at: float | None = None, *, prompting: bool = False
    ) -> list[SpeechBegan | SpeechEnded]:
        """Take the next frame (16-bit samples at 8 kHz) and return what it decides.

        ``at``: its place in the sound in seconds. What is missing before it counts as silence; what came before is
        dropped. ``prompting``: our prompt plays.
        """
        found: list[SpeechBegan | SpeechEnded] = []
        if at is not None:
            missing = round(at * RATE) - self._position
            if missing > _JITTER * RATE:
                found += self.elapse(at, prompting=prompting)
            elif missing < -_JITTER * RATE:
                samples = samples[-missing:]
        return found + self._take(samples, prompting=prompting)

    def elapse(self, at: float, *, prompting: bool = False) -> list[SpeechBegan | SpeechEnded]:
        """Let time pass in which nothing was received: telephones may send nothing while nobody speaks."""
        missing = round(at * RATE) - self._position
        # more silence than this changes nothing
        useful = round((self._rules.pause + self._rules.margin + 2 * _SECONDS) * RATE)
        self._position += max(0, missing - useful)
        return self._take(np.zeros(min(useful, max(0, missing)), dtype=np.int16), prompting=prompting)

    def _take(self, samples: Samples, *, prompting: bool) -> list[SpeechBegan | SpeechEnded]:
        joined = np.concatenate((self._rest, samples))
        self._position += len(samples)
        whole = len(joined) - len(joined) % WINDOW
        self._rest = joined[whole:]
        end = self.position
        if prompting:
            self._prompt_until = end + self._rules.echo
        found: list[SpeechBegan | SpeechEnded] = []
        for begin in range(0, whole, WINDOW):
            found += self._hear(joined[begin : begin + WINDOW], echo=end <= self._prompt_until)
        return found

    def _hear(self, window: Samples, *, echo: bool) -> list[SpeechBegan | SpeechEnded]:
        signal: NDArray[np.float32] = window.astype(np.float32) / np.float32(32768.0)
        loudness = 10.0 * math.log10(max(float(np.mean(np.square(signal))), 1e-10))
        if not self._is_speech(self._meter.probability(signal), loudness, echo=echo):
            return self._quiet(window)
        self._loudest = max(self._loudest, loudness)
        self._kept.append(window)
        self._pause = 0
        found: list[SpeechBegan | SpeechEnded] = []
        if not self._believed and len(self._kept) * _SECONDS >= self._rules.shortest:
            self._believed = True
            found.append(SpeechBegan(at=max(0.0, self.position - len(self._kept) * _SECONDS)))
        return found + self._end_if_long()

    def _is_speech(self, probability: float, loudness: float, *, echo: bool) -> bool:
        rules = self._rules
        limit = rules.over_prompt if echo else rules.softest
        # the end of a word is softer than its beginning: who has begun over the prompt may go on
        if loudness < limit - (rules.softer_end if self._believed else 0.0):
            return False
        if loudness < self._loudest - rules.background:
            return False
        return probability >= (rules.speech_off if self._kept else rules.speech_on)

    def _quiet(self, window: Samples) -> list[SpeechBegan | SpeechEnded]:
        if not self._believed:
            for kept in (*self._kept, window):
                self._before.append(kept)
            self._kept, self._loudest = [], -math.inf
            return []
        self._kept.append(window)
        self._pause += 1
        if self._pause * _SECONDS >= self._rules.pause:
            return [self._end(cut=False)]
        return self._end_if_long()

    def _end_if_long(self) -> list[SpeechBegan | SpeechEnded]:
        if self._believed and len(self._kept) * _SECONDS >= self._rules.longest:
            return [self._end(cut=True)]
        return []

    def _end(self, *, cut: bool) -> SpeechEnded:
        tail = math.ceil(self._rules.margin / _SECONDS)
        spoken = self._kept[: max(1, len(self._kept) - max(0, self._pause - tail))]
        samples = np.concatenate((*self._before, *spoken))
        self._before.clear()
        self._kept, self._believed, self._pause, self._loudest = [], False, 0, -math.inf
        return SpeechEnded(samples=samples, cut=cut)
