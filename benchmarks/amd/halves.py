"""Who is for learning and who is for measuring: no engine, no recorded speaker and no text is in both halves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.amd import corpus, recordings
from benchmarks.amd.corpus import Clip, Take
from benchmarks.amd.texts import WORDINGS
from benchmarks.amd.texts_held_out import HELD_OUT
from benchmarks.amd.voices import Speaker, Studio, speakers

LEARNED_FROM = ("core-sounds-it", "core-sounds-ru", "core-sounds-es", "prompt-fr-armelle")
MEASURED = ("core-sounds-en", "core-sounds-fr", "prompt-es-co", "prompt-it-menardi")
_SEED = 20261122
_TRAINING_PROMPT = (
    "Good day. We are calling about your appointment at the dentist on Tuesday. It is at ten in the morning. "
    "Press one to confirm, or two to move it."
)
#: In the half for measuring every clip at 12 dB and above is of a take of its own.
_USUAL = (40, 20, 12)


class NoVoices(Exception):
    """Kokoro's or Piper's voices are not installed; says how to."""


def group(take: Take) -> str:
    """Return the engine or the recorded speaker: who is left out together."""
    return take.speaker.split()[0]


def language(take: Take) -> str:
    """Return the two letters of what a take's speaker speaks: ``pico en-US-f 1.0 0.9``, ``core-sounds-en``."""
    name = take.speaker.partition(" ")[2] or take.speaker.removeprefix("core-sounds-").removeprefix("prompt-")
    return name[:2]


def training(studio: Studio, folder: Path) -> list[Take]:
    """Return the takes that the score is learned from, and limits are chosen on. Raises ``NoRecordings``."""
    chance = np.random.default_rng(_SEED)
    takes: list[Take] = []
    for engine in ("espeak", "pico"):
        everyone = speakers(engine)
        takes += corpus.synthetic(studio, everyone, WORDINGS, chance, people=10, at_work=4, machines=13)
    return takes + _recorded(folder, LEARNED_FROM, chance, people=80, machines=90)


def held_out(studio: Studio, folder: Path) -> list[Take]:
    """Return the takes that are measured. Raises ``NoRecordings`` or ``NoVoices``."""
    takes: list[Take] = []
    for number, (engine, machines) in enumerate({"kokoro": 8, "piper": 12, "flite": 12}.items()):
        chance = np.random.default_rng((_SEED, number))
        most = {"people": 11, "at_work": 4} if engine == "kokoro" else {"people": 16, "at_work": 8}
        try:
            takes += corpus.synthetic(studio, speakers(engine), HELD_OUT, chance, machines=machines, **most)
        except ValueError as error:
            raise NoVoices(f"{error} (callwright voices install kokoro piper)") from error
    chance = np.random.default_rng(_SEED + 1)
    return takes + _recorded(folder, MEASURED, chance, people=110, machines=110)


def _recorded(
    folder: Path, names: tuple[str, ...], chance: np.random.Generator, *, people: int, machines: int
) -> list[Take]:
    takes: list[Take] = []
    packages = [next(package for package in recordings.PACKAGES if name in package) for name in names]
    for speaker, files in recordings.fetch(folder, packages).items():
        takes += corpus.recorded(speaker, corpus.real_prompts(files), chance, people=people, machines=machines)
    return takes


def clips(studio: Studio, takes: list[Take], *, learning: bool, every: int = 1) -> Iterator[Clip]:
    """Yield each take over one line, 12 dB and above in turn; and shares of them at 6 dB, with our prompt's echo,
    and talking over our prompt. ``every``: only every so manyth take.
    """
    chance = np.random.default_rng(_SEED + 2 + learning)
    prompt = studio.say(*_training_prompt()) if learning else corpus.our_prompt(studio)
    voices = [take.signal for take in takes if take.kind == "medium"][:40]
    for place, index in enumerate(chance.permutation(len(takes))[::every]):
        take = takes[int(index)]
        yield corpus.over(take, _USUAL[place % 3], chance, voices)
        turn = place // 3
        if turn % 4 == 0:
            yield corpus.over(take, 6, chance, voices)
        if turn % 4 == 1:
            yield corpus.with_echo(take, corpus.ECHOES[place % 3], prompt, chance, voices)
        if turn % 4 == 2 and take.who == "human":
            yield corpus.talking_over(take, voices, prompt, chance, voices)
        if turn % 4 == 3 and learning:
            yield corpus.over(take, 12, chance, voices)


def _training_prompt() -> tuple[Speaker, str]:
    return Speaker(engine="espeak", voice="en-US-f", rate=1.0, pitch=1.0), _TRAINING_PROMPT
