"""What every speech engine offers: voices, and samples for a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Gender = Literal["female", "male", "neutral"]
#: 16-bit mono samples.
Samples = NDArray[np.int16]

#: Multiples of an engine's normal rate and pitch that every engine of ours can follow.
SLOWEST, FASTEST = 0.5, 2.0


@dataclass(frozen=True, kw_only=True)
class Voice:
    """One voice of one engine."""

    #: Such as ``pico-en-US-f``.
    id: str
    #: Name of the engine: ``kokoro``, ``piper``, ``pico`` or ``espeak``.
    engine: str
    #: BCP 47 tag of what it speaks.
    language: str
    gender: Gender
    #: How well people understand it: of two voices that fit, the higher one is taken.
    rank: int
    #: Changes when the voice's own files do; empty: the version of the engine's package tells.
    version: str = ""


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """A text for one voice, in words: numbers, dates and the like are already spelled out."""

    text: str
    voice_id: str
    #: Multiples of the voice's normal rate and pitch, 0.5 to 2.0.
    rate: float = 1.0
    pitch: float = 1.0

    def __post_init__(self) -> None:
        for name, value in (("rate", self.rate), ("pitch", self.pitch)):
            if not SLOWEST <= value <= FASTEST:
                raise ValueError(f"{name} is {value}, allowed is {SLOWEST} to {FASTEST}")


class SpeechEngine(Protocol):
    """A synthesiser; lives in a worker process of its own (``callwright.speech.tts.worker``)."""

    name: str

    def voices(self) -> Sequence[Voice]:
        """Return what it can speak with."""
        ...

    def synthesize(self, utterance: Utterance) -> tuple[Samples, int]:
        """Return samples and their rate in Hz. Raises ``ValueError`` for a voice that is not this engine's."""
        ...
