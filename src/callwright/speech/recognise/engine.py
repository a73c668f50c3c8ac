"""What a recogniser is asked and what it answers; the engines stand behind ``RecognitionEngine``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from callwright.errors import CallwrightError

Samples = NDArray[np.int16]

#: Samples a second of what is recognised.
RATE = 8000


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Something that somebody said, and what is known about it."""

    #: 8 kHz, mono.
    samples: Samples
    #: BCP 47.
    language: str
    #: What the words are probably about, in that language; ``""``: nothing is known.
    prompt: str = ""
    #: Words and phrases that are expected. An engine may hear nothing else, or make a prompt of them.
    words: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """What was understood."""

    #: As the engine wrote it; ``""``: there were no words.
    text: str
    #: 0 to 1, how sure the engine is of the words on average; ``None``: it does not say.
    confidence: float | None = None


class RecognitionFailed(CallwrightError):
    """What was said could not be turned into words."""

    status = 502
    code = "recognition_failed"


class RecogniserBusy(RecognitionFailed):
    """Too many people speak at once: this answer would be understood too late."""

    status = 503
    code = "recogniser_busy"


class RecogniserAbsent(RecognitionFailed):
    """No recogniser is installed for this language."""

    status = 501
    code = "recogniser_absent"


class RecognitionEngine(Protocol):
    """Understands one answer after the other. Lives in the worker's process."""

    def transcribe(self, answer: Answer) -> Transcript:
        """Return the words of an answer; anything that goes wrong is an exception."""
        ...


def possible_answers(words: Sequence[str]) -> str:
    """Return the prompt that lets a model expect these words.

    Measured with tiny.en and yes, no, don't know: 98 % right with it, 94 % without, at the same rate of false ones.
    """
    return f"Possible answers: {', '.join(words)}." if words else ""
