"""Who answered, by what was heard so far: speech and pauses, words, beeps, tones of a fax.

Pure: the same observations give the same events. The clock is the sound's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from callwright.speech.listen.asking import OPEN, Asking
from callwright.speech.listen.cues import Cue
from callwright.speech.listen.events import Answerer, Beep, Event, GreetingEnded, Quiet, Reason, Verdict, WordsWanted
from callwright.speech.listen.fax import FaxTones
from callwright.speech.listen.judging import Guess, Judge
from callwright.speech.listen.segments import WINDOW_SECONDS, Segments
from callwright.speech.listen.thresholds import Thresholds
from callwright.speech.listen.tones import Tone


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What one window of sound held; times in seconds from the first sample."""

    start: float
    end: float
    #: How probable it is that somebody spoke in it.
    speech: float
    #: Its RMS in dB below full scale.
    loudness: float = 0.0
    #: Tones that go on at its end or ended in it.
    tones: tuple[Tone, ...] = ()


#: A tone that has lasted so long is not speech, whatever the network says.
_TONE_NOT_SPEECH = 0.09


class Rules:
    """Listens to one call until its end."""

    def __init__(
        self, thresholds: Thresholds | None = None, *, words: bool = False, judge: Judge | None = None
    ) -> None:
        """``words``: somebody can say what was said (``WordsWanted``, ``told``); ``judge``: another one than ours."""
        self._now = 0.0
        self._thresholds = thresholds or Thresholds()
        self._asking = Asking(self._thresholds) if words else None
        self._segments = Segments(self._thresholds)
        #: The last verdict.
        self.verdict: Verdict | None = None
        self._ended_by: float | None = None
        self._quiet_told = False
        self._judge = judge or Judge(self._thresholds)
        #: At what score the verdict was given; ``None``: not by one.
        self.score: float | None = None
        self._fax = FaxTones(self._thresholds)
        #: Whether its words were those of a person at work.
        self._at_work = False

    def hear(self, observation: Observation) -> list[Event]:
        """Take the next window and return what it decides, often nothing."""
        now = self._now = observation.end
        lasting = max((tone.seconds for tone in observation.tones), default=0.0)
        tonal = lasting >= _TONE_NOT_SPEECH
        speech = 0.0 if tonal else observation.speech
        self._segments.hear(observation.start, now, speech, observation.loudness)
        events: list[Event] = []
        for tone in observation.tones:
            events += self._hear_tone(now, tone)
        if self.verdict is None and (late := self._fax.no_fax(now)) is not None:
            events += self._beep(now, late)
        if self.verdict is None:
            self._judge.hear(
                speech,
                observation.loudness,
                loud=self._segments.speaking and not tonal,
                tone=math.ceil(lasting / WINDOW_SECONDS) if tonal else 0,
            )
            events += self._hear_nothing(now)
            # a tone that goes on may be the beep
            wait = (tonal and lasting <= self._thresholds.beep_longest) or self._fax.waiting
            self.verdict = self._decision(now, wait=wait)
            if self.verdict is not None:
                events.append(self.verdict)
        if self._asking is not None and self._asking.due(now, self._segments, self.verdict, self.score):
            events.append(WordsWanted(at=now))
        # a tone that goes on may be the beep
        if self._is(Answerer.MACHINE) and not tonal:
            events += self._hear_greeting(now)
        return events

    def told(self, cue: Cue) -> list[Event]:
        """Take what the words of the greeting gave away; it is too late when the verdict says so or is not open."""
        before = None if self.verdict is None else self.verdict.answerer
        if before is not None and before not in OPEN:
            return []
        if cue is Cue.MACHINE:
            return [self._decide(self._now, Answerer.MACHINE, Reason.WORDS, 0.95)]
        if before is Answerer.UNSURE:
            return [self._decide(self._now, Answerer.HUMAN, Reason.WORDS, 0.9)]
        self._at_work = True
        return []

    def _hear_tone(self, now: float, tone: Tone) -> list[Event]:
        t = self._thresholds
        person = self.verdict if self._is(Answerer.HUMAN) else None
        if self._is(Answerer.FAX) or (person is not None and now > person.at + t.second_thoughts):
            return []
        if self._segments.span < t.fax_longest_blip and not self._is(Answerer.HUMAN):
            if self._fax.hear(tone):
                return [self._decide(now, Answerer.FAX, Reason.FAX_TONE, 0.98)]
            if self._fax.may_be(tone):
                return []
        in_band = t.beep_lowest <= tone.frequency <= t.beep_highest and tone.verified >= t.tone_verified
        if not (tone.ended and in_band and t.beep_shortest <= tone.seconds <= t.beep_longest):
            return []
        return self._beep(now, tone)

    def _beep(self, now: float, tone: Tone) -> list[Event]:
        events: list[Event] = []
        if not self._is(Answerer.MACHINE):
            # a beep without a word before it may also be a line that says that it records
            confidence = 0.95 if self._segments.first is not None else 0.8
            events.append(self._decide(now, Answerer.MACHINE, Reason.BEEP, confidence))
        events.append(Beep(at=now, start=tone.start, end=tone.end, frequency=tone.frequency))
        events.append(GreetingEnded(at=now, beep=True))
        self._ended_by = tone.end
        return events

    def _hear_nothing(self, now: float) -> list[Event]:
        if self._quiet_told or self._segments.first is not None:
            return []
        self._quiet_told = self._segments.quiet(now) >= self._thresholds.initial_quiet
        return [Quiet(at=now)] if self._quiet_told else []

    def _decision(self, now: float, *, wait: bool) -> Verdict | None:
        t, segments = self._thresholds, self._segments
        out_of_time = now >= t.give_up
        if segments.first is None:
            if not self._fax.waiting and segments.quiet(now) >= t.initial_silence:
                return self._verdict(now, Answerer.SILENCE, Reason.NO_SPEECH, 0.9)
        elif self._at_work:
            if segments.span >= t.business_greeting:
                return self._verdict(now, Answerer.MACHINE, Reason.LONG_GREETING, 0.8)
            if segments.quiet(now) >= t.pause_at_work:
                return self._verdict(now, Answerer.HUMAN, Reason.GREETING_AND_PAUSE, 0.9)
        elif not wait and (guess := self._judge.guess(segments, now, at_last=out_of_time)) is not None:
            return self._verdict_of(guess, now)
        if out_of_time:
            return self._verdict(now, Answerer.UNSURE, Reason.OUT_OF_TIME, 0.0)
        return None

    def _verdict_of(self, guess: Guess, now: float) -> Verdict:
        self.score = guess.score
        reason = Reason.GREETING_AND_PAUSE if guess.paused else Reason.LONG_GREETING
        if guess.answerer is Answerer.HUMAN and self._segments.span < self._thresholds.short_greeting:
            reason = Reason.SHORT_GREETING
        confidence = 0.0 if guess.answerer is Answerer.UNSURE else guess.confidence
        return self._verdict(now, guess.answerer, reason, confidence)

    def _hear_greeting(self, now: float) -> list[Event]:
        """Notice that a machine's greeting has ended without a beep so far."""
        last = self._segments.last
        if last is None or self._segments.quiet(now) < self._thresholds.greeting_pause:
            return []
        # told once for each end; what follows a beep or an end may be speech again
        if self._ended_by is not None and last <= self._ended_by:
            return []
        self._ended_by = last
        return [GreetingEnded(at=now, beep=False)]

    def _decide(self, now: float, answerer: Answerer, reason: Reason, confidence: float) -> Verdict:
        self.verdict = self._verdict(now, answerer, reason, confidence)
        return self.verdict

    def _verdict(self, now: float, answerer: Answerer, reason: Reason, confidence: float) -> Verdict:
        return Verdict(
            answerer=answerer,
            confidence=round(confidence, 3),
            at=now,
            reason=reason,
            greeting=self._segments.span,
            spoke_until=self._segments.last,
            revised=self.verdict is not None,
        )

    def _is(self, answerer: Answerer) -> bool:
        return self.verdict is not None and self.verdict.answerer is answerer
