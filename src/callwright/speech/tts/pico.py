"""SVOX Pico (Apache-2.0), by the package py-nanotts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from py_nanotts import NanoTTS

from callwright.speech.tts.engine import Samples, Utterance, Voice
from callwright.speech.tts.shipped import PICO, engine_version, pico_voices
from callwright.speech.tts.zeroed_memory import zeroed_memory

_RATE = 16000
#: At its normal volume Pico's loud vowels are cut off at full scale (377 samples of a 3 s sentence); at half none is.
_VOLUME = 0.5
#: Pico reads ``<`` as the start of its own markup.
_MARKUP = str.maketrans("<>", "  ")


class PicoEngine:
    """Six women's voices, well understood over a telephone."""

    name = PICO

    def __init__(self) -> None:
        self.version = engine_version(PICO)
        self._languages = {voice.id: voice.language for voice in pico_voices()}
        self._speak = NanoTTS().speak

    def voices(self) -> Sequence[Voice]:
        """Return the six voices."""
        return pico_voices()

    def synthesize(self, utterance: Utterance) -> tuple[Samples, int]:
        """Return samples at 16 kHz. Raises ``ValueError`` for another engine's voice."""
        language = self._languages.get(utterance.voice_id)
        if language is None:
            raise ValueError(f"{utterance.voice_id} is no voice of {self.name}")
        # Pico reads memory that it never wrote: without this the same text took 6.2 or 7.2 s, by what was spoken before
        with zeroed_memory():
            pcm = self._speak(
                utterance.text.translate(_MARKUP),
                voice=language,
                speed=utterance.rate,
                pitch=utterance.pitch,
                volume=_VOLUME,
            )
        return np.frombuffer(pcm, dtype="<i2").astype(np.int16), _RATE
