"""How well voices are understood on a telephone: word errors of the recogniser, clean and in noise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from callwright.speech.g711 import decode_ulaw
from callwright.speech.normalise.text import normalise
from callwright.speech.recognise.engine import Answer
from callwright.speech.recognise.models import find_models
from callwright.speech.recognise.whisper import WhisperEngine

#: Signal to noise in dB of the second condition.
NOISE_DB = 15.0


class Ears:
    """The recogniser of answers, used on whole sentences. Raises ``LookupError`` where no model is installed."""

    def __init__(self) -> None:
        folder = find_models().whisper.get("en")
        if folder is None:
            raise LookupError("no recogniser for English is installed")
        self._whisper = WhisperEngine(folder)
        self._chance = np.random.default_rng(7)

    def errors(self, said: str, files: Sequence[Path], *, noise_db: float | None = None) -> tuple[int, int]:
        """Return how many words were misheard, and of how many."""
        samples = decode_ulaw(b"".join(path.with_suffix(".ulaw").read_bytes() for path in files))
        if noise_db is not None:
            signal = samples.astype(np.float64)
            power = np.sqrt(np.mean(np.square(signal))) / 10 ** (noise_db / 20)
            noisy = signal + self._chance.normal(size=len(signal)) * power
            samples = np.clip(noisy, -32768, 32767).astype(np.int16)
        heard = self._whisper.transcribe(Answer(samples=samples, language="en-US"))
        wanted = _words(said)
        return _distance(wanted, _words(heard.text)), len(wanted)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", normalise(text, "en-US").lower().replace("-", " "))


def _distance(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Return the fewest words to change, add or leave out (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for index, word in enumerate(wanted, 1):
        before, row[0] = row[0], index
        for place, other in enumerate(heard, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (word != other))
    return row[-1]
