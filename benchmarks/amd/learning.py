"""Learns the detector's score from the training half, and judges each speaker of it by the others.

A verdict on a training clip is always that of trees which were grown without the clip's engine or recorded speaker: so
limits are chosen and odds are measured on voices that are new to the trees, as those of calls are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.amd import halves
from benchmarks.amd.boosting import grow
from benchmarks.amd.calibration import calibrated
from benchmarks.amd.measure import Heard, Outcome, decide, hear
from benchmarks.amd.voices import Studio
from callwright.speech.listen.judging import Judge
from callwright.speech.listen.rules import Rules
from callwright.speech.listen.score import Forest
from callwright.speech.listen.segments import Segments
from callwright.speech.listen.thresholds import Thresholds
from callwright.speech.listen.traits import NAMES, Numbers

_FROM = "espeak-ng, Pico, and recordings of " + ", ".join(halves.LEARNED_FROM)
#: Moments that are taken of a clip: in a pause, and while somebody speaks.
_IN_PAUSE, _IN_SPEECH = 16, 8
#: So long a quiet is a pause between sentences, in seconds.
_PAUSE = 0.45
#: After so long a pause a verdict has been given, in seconds.
_DECIDED = 2.1
_SPAN, _QUIET, _LONG = (NAMES.index(name) for name in ("span 6", "quiet 6", "span 12"))


@dataclass(frozen=True, kw_only=True)
class Examples:
    """The traits at some moments of a clip before a verdict."""

    rows: Numbers
    #: 1 for a machine, 0 for a person.
    machine: float
    group: str


def learn(studio: Studio, folder: Path, file: Path) -> None:
    """Learn from the training half and write the trees to ``file``. Raises ``NoRecordings``."""
    heard = _heard(studio, folder)
    examples = [_examples(one) for one in heard]
    outcomes = [decide(one, forest=forest) for one, forest in zip(heard, _forests(examples), strict=True)]
    forest = calibrated(_fit(examples), outcomes)
    kept = json.dumps(forest.to_json(_FROM), separators=(",", ":"))
    file.write_text(kept.replace('{"traits"', '\n{"traits"') + "\n")


@dataclass(frozen=True, kw_only=True)
class Validated:
    """The training half, each speaker by the others."""

    heard: list[Heard]
    #: The trees that judged each clip.
    forests: list[Forest]
    outcomes: list[Outcome]


def validated(studio: Studio, folder: Path) -> Validated:
    """Return what is made of the training half, each speaker by the others. Raises ``NoRecordings``."""
    heard = _heard(studio, folder)
    forests = _forests([_examples(one) for one in heard])
    outcomes = [decide(one, forest=forest) for one, forest in zip(heard, forests, strict=True)]
    return Validated(heard=heard, forests=forests, outcomes=outcomes)


def _heard(studio: Studio, folder: Path) -> list[Heard]:
    return list(hear(halves.clips(studio, halves.training(studio, folder), learning=True)))


def _forests(examples: Sequence[Examples]) -> list[Forest]:
    """Return for each clip the trees that were grown without its engine or recorded speaker."""
    forests: Mapping[str, Forest] = {
        group: _fit([example for example in examples if example.group != group])
        for group in sorted({example.group for example in examples})
    }
    return [forests[example.group] for example in examples]


class _Moments(Judge):
    """Keeps the traits at every moment at which a judge would decide, and never decides."""

    def __init__(self) -> None:
        super().__init__(Thresholds())
        self.rows: list[Numbers] = []

    def guess(self, segments: Segments, now: float, *, at_last: bool = False) -> None:
        """Keep them."""
        if (self.due or at_last) and (numbers := self.numbers()) is not None:
            self.rows.append(numbers)


def _examples(heard: Heard) -> Examples:
    moments = _Moments()
    rules = Rules(judge=moments)
    for observation in heard.observations:
        rules.hear(observation)
    rows = np.array(moments.rows, dtype=np.float32).reshape(-1, len(NAMES))
    decided = np.flatnonzero((rows[:, _SPAN] > 0) & (rows[:, _QUIET] >= _DECIDED))
    rows = rows[: decided[0]] if len(decided) else rows
    quiet = rows[:, _QUIET] >= _PAUSE
    speaking = ~quiet & (rows[:, _LONG] > 1.0)
    chance = np.random.default_rng(len(rows))
    taken = [
        chance.permutation(np.flatnonzero(some))[:most] for some, most in ((quiet, _IN_PAUSE), (speaking, _IN_SPEECH))
    ]
    take = heard.clip.take
    return Examples(
        rows=rows[np.concatenate(taken)].astype(np.float64),
        machine=float(take.who == "machine"),
        group=halves.group(take),
    )


def _fit(examples: Sequence[Examples]) -> Forest:
    rows = np.concatenate([example.rows for example in examples])
    machine = np.concatenate([np.full(len(example.rows), example.machine) for example in examples])
    return grow(rows, machine)
