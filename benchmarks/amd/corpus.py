"""The clips: who answers, what the line adds, and whether it is for choosing thresholds or for measuring.

Everything is drawn by a generator with a fixed seed: the same packages give the same clips.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.amd import lines, recordings
from benchmarks.amd.lines import RATE, Samples, Signal
from benchmarks.amd.texts import Wordings
from benchmarks.amd.voices import Speaker, Studio

Thing = TypeVar("Thing")

SECONDS = 12.0
#: Level of speech on the line, in dB below full scale, drawn between these.
_SOFTEST, _LOUDEST = -32.0, -16.0
SNRS = (40, 20, 12, 6)
ECHOES = (-15, -20, -25)
#: Prompts that are no speech, numbers, or single letters.
_LEFT_OUT = ("letters", "phonetic", "silence", "digits", "beep", "monkeys", "weasels", "music")
_PROMPT = "Hello. This is a message of the city library. The book that you have asked for has arrived. Thank you."


@dataclass(frozen=True, kw_only=True)
class Take:
    """What somebody says after the answer, before the line adds to it."""

    #: ``human`` or ``machine``.
    who: str
    #: ``short``, ``medium``, ``business``, ``greeting`` …
    kind: str
    speaker: str
    #: ``synthetic`` or ``recorded``.
    source: str
    signal: Signal
    #: Seconds: end of the first turn of speech.
    first_turn: float
    #: Seconds: when a beep ends, ``None`` without one.
    beep_end: float | None = None


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One call as the detector hears it."""

    take: Take
    #: ``40``, ``20``, ``12``, ``6`` dB, or ``echo -15`` …
    condition: str
    samples: Samples


def synthetic(
    studio: Studio,
    everyone: Sequence[Speaker],
    wordings: Mapping[str, Wordings],
    chance: np.random.Generator,
    *,
    people: int,
    at_work: int,
    machines: int,
) -> Iterator[Take]:
    """Yield takes of synthetic speakers, each of whom says so many greetings of people and of machines.

    ``people``: at home, short ones and longer ones; ``at_work``: in one breath.
    """
    for speaker in everyone:
        words = wordings[speaker.language]
        at_home = [("short", text) for text in words.short] + [("medium", text) for text in words.medium]
        chosen = _some(at_home, people, chance) + [
            ("business", text) for text in _some(words.business, at_work, chance)
        ]
        for kind, text in chosen:
            yield _human(kind, speaker.name, "synthetic", studio.say(speaker, text), chance)
        for _ in range(machines):
            parts = [studio.say(speaker, text) for text in _script(words, chance)]
            yield _machine(speaker.name, "synthetic", parts, chance)


def recorded(
    speaker: str, prompts: Mapping[str, Signal], chance: np.random.Generator, *, people: int, machines: int
) -> Iterator[Take]:
    """Yield prompts of one real speaker: short ones in the part of people, two long ones in that of a machine.

    Of what is as short as a person's greeting at home ``people`` are taken, and half as many longer phrases.
    """
    words = [signal for signal in prompts.values() if 0.3 <= len(signal) / RATE <= 1.3]
    phrases = [signal for signal in prompts.values() if 1.3 < len(signal) / RATE <= 2.2]
    for kind, signals, most in (("recorded word", words, people), ("recorded phrase", phrases, people // 2)):
        for signal in _some(signals, most, chance):
            yield _human(kind, speaker, "recorded", signal, chance)
    long = [signal for signal in prompts.values() if len(signal) / RATE >= 2.0]
    for index, signal in enumerate(_some(long, machines, chance)):
        yield _machine(speaker, "recorded", [signal, long[(index * 7 + 1) % len(long)]], chance)


def _some(things: Sequence[Thing], most: int, chance: np.random.Generator) -> list[Thing]:
    """Return up to so many of them, in their order."""
    return [things[index] for index in sorted(chance.permutation(len(things))[:most])]


def over(take: Take, snr: int, chance: np.random.Generator, voices: list[Signal]) -> Clip:
    """Return the take over a line with noise."""
    return Clip(take=take, condition=str(snr), samples=_line(take.signal, snr, chance, voices))


def with_echo(take: Take, echo: int, prompt: Signal, chance: np.random.Generator, voices: list[Signal]) -> Clip:
    """Return the take while our own prompt plays, whose echo comes back ``echo`` dB softer than it was sent."""
    delay = int(chance.uniform(0.02, 0.25) * RATE)
    sent = prompt / lines.loudness(prompt) * 10 ** (-20 / 20)
    back = np.zeros(round(SECONDS * RATE), dtype=np.float32)
    length = min(len(sent), len(back) - delay)
    back[delay : delay + length] = sent[:length] * np.float32(10 ** (echo / 20))
    samples = _line(take.signal, 40, chance, voices, add=back)
    return Clip(take=take, condition=f"echo {echo}", samples=samples)


def talking_over(
    take: Take, others: list[Signal], prompt: Signal, chance: np.random.Generator, voices: list[Signal]
) -> Clip:
    """Return a person who talks on while our own prompt plays, and comes back 20 dB softer."""
    at = take.first_turn
    parts = [(0.0, take.signal[: round(take.first_turn * RATE)])]
    while at < SECONDS - 1.0:
        at += chance.uniform(0.4, 1.6)
        said = others[int(chance.integers(len(others)))]
        parts.append((at, said))
        at += len(said) / RATE
    talked = replace(take, signal=_placed(parts))
    return replace(with_echo(talked, -20, prompt, chance, voices), condition="talks over us")


def our_prompt(studio: Studio) -> Signal:
    """Return what we say in the condition with echo."""
    return studio.say(Speaker(engine="pico", voice="en-GB-f", rate=1.0, pitch=0.9), _PROMPT)


def real_prompts(files: Mapping[str, Path]) -> dict[str, Signal]:
    """Read one speaker's prompts; sounds that are no speech, numbers and single letters are left out."""
    wanted = {name: path for name, path in files.items() if not any(part in str(path) for part in _LEFT_OUT)}
    return {name: signal for name, path in sorted(wanted.items()) if len(signal := recordings.read(path))}


def _human(kind: str, speaker: str, source: str, signal: Signal, chance: np.random.Generator) -> Take:
    """Say it once after a moment, wait as people do, then ask again."""
    before = chance.uniform(0.15, 1.6)
    wait = chance.uniform(2.5, 4.0)
    again = before + len(signal) / RATE + wait
    line = _placed([(before, signal), (again, signal)])
    return Take(who="human", kind=kind, speaker=speaker, source=source, signal=line,
                first_turn=before + len(signal) / RATE)  # fmt: skip


def _script(words: Wordings, chance: np.random.Generator) -> list[str]:
    script = [str(chance.choice(words.openings))]
    if chance.random() < 0.6:
        script.append(str(chance.choice(words.middles)))
    if chance.random() < 0.85:
        script.append(str(chance.choice(words.endings)))
    return script


def _machine(speaker: str, source: str, parts: list[Signal], chance: np.random.Generator) -> Take:
    """Say the parts with pauses between them; four of five beep."""
    at = chance.uniform(0.1, 1.5)
    placed = []
    for part in parts:
        placed.append((at, part))
        at += len(part) / RATE
        first_turn = at
        at += chance.uniform(0.15, 0.9)
    beep_end = None
    if chance.random() < 0.8:
        start = first_turn + chance.uniform(0.1, 1.2)
        seconds = chance.uniform(0.2, 0.9)
        frequency = chance.choice([425, 440, 620, 800, 850, 1000, 1004, 1100, 1400, 1600, 2000])
        time = np.arange(round(seconds * RATE)) / RATE
        tone = (np.sin(2 * np.pi * frequency * time) * lines.loudness(parts[0]) * chance.uniform(0.7, 2.0)).astype(
            np.float32
        )
        placed.append((start, tone))
        if start + seconds < SECONDS - 0.3:
            beep_end = start + seconds
    return Take(who="machine", kind="greeting", speaker=speaker, source=source, signal=_placed(placed),
                first_turn=first_turn, beep_end=beep_end)  # fmt: skip


def _placed(parts: list[tuple[float, Signal]]) -> Signal:
    line = np.zeros(round(SECONDS * RATE), dtype=np.float32)
    for at, signal in parts:
        begin = round(at * RATE)
        end = min(begin + len(signal), len(line))
        if end > begin:
            line[begin:end] += signal[: end - begin]
    return line


def _line(
    signal: Signal, snr: int, chance: np.random.Generator, voices: list[Signal], add: Signal | None = None
) -> Samples:
    level = 10 ** (chance.uniform(_SOFTEST, _LOUDEST) / 20)
    kind = lines.NOISES[int(chance.integers(len(lines.NOISES)))]
    sound = signal / np.float32(lines.loudness(signal)) * np.float32(level)
    sound = sound + lines.noise(kind, len(sound), chance, voices) * np.float32(level * 10 ** (-snr / 20))
    if add is not None:
        sound = sound + add
    return lines.over_the_line(lines.telephone_band(sound))
