"""Lets the detector hear the clips."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace

from benchmarks.amd import many
from benchmarks.amd.corpus import Clip
from benchmarks.amd.lines import RATE
from callwright.speech.listen.cues import cue_of
from callwright.speech.listen.detector import Detector
from callwright.speech.listen.events import Answerer, Beep, Event, GreetingEnded, Verdict, WordsWanted
from callwright.speech.listen.judging import Judge
from callwright.speech.listen.rules import Observation, Rules
from callwright.speech.listen.score import Forest
from callwright.speech.listen.thresholds import Thresholds

#: A beep was found when its end was told so near to where it is, in seconds.
_BEEP_NEAR = 0.25
#: The recogniser answers so long after it was asked, one question after the other: twice what an idle core takes.
_WORDS_TAKE = 0.6
#: Samples that arrive at once: 20 ms.
_FRAME = 160
_PROCESSES = 2
_WAITING = 4
#: Clips that are heard in one go.
_AT_ONCE = 32


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A clip as windows: what the network and the tone finder said, from which rules decide without hearing again."""

    clip: Clip
    observations: list[Observation]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the detector made of one clip; times in seconds."""

    clip: Clip
    #: The first verdict and the last one.
    first: Verdict | None
    last: Verdict | None
    beeps: list[Beep]
    #: When the greeting was said to be over, first of all.
    greeting_end: float | None
    #: At what score the first verdict was given; ``None``: not by one.
    score: float | None

    @property
    def right(self) -> bool:
        """Whether the last verdict is what answered."""
        return self.last is not None and self.last.answerer.value == self.clip.take.who

    @property
    def ever_machine(self) -> bool:
        """Whether it was called a machine at any time: a person who was, was hung up on."""
        return any(verdict is not None and verdict.answerer is Answerer.MACHINE for verdict in (self.first, self.last))

    @property
    def wait(self) -> float | None:
        """From the end of the first turn of speech to the first verdict."""
        return None if self.first is None else self.first.at - self.clip.take.first_turn

    @property
    def beep_found(self) -> bool:
        """Whether the beep was told where it is."""
        end = self.clip.take.beep_end
        return end is not None and any(abs(beep.end - end) <= _BEEP_NEAR for beep in self.beeps)


def hear(clips: Iterable[Clip]) -> Iterator[Heard]:
    """Yield each clip with what was heard in it, in order; two processes listen while this one makes the clips."""
    waiting: deque[Future[list[Heard]]] = deque()
    some = iter(clips)
    with ProcessPoolExecutor(_PROCESSES) as pool:
        while batch := list(itertools.islice(some, _AT_ONCE)):
            waiting.append(pool.submit(_hear, batch))
            # a clip is 200 kB: no more of them than keep the others busy
            if len(waiting) > _WAITING:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _hear(clips: list[Clip]) -> list[Heard]:
    return [
        Heard(clip=_light(clip), observations=observations)
        for clip, observations in zip(clips, many.observations([clip.samples for clip in clips]), strict=True)
    ]


def _light(clip: Clip) -> Clip:
    """Return it without the sound: of all clips it would be a gigabyte."""
    nothing = replace(clip.take, signal=clip.take.signal[:0].copy())
    return replace(clip, samples=clip.samples[:0].copy(), take=nothing)


def cost(clips: Iterable[Clip]) -> float:
    """Return the CPU seconds that the detector takes for a second of sound, one call after the other."""
    spent = seconds = 0.0
    for clip in clips:
        detector = Detector()
        began = time.process_time()
        for begin in range(0, len(clip.samples), _FRAME):
            detector.push(clip.samples[begin : begin + _FRAME])
        spent += time.process_time() - began
        seconds += len(clip.samples) / RATE
    return spent / seconds


def decide(
    heard: Heard,
    thresholds: Thresholds | None = None,
    forest: Forest | None = None,
    words: Callable[[float], str] | None = None,
) -> Outcome:
    """Apply the rules to what was heard; ``forest``: with another score than the program's.

    ``words`` returns what was said until a moment in seconds; ``None``: by sound alone.
    """
    rules = Rules(thresholds, words=words is not None, judge=Judge(thresholds or Thresholds(), forest))
    verdicts: list[Verdict] = []
    beeps: list[Beep] = []
    ends: list[float] = []
    #: What the recogniser says, and when.
    answers: deque[tuple[float, str]] = deque()
    busy_until = 0.0
    for observation in heard.observations:
        events: list[Event] = rules.hear(observation)
        while answers and answers[0][0] <= observation.end:
            cue = cue_of(answers.popleft()[1], answered=rules.verdict is not None)
            events += rules.told(cue) if cue is not None else []
        for event in events:
            if isinstance(event, WordsWanted) and words is not None:
                busy_until = max(busy_until, event.at) + _WORDS_TAKE
                answers.append((busy_until, words(event.at)))
            elif isinstance(event, Verdict):
                verdicts.append(event)
            elif isinstance(event, Beep):
                beeps.append(event)
            elif isinstance(event, GreetingEnded):
                ends.append(event.at)
    return Outcome(
        clip=heard.clip,
        first=verdicts[0] if verdicts else None,
        last=verdicts[-1] if verdicts else None,
        beeps=beeps,
        greeting_end=ends[0] if ends else None,
        score=rules.score,
    )
