"""Kokoro-82M (Apache-2.0): the clearest voice on a telephone, at 0.3 processor seconds a second of speech."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from callwright.speech.tts.engine import Samples, Utterance, Voice
from callwright.speech.tts.installed import KOKORO, EngineVoices, NeuralVoice, VoiceFolders
from callwright.speech.tts.kokoro_symbols import SYMBOLS
from callwright.speech.tts.neural import open_network, played_rate, speed_for, to_pcm
from callwright.speech.tts.phonemes import Phonemiser, Phrase

_RATE = 24000
#: Symbols that the network reads at once.
_MOST_SYMBOLS = 510
#: A voice's file holds a style for each length of text.
_STYLE = 256


class KokoroEngine:
    """Voices from the installed files; the network is loaded with the first."""

    name = KOKORO

    def __init__(self, folders: VoiceFolders) -> None:
        self._voices = EngineVoices(folders, KOKORO)
        self._network: onnxruntime.InferenceSession | None = None
        self._styles: dict[Path, np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = {}
        self._phonemiser = Phonemiser()

    def voices(self) -> Sequence[Voice]:
        """Return the installed voices."""
        return self._voices.all()

    def synthesize(self, utterance: Utterance) -> tuple[Samples, int]:
        """Return samples, and their rate in Hz, which follows the pitch. Raises ``ValueError``, ``EspeakError``."""
        voice = self._voices.get(utterance.voice_id)
        speed = speed_for(utterance.rate, utterance.pitch)
        parts = [
            self._speak(voice, numbers, speed)
            for numbers in _pieces(self._phonemiser.phrases(utterance.text, voice.espeak))
        ]
        signal = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
        return to_pcm(signal), played_rate(_RATE, utterance.pitch)

    def _speak(
        self, voice: NeuralVoice, numbers: list[int], speed: float
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        if self._network is None:
            self._network = open_network(voice.model)
        style = self._style(voice.detail)
        names = [given.name for given in self._network.get_inputs()]
        answers = self._network.run(
            None,
            {
                # older exports call them ``tokens``, newer ones ``input_ids``
                next(name for name in names if name in {"tokens", "input_ids"}): np.array([[0, *numbers, 0]], np.int64),
                "style": style[min(len(numbers), len(style)) - 1],
                "speed": np.array([speed], dtype=np.float32),
            },
        )
        signal: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = np.asarray(answers[0], dtype=np.float32).ravel()
        return signal

    def _style(self, path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        if path not in self._styles:
            self._styles[path] = np.fromfile(path, dtype=np.float32).reshape(-1, 1, _STYLE)
        return self._styles[path]


def _pieces(phrases: Sequence[Phrase]) -> Iterator[list[int]]:
    """Yield what the network can read at once: as many phrases as fit; one that is too long by itself is cut."""
    waiting: list[int] = []
    for phrase in phrases:
        text = phrase.sounds + phrase.mark + " "
        numbers = [SYMBOLS[symbol] for symbol in text if symbol in SYMBOLS]
        if waiting and len(waiting) + len(numbers) > _MOST_SYMBOLS:
            yield waiting
            waiting = []
        waiting += numbers
        while len(waiting) > _MOST_SYMBOLS:
            yield waiting[:_MOST_SYMBOLS]
            waiting = waiting[_MOST_SYMBOLS:]
    if waiting and waiting[-1] == SYMBOLS[" "]:
        waiting.pop()
    if waiting:
        yield waiting
