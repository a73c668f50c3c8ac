"""What people answer to "yes, no or don't know", spoken by synthetic voices, over a telephone line."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.amd.lines import RATE, Samples, loudness, noise, over_the_line, telephone_band
from benchmarks.amd.voices import Speaker, Studio, speakers

#: Keyword, as in a flow, and how it is said.
ANSWERS = {
    "Yes": ("Yes.", "Yeah, sure.", "Yes, please.", "Of course."),
    "No": ("No.", "No, thank you.", "Not today.", "Nope."),
    "don't know": ("I don't know.", "I'm not sure.", "Maybe."),
}
#: What is none of them, and must not be taken for one.
OTHERS = (
    "What is this about?",
    "Who is calling, please?",
    "Can you hear me?",
    "I have an appointment tomorrow.",
    "The weather is nice today.",
    "Call me next week.",
    "Just a moment.",
    "Hello?",
)
WISHES = ("Stop calling me.", "Please take me off your list.", "Do not call me again.")
#: Signal to noise in dB; ``None``: no noise but the line's.
CONDITIONS: dict[str, float | None] = {"clean": None, "15 dB": 15.0, "8 dB": 8.0}
_LEVEL_DBFS = -22.0
_KINDS = ("white", "pink", "hum")


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One answer as it arrives, with a second of line before and after it."""

    condition: str
    #: Keyword; ``""``: another sentence; ``wish``: not to be called again.
    meant: str
    text: str
    speaker: str
    samples: Samples


def clips(studio: Studio, *, every: int = 1) -> Iterator[Clip]:
    """Yield every ``every``-th clip, in an order that mixes voices and texts; always the same."""
    said = [(meant, text) for meant, texts in ANSWERS.items() for text in texts]
    said += [("", text) for text in OTHERS] + [("wish", text) for text in WISHES]
    voices = [one for engine in ("pico", "espeak") for one in speakers(engine) if one.language == "en"]
    takes = [(speaker, meant, text) for meant, text in said for speaker in voices]
    for number in range(0, len(takes), every):
        speaker, meant, text = takes[number]
        spoken = studio.say(speaker, text)
        for condition, ratio in CONDITIONS.items():
            yield Clip(
                condition=condition,
                meant=meant,
                text=text,
                speaker=speaker.name,
                samples=_line(spoken, ratio, speaker, text),
            )


def _line(
    spoken: np.ndarray[tuple[int, ...], np.dtype[np.float32]], ratio: float | None, speaker: Speaker, text: str
) -> Samples:
    chance = np.random.default_rng(zlib.crc32(f"{speaker.name}|{text}".encode()))
    level = 10 ** (_LEVEL_DBFS / 20)
    voice = spoken * np.float32(level / max(loudness(spoken), 1e-6))
    pause = np.zeros(RATE, dtype=np.float32)
    signal = np.concatenate((pause, voice, pause))
    kind = _KINDS[int(chance.integers(len(_KINDS)))]
    behind = 10 ** (-65 / 20) if ratio is None else level * 10 ** (-ratio / 20)
    return over_the_line(telephone_band(signal + noise(kind, len(signal), chance, []) * np.float32(behind)))
