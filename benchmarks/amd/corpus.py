"""The clips: who answers, what the line adds, and whether it is for choosing thresholds or for measuring.

Everything is drawn by a generator with a fixed seed: the same packages give the same clips.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.amd import lines, recordings
from benchmarks.amd.lines import RATE, Samples, Signal
from benchmarks.amd.texts import WORDINGS
from benchmarks.amd.voices import Speaker, Studio, speakers

SECONDS = 12.0
#: Level of speech on the line, in dB below full scale, drawn between these.
_SOFTEST, _LOUDEST = -32.0, -16.0
SNRS = (40, 20, 12, 6)
ECHOES = (-15, -20, -25)
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


def synthetic(studio: Studio, engine: str, chance: np.random.Generator, machines: int) -> Iterator[Take]:
    """Yield every greeting of people by every speaker, and ``machines`` greetings of machines."""
    everyone = speakers(engine)
    for speaker in everyone:
        words = WORDINGS[speaker.language]
        for kind, texts in (("short", words.short), ("medium", words.medium), ("business", words.business)):
            for text in texts:
                yield _human(kind, speaker.name, "synthetic", studio.say(speaker, text), chance)
    for index in range(machines):
        speaker = everyone[index % len(everyone)]
        yield _machine(speaker.name, "synthetic", [studio.say(speaker, text) for text in _script(speaker, chance)],
                       chance)  # fmt: skip


def recorded(speaker: str, prompts: dict[str, Signal], chance: np.random.Generator) -> Iterator[Take]:
    """Yield prompts of one real speaker: long ones in the part of machines, short ones in that of people."""
    for signal in prompts.values():
        seconds = len(signal) / RATE
        if 0.3 <= seconds <= 1.3:
            yield _human("recorded word", speaker, "recorded", signal, chance)
    long = [signal for name, signal in prompts.items() if len(signal) / RATE >= 2.0 and not name.startswith("beep")]
    for index, signal in enumerate(long):
        yield _machine(speaker, "recorded", [signal, long[(index * 7 + 1) % len(long)]], chance)


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


def real_prompts(files: dict[str, Path]) -> dict[str, Signal]:
    """Read one speaker's prompts, those of voicemail and of general use; sounds that are no speech are left out."""
    wanted = {
        name: path for name, path in files.items() if name.startswith(("vm-", "hello", "goodbye", "conf", "pbx-"))
    }
    return {name: signal for name, path in sorted(wanted.items()) if len(signal := recordings.read(path))}


def _human(kind: str, speaker: str, source: str, signal: Signal, chance: np.random.Generator) -> Take:
    """Say it once after a moment, wait as people do, then ask again."""
    before = chance.uniform(0.15, 1.6)
    wait = chance.uniform(2.5, 4.0)
    again = before + len(signal) / RATE + wait
    line = _placed([(before, signal), (again, signal)])
    return Take(who="human", kind=kind, speaker=speaker, source=source, signal=line,
                first_turn=before + len(signal) / RATE)  # fmt: skip


def _script(speaker: Speaker, chance: np.random.Generator) -> list[str]:
    words = WORDINGS[speaker.language]
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
