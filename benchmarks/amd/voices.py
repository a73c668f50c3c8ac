"""Synthetic speakers: voices of an engine at several rates and pitches. What they said is kept below ``.cache``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.amd import flite
from benchmarks.amd.flite import FliteEngine
from benchmarks.amd.lines import RATE, Signal
from callwright.speech.levels import prepare
from callwright.speech.tts.engine import SpeechEngine, Utterance
from callwright.speech.tts.espeak import EspeakEngine
from callwright.speech.tts.installed import VoiceFolders
from callwright.speech.tts.kokoro import KokoroEngine
from callwright.speech.tts.pico import PicoEngine
from callwright.speech.tts.piper import PiperEngine

_MANNERS = {
    "pico": ((1.0, 1.0), (1.2, 0.8), (0.85, 1.15), (1.1, 0.65), (1.35, 1.05)),
    "espeak": ((1.0, 1.0), (0.8, 0.85), (1.2, 1.2)),
    "piper": ((1.0, 1.0), (1.2, 0.85), (0.85, 1.15), (1.1, 1.2), (1.3, 1.0)),
    "flite": ((1.0, 1.0), (1.2, 0.85), (0.85, 1.15), (1.1, 1.2), (1.3, 1.0)),
}
#: How Kokoro's voices speak, in turn.
_RATES = (1.0, 1.15, 0.9, 1.3)
_VOICES = {
    "pico": ("en-US-f", "en-GB-f", "de-DE-f", "es-ES-f", "fr-FR-f", "it-IT-f"),
    "flite": tuple(f"en-US {name}" for name in flite.VOICES),
    "piper": ("en-US en_US-joe-medium",),
    "kokoro": ("en-US af_heart", "fr-FR ff_siwis", "it-IT im_nicola"),
    "espeak": ("en-US-m", "en-US-f", "en-GB-m", "de-DE-f", "de-DE-m", "es-ES-m", "fr-FR-m", "it-IT-f"),
}  # fmt: skip


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
    def voice_id(self) -> str:
        """As the engine knows it."""
        return f"{self.engine}-{self.voice.rpartition(' ')[2]}"

    @property
    def name(self) -> str:
        """Such as ``pico en-US-f 1.2 0.8``."""
        return f"{self.engine} {self.voice} {self.rate} {self.pitch}"


def speakers(engine: str) -> list[Speaker]:
    """Return the engine's speakers."""
    if engine in _MANNERS:
        return [
            Speaker(engine=engine, voice=voice, rate=rate, pitch=pitch)
            for rate, pitch in _MANNERS[engine]
            for voice in _VOICES[engine]
        ]
    return [
        Speaker(engine=engine, voice=voice, rate=_RATES[number % len(_RATES)], pitch=1.0)
        for number, voice in enumerate(_VOICES[engine])
    ]


class Studio:
    """Lets speakers speak."""

    def __init__(self, folder: Path, *, voices: Path, packages: Path) -> None:
        """``voices``: where ``callwright voices install`` put Kokoro's and Piper's; ``packages``: where Debian's go."""
        self._folder = folder
        self._voices = VoiceFolders(own=voices)
        self._packages = packages
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
        utterance = Utterance(text=text, voice_id=speaker.voice_id, rate=speaker.rate, pitch=speaker.pitch)
        spoken = prepare(*engine.synthesize(utterance), RATE)
        if spoken is None:
            raise ValueError(f"{speaker.name} says nothing for {text!r}")
        new = path.with_suffix(".new.npy")
        np.save(new, np.trim_zeros(spoken))
        new.rename(path)

    def _engine(self, name: str) -> SpeechEngine:
        if name not in self._engines:
            match name:
                case "pico":
                    self._engines[name] = PicoEngine()
                case "espeak":
                    self._engines[name] = EspeakEngine()
                case "kokoro":
                    self._engines[name] = KokoroEngine(self._voices)
                case "piper":
                    self._engines[name] = PiperEngine(self._voices)
                case _:
                    self._engines[name] = FliteEngine(self._packages)
        return self._engines[name]
