"""Learns the detector's score: from espeak-ng's voices and two recorded speakers, of whom nothing is measured."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.amd import corpus, recordings
from benchmarks.amd.boosting import grow
from benchmarks.amd.corpus import Clip, Take
from benchmarks.amd.measure import Heard, hear
from benchmarks.amd.voices import Speaker, Studio
from callwright.speech.listen.score import Forest
from callwright.speech.listen.thresholds import Thresholds
from callwright.speech.listen.traits import NAMES, WINDOW_SECONDS, Numbers, traits

_SEED = 77
_PROMPT = (
    "Good day. We are calling about your appointment at the dentist on Tuesday. It is at ten in the morning. "
    "Press one to confirm, or two to move it."
)
_FROM = "espeak-ng's voices and recordings of asterisk-core-sounds-it and -ru"
#: Prompts that are no speech, or single letters.
_LEFT_OUT = ("letters", "phonetic", "silence", "digits", "beep", "monkeys", "weasels", "music")
#: Moments that are taken of a clip: in a pause, and while somebody speaks.
_IN_PAUSE, _IN_SPEECH = 16, 8
#: So long a quiet is a pause between sentences, in seconds.
_PAUSE = 0.45
#: After so long a pause a verdict has been given, in seconds.
_DECIDED = 2.1
#: Tones of this length are no speech (``Rules``), in seconds.
_TONE = 0.09
_FOLDS = 3
_SPAN, _QUIET, _LONG = (NAMES.index(name) for name in ("span 6", "quiet 6", "span 12"))


def learn(studio: Studio, folder: Path, seed: int, file: Path) -> None:
    """Learn from the training half and write the trees to ``file``. Raises ``NoRecordings``."""
    examples = [_examples(heard) for heard in hear(_clips(studio, folder, seed))]
    examples = [(rows, machine) for rows, machine in examples if len(rows)]
    forest = _calibrated(_fit(examples), examples)
    kept = json.dumps(forest.to_json(_FROM), separators=(",", ":"))
    file.write_text(kept.replace('{"traits"', '\n{"traits"') + "\n")


def _clips(studio: Studio, folder: Path, seed: int) -> Iterator[Clip]:
    chance = np.random.default_rng(seed)
    takes = list(corpus.synthetic(studio, "espeak", chance, machines=120))
    voices = [take.signal for take in takes if take.kind == "medium"][:40]
    for number, take in enumerate(takes):
        yield corpus.over(take, corpus.SNRS[number % 3], chance, voices)
    chance = np.random.default_rng(_SEED)
    recorded: list[Take] = []
    for speaker, files in recordings.fetch(folder, recordings.TRAINING).items():
        wanted = {name: path for name, path in files.items() if not any(part in str(path) for part in _LEFT_OUT)}
        prompts = {name: signal for name, path in sorted(wanted.items()) if len(signal := recordings.read(path))}
        recorded += corpus.recorded(speaker, prompts, chance)
    prompt = studio.say(Speaker(engine="espeak", voice="en-US-f", rate=1.0, pitch=1.0), _PROMPT)
    for number, take in enumerate(recorded):
        yield corpus.over(take, 12, chance, voices)
        yield corpus.over(take, (40, 20, 6)[number % 3], chance, voices)
        if number % 3 == 0:
            yield corpus.with_echo(take, corpus.ECHOES[number // 3 % 3], prompt, chance, voices)
        if number % 3 == 1 and take.who == "human":
            yield corpus.talking_over(take, voices, prompt, chance, voices)


def _examples(heard: Heard) -> tuple[Numbers, float]:
    """Return the traits at some moments of a clip before a verdict, and 1 for a machine, 0 for a person."""
    t = Thresholds()
    speech: list[float] = []
    loudness: list[float] = []
    rows: list[Numbers] = []
    for observation in heard.observations:
        speech.append(observation.speech)
        loudness.append(observation.loudness)
        beep = False
        for tone in observation.tones:
            if tone.seconds >= _TONE:
                begin = int(tone.start / WINDOW_SECONDS)
                speech[begin:] = [0.0] * len(speech[begin:])
            sure = tone.ended and tone.verified >= t.tone_verified and tone.seconds >= t.beep_shortest
            beep = beep or (sure and t.beep_lowest <= tone.frequency <= t.beep_highest)
        if beep or observation.end > t.give_up:
            break
        if len(speech) % 2 and (row := traits(speech, loudness)) is not None:
            if row[_SPAN] > 0 and row[_QUIET] >= _DECIDED:
                break
            rows.append(row)
    all_rows = np.array(rows).reshape(-1, len(NAMES))
    quiet = all_rows[:, _QUIET] >= _PAUSE
    speaking = ~quiet & (all_rows[:, _LONG] > 1.0)
    chance = np.random.default_rng(len(rows))
    taken = [
        chance.permutation(np.flatnonzero(some))[:most] for some, most in ((quiet, _IN_PAUSE), (speaking, _IN_SPEECH))
    ]
    return all_rows[np.concatenate(taken)], float(heard.clip.take.who == "machine")


def _fit(examples: Sequence[tuple[Numbers, float]]) -> Forest:
    rows = np.concatenate([rows for rows, _ in examples])
    return grow(rows, np.concatenate([np.full(len(rows), machine) for rows, machine in examples]))


def _calibrated(forest: Forest, examples: Sequence[tuple[Numbers, float]]) -> Forest:
    """Return the trees with the odds that their scores have on clips that they were not grown on (Platt 1999)."""
    scores: list[float] = []
    machine: list[float] = []
    for fold in range(_FOLDS):
        others = _fit([example for number, example in enumerate(examples) if number % _FOLDS != fold])
        for rows, who in examples[fold::_FOLDS]:
            # the last moment is the one nearest to a verdict
            scores.append(others.score(rows[-1]))
            machine.append(who)
    scale, offset = _platt(np.array(scores), np.array(machine))
    return replace(forest, scale=scale, offset=offset)


def _platt(scores: NDArray[np.float64], machine: NDArray[np.float64]) -> tuple[float, float]:
    scale, offset = 1.0, 0.0
    for _ in range(4000):
        missing = machine - 1.0 / (1.0 + np.exp(-(scale * scores + offset)))
        scale += 0.01 * float(np.mean(missing * scores))
        offset += 0.05 * float(np.mean(missing))
    return scale, offset
