"""Pocketsphinx with a grammar of the expected words: little work, English only, and it hears nothing but them.

What it cannot do is to say that something else was said: about half of other words are taken for one of the expected
ones (measured). So it is a choice for machines with little processor, and for questions where that does little harm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import soxr
from pocketsphinx import Decoder

from callwright.speech.recognise.engine import RATE, Answer, RecognitionFailed, Transcript

_RATE = 16000
_WORD = re.compile(r"[a-z']+")
#: Grammars are few: one for each question of the flows in the air.
_MOST_GRAMMARS = 50


class SphinxEngine:
    """A decoder with the English model of its package."""

    def __init__(self) -> None:
        self._decoder = Decoder(samprate=_RATE, loglevel="FATAL")
        self._grammars: dict[tuple[str, ...], str] = {}

    def transcribe(self, answer: Answer) -> Transcript:
        """Return which of the expected phrases was said."""
        self._decoder.activate_search(self._grammar(answer.words))
        signal = soxr.resample(answer.samples.astype(np.float32) / np.float32(32768.0), RATE, _RATE)
        pcm = np.clip(np.rint(signal * 32767.0), -32768, 32767).astype("<i2").tobytes()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return Transcript(text="" if found is None else found.hypstr)

    def _grammar(self, words: Sequence[str]) -> str:
        key = tuple(words)
        if key in self._grammars:
            return self._grammars[key]
        phrases = [found for found in (self._known(phrase) for phrase in words) if found]
        if not phrases:
            raise RecognitionFailed("none of the expected words is in the dictionary")
        if len(self._grammars) >= _MOST_GRAMMARS:
            for name in self._grammars.values():
                self._decoder.remove_search(name)
            self._grammars.clear()
        name = self._grammars[key] = f"answers{len(self._grammars)}"
        alternatives = " | ".join(dict.fromkeys(phrases))
        self._decoder.add_jsgf_string(name, f"#JSGF V1.0; grammar {name}; public <answer> = {alternatives} ;")
        return name

    def _known(self, phrase: str) -> str | None:
        """Return a phrase as the grammar writes it; ``None`` when one of its words is in no dictionary."""
        parts = _WORD.findall(phrase.lower().replace("\u2019", "'"))
        known = bool(parts) and all(self._decoder.lookup_word(part) is not None for part in parts)
        return " ".join(parts) if known else None
