"""Lets the detector hear the clips, and finds thresholds on those that are for choosing."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product

from benchmarks.amd.corpus import Clip
from callwright.speech.listen.detector import Ears
from callwright.speech.listen.events import Answerer, Beep, GreetingEnded, Verdict
from callwright.speech.listen.rules import Observation, Rules
from callwright.speech.listen.thresholds import Thresholds

#: A beep was found when its end was told so near to where it is, in seconds.
_BEEP_NEAR = 0.25
#: Samples that arrive at once: 20 ms.
_FRAME = 160
_PROCESSES = 2
_WAITING = 20


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A clip as windows: what the network and the tone finder said, from which rules decide without hearing again."""

    clip: Clip
    observations: list[Observation]
    cpu_seconds: float


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
    waiting: deque[Future[Heard]] = deque()
    with ProcessPoolExecutor(_PROCESSES) as pool:
        for clip in clips:
            waiting.append(pool.submit(_hear, clip))
            # a clip is 200 kB: no more of them than keep the others busy
            if len(waiting) > _WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _hear(clip: Clip) -> Heard:
    ears = Ears()
    began = time.process_time()
    observations = [
        observation
        for begin in range(0, len(clip.samples), _FRAME)
        for observation in ears.push(clip.samples[begin : begin + _FRAME])
    ]
    spent = time.process_time() - began
    # of the sound itself nothing is needed any more: it would be a gigabyte
    nothing = replace(clip.take, signal=clip.take.signal[:0].copy())
    light = replace(clip, samples=clip.samples[:0].copy(), take=nothing)
    return Heard(clip=light, observations=observations, cpu_seconds=spent)


def decide(heard: Heard, thresholds: Thresholds | None = None) -> Outcome:
    """Apply the rules to what was heard."""
    rules = Rules(thresholds)
    verdicts: list[Verdict] = []
    beeps: list[Beep] = []
    ends: list[float] = []
    for observation in heard.observations:
        for event in rules.hear(observation):
            if isinstance(event, Verdict):
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
    )


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One set of thresholds on the training half."""

    thresholds: Thresholds
    humans_called_machines: float
    #: By the last verdict.
    machines_called_humans: float

    @property
    def cost(self) -> tuple[bool, float, float]:
        """People come first: of all that keep the aim for them, the one that takes fewest machines for people."""
        return self.humans_called_machines > 0.01, self.machines_called_humans, self.humans_called_machines


def choose(training: Sequence[Heard]) -> list[Choice]:
    """Try thresholds on the training clips at 12 dB and above; return them, best first."""
    clips = [heard for heard in training if heard.clip.condition in {"40", "20", "12"}]
    humans = [heard for heard in clips if heard.clip.take.who == "human"]
    machines = [heard for heard in clips if heard.clip.take.who == "machine"]
    choices = []
    for machine, background, pause in product((2.2, 2.8, 3.2, 3.6, 4.0, 4.5), (8.0, 10.0, 12.0, 15.0), (0.7, 0.8)):
        thresholds = replace(Thresholds(), machine_greeting=machine, background=background, pause_after_short=pause)
        called_machines = sum(decide(heard, thresholds).ever_machine for heard in humans)
        called_humans = sum(
            (last := decide(heard, thresholds).last) is not None and last.answerer is Answerer.HUMAN
            for heard in machines
        )
        choices.append(
            Choice(
                thresholds=thresholds,
                humans_called_machines=called_machines / max(len(humans), 1),
                machines_called_humans=called_humans / max(len(machines), 1),
            )
        )
    return sorted(choices, key=lambda choice: choice.cost)
