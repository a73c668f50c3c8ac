"""Synthetic speakers: voices of an engine at several rates and pitches. What they said is kept below ``.cache``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.amd.lines import RATE, Signal
from callwright.speech.levels import prepare
from callwright.speech.tts.engine import SpeechEngine, Utterance
from callwright.speech.tts.espeak import EspeakEngine
from callwright.speech.tts.pico import PicoEngine

_MANNERS = {
    "pico": ((1.0, 1.0), (1.2, 0.8), (0.85, 1.15), (1.1, 0.65), (1.35, 1.05)),
    "espeak": ((1.0, 1.0), (0.8, 0.85), (1.2, 1.2)),
}
_VOICES = {
    "pico": ("en-US-f", "en-GB-f", "de-DE-f", "es-ES-f", "fr-FR-f", "it-IT-f"),
    "espeak": ("en-US-m", "en-US-f", "en-GB-m", "de-DE-f", "de-DE-m", "es-ES-m", "fr-FR-m", "it-IT-f"),
}


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """One voice in one manner."""

    engine: str
    voice: str
    rate: float
    pitch: float

    @property
    def language(self) -> str:
        """Two letters."""
        return self.voice[:2]

    @property
    def name(self) -> str:
        """Such as ``pico en-US-f 1.2 0.8``."""
        return f"{self.engine} {self.voice} {self.rate} {self.pitch}"


def speakers(engine: str) -> list[Speaker]:
    """Return the engine's speakers."""
    return [
        Speaker(engine=engine, voice=voice, rate=rate, pitch=pitch)
        for rate, pitch in _MANNERS[engine]
        for voice in _VOICES[engine]
    ]


class Studio:
    """Lets speakers speak."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._engines: dict[str, SpeechEngine] = {}

    def say(self, speaker: Speaker, text: str) -> Signal:
        """Return the text spoken, at 8 kHz, without silence at its edges."""
        key = hashlib.sha256(f"{speaker.name}|{text}".encode()).hexdigest()[:24]
        path = self._folder / f"{key}.npy"
        if not path.exists():
            self._keep(path, speaker, text)
        signal: Signal = np.load(path)
        return signal

    def _keep(self, path: Path, speaker: Speaker, text: str) -> None:
        engine = self._engine(speaker.engine)
        utterance = Utterance(
            text=text, voice_id=f"{speaker.engine}-{speaker.voice}", rate=speaker.rate, pitch=speaker.pitch
        )
        spoken = prepare(*engine.synthesize(utterance), RATE)
        if spoken is None:
            raise ValueError(f"{speaker.name} says nothing for {text!r}")
        new = path.with_suffix(".new.npy")
        np.save(new, np.trim_zeros(spoken))
        new.rename(path)

    def _engine(self, name: str) -> SpeechEngine:
        if name not in self._engines:
            self._engines[name] = PicoEngine() if name == "pico" else EspeakEngine()
        return self._engines[name]
