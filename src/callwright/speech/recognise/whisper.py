"""Whisper by CTranslate2, in 8 bits, with one thread: tiny.en of a package, or a model of the operator's."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import soxr
from faster_whisper import WhisperModel

from callwright.speech.recognise.engine import RATE, Answer, Transcript, possible_answers

#: What Whisper wants, in Hz.
_RATE = 16000
#: Silence around what is recognised: a word at the very edge is misheard.
_EDGE_SECONDS = 0.2
#: Tokens of an answer, and of the words it may be made of; the model has room for 448 in all.
_MOST_TOKENS = 64
_MOST_PROMPT_CHARACTERS = 600


class WhisperEngine:
    """One model, loaded once. Nothing is ever fetched: ``folder`` must hold all of it."""

    def __init__(self, folder: Path) -> None:
        self._model = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1, local_files_only=True
        )

    def transcribe(self, answer: Answer) -> Transcript:
        """Return the words of an answer."""
        edge = np.zeros(round(RATE * _EDGE_SECONDS), dtype=np.float32)
        signal = np.concatenate((edge, answer.samples.astype(np.float32) / np.float32(32768.0), edge))
        prompt = answer.prompt or possible_answers(answer.words)
        segments, _ = self._model.transcribe(
            soxr.resample(signal, RATE, _RATE),
            language=answer.language.partition("-")[0].lower() if self._model.model.is_multilingual else "en",
            initial_prompt=prompt[:_MOST_PROMPT_CHARACTERS] or None,
            beam_size=1,
            # no second try at a higher temperature: it costs as much again and invents
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            max_new_tokens=_MOST_TOKENS,
        )
        found = list(segments)
        text = " ".join(segment.text.strip() for segment in found).strip()
        if not text:
            return Transcript(text="")
        # one answer is one segment: the model looks at 30 seconds at once
        confidence = math.exp(min(0.0, sum(segment.avg_logprob for segment in found) / len(found)))
        return Transcript(text=text, confidence=round(confidence, 3))
