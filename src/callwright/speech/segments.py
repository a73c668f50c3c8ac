"""The parts of a message as they are rendered and cached: one sentence, or a silence."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.speech.sentences import split_sentences


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """Words for the engine."""

    text: str
    rate: float = 1.0
    pitch: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Nothing is said for so long."""

    milliseconds: int


Segment = Sentence | Silence


def plan(text: str, language: str, *, rate: float = 1.0, pitch: float = 1.0) -> list[Segment]:
    """Return what is to be rendered, in order."""
    del language
    return [Sentence(text=part, rate=rate, pitch=pitch) for part in split_sentences(text)]
