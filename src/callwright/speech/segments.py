"""The parts of a message as they are rendered and cached: one sentence, or a silence."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.speech.markup import Break, Run, is_markup, runs
from callwright.speech.normalise.text import normalise
from callwright.speech.sentences import split_sentences
from callwright.speech.tts.engine import FASTEST, SLOWEST


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """Words for the engine: numbers and the like are written out."""

    text: str
    rate: float = 1.0
    pitch: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Nothing is said for so long."""

    milliseconds: int


Segment = Sentence | Silence


def plan(text: str, language: str, *, rate: float = 1.0, pitch: float = 1.0) -> list[Segment]:
    """Return what is to be rendered, in order. Never raises; rates and pitches are brought within their limits."""
    segments: list[Segment] = []
    for item in runs(text, language) if is_markup(text) else [Run(text=text)]:
        if isinstance(item, Break):
            if item.milliseconds:
                segments.append(Silence(milliseconds=item.milliseconds))
            continue
        segments.extend(
            Sentence(text=part, rate=_within(rate * item.rate), pitch=_within(pitch * item.pitch))
            for part in split_sentences(normalise(item.text, language))
        )
    return segments


def _within(value: float) -> float:
    # rounded: 0.1 + 0.2 must not make another cache entry than 0.3
    return round(max(SLOWEST, min(FASTEST, value)), 3)
