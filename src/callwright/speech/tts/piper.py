"""Voices of the Piper project (files ``*.onnx`` with ``*.onnx.json``): 0.04 processor seconds a second of speech.

The files are read here without Piper's own program, which is a second espeak-ng and 34 MB: a voice is a network from
numbers of sounds to samples, and its configuration says which number is which sound.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from callwright.speech.tts.engine import Samples, Utterance, Voice
from callwright.speech.tts.installed import PIPER, EngineVoices, NeuralVoice, VoiceFolders
from callwright.speech.tts.neural import open_network, played_rate, speed_for, to_pcm
from callwright.speech.tts.phonemes import Phonemiser

#: Symbols with a meaning of their own: nothing (between all others), beginning, end.
_PAD, _BEGIN, _END = "_", "^", "$"
#: Networks kept in memory, 250 MB each; the one that spoke longest ago makes room.
_MOST_OPEN = 3
#: After these the sentence goes on.
_INNER_MARKS = frozenset(",;:")


@dataclass(frozen=True, kw_only=True)
class _Open:
    """A voice that is loaded."""

    network: onnxruntime.InferenceSession
    configuration: dict[str, Any]


class PiperEngine:
    """Voices from the installed files and the user's folders; each is loaded when it first speaks."""

    name = PIPER

    def __init__(self, folders: VoiceFolders) -> None:
        self._voices = EngineVoices(folders, PIPER)
        self._open: dict[Path, _Open] = {}
        self._phonemiser = Phonemiser()

    def voices(self) -> Sequence[Voice]:
        """Return the voices found."""
        return self._voices.all()

    def synthesize(self, utterance: Utterance) -> tuple[Samples, int]:
        """Return samples, and their rate in Hz, which follows the pitch. Raises ``ValueError``, ``EspeakError``."""
        voice = self._voices.get(utterance.voice_id)
        loaded = self._loaded(voice)
        numbers = self._numbers(utterance.text, voice, loaded.configuration)
        signal = (
            _speak(loaded, numbers, speed_for(utterance.rate, utterance.pitch))
            if len(numbers) > _SILENT_NUMBERS
            else np.zeros(0, dtype=np.float32)
        )
        return to_pcm(signal), played_rate(int(loaded.configuration["audio"]["sample_rate"]), utterance.pitch)

    def _loaded(self, voice: NeuralVoice) -> _Open:
        loaded = self._open.pop(voice.model, None)
        if loaded is None:
            while len(self._open) >= _MOST_OPEN:
                self._open.pop(next(iter(self._open)))
            loaded = _Open(network=open_network(voice.model), configuration=json.loads(voice.detail.read_bytes()))
        # at the end: the order is that of use
        self._open[voice.model] = loaded
        return loaded

    def _numbers(self, text: str, voice: NeuralVoice, configuration: dict[str, Any]) -> list[int]:
        table: dict[str, list[int]] = configuration["phoneme_id_map"]
        numbers = [*table[_BEGIN], *table[_PAD]]
        for symbol in self._symbols(text, voice, configuration.get("phoneme_type", "espeak")):
            if symbol in table:
                numbers += [*table[symbol], *table[_PAD]]
        return [*numbers, *table[_END]]

    def _symbols(self, text: str, voice: NeuralVoice, kind: str) -> str:
        if kind == "text":
            return unicodedata.normalize("NFD", text)
        if kind != "espeak":
            raise ValueError(
                f"the voice {voice.voice.id} reads '{kind}', which is not known here; only espeak and text"
            )
        phrases = self._phonemiser.phrases(text, voice.espeak)
        said = "".join(phrase.sounds + phrase.mark + (" " if phrase.mark in _INNER_MARKS else "") for phrase in phrases)
        return unicodedata.normalize("NFD", said)


#: Beginning, nothing, end: there is nothing to say.
_SILENT_NUMBERS = 3


def _speak(loaded: _Open, numbers: list[int], speed: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    said = loaded.configuration.get("inference", {})
    given: dict[str, Any] = {
        "input": np.array([numbers], dtype=np.int64),
        "input_lengths": np.array([len(numbers)], dtype=np.int64),
        "scales": np.array(
            [said.get("noise_scale", 0.667), said.get("length_scale", 1.0) / speed, said.get("noise_w", 0.8)],
            dtype=np.float32,
        ),
    }
    if int(loaded.configuration.get("num_speakers", 1)) > 1:
        # of a file with several speakers the first one
        given["sid"] = np.array([0], dtype=np.int64)
    answers = loaded.network.run(None, given)
    signal: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = np.asarray(answers[0], dtype=np.float32).ravel()
    return signal
