"""Which digits were read out to a telephone: its recording is compared with each digit's sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from callwright.speech.speaker import Speaker, SpeechRequest

_ALIKE = 0.8
_RATE = 8000


async def digits_in(heard: Path, audio: Path, *, voice: str = "pico-en-US-f", speed: float = 0.9) -> str:
    """Return the digits of a recording in their order; ``audio``: where the appliance keeps its speech."""
    samples, rate = soundfile.read(heard)
    assert rate == _RATE
    found: list[tuple[int, float, str]] = []
    speaker = Speaker(audio)
    try:
        for digit in "0123456789":
            (path,) = await speaker.render(SpeechRequest(text=f"{digit}.", voice=voice, rate=speed))
            sound, _ = soundfile.read(path.with_suffix(".wav"))
            found += [(place, alike, digit) for place, alike in _places(samples, sound[::2])]
    finally:
        await speaker.close()
    # of two that claim the same place the more alike is right
    kept: list[tuple[int, float, str]] = []
    for place, alike, digit in sorted(found, key=lambda each: -each[1]):
        if all(abs(place - other) > _RATE // 4 for other, _, _ in kept):
            kept.append((place, alike, digit))
    return "".join(digit for _, _, digit in sorted(kept))


def _places(samples: NDArray[np.float64], sound: NDArray[np.float64]) -> list[tuple[int, float]]:
    """Return where a sound is and how alike (0 to 1), each place once."""
    size = 1 << (len(samples) + len(sound)).bit_length()
    spectrum = np.fft.rfft(samples, size) * np.conj(np.fft.rfft(sound, size))
    alike = np.fft.irfft(spectrum, size)[: len(samples) - len(sound)]
    energy = np.concatenate(([0.0], np.cumsum(samples**2)))
    window = energy[len(sound) : len(sound) + len(alike)] - energy[: len(alike)]
    alike = alike / (np.sqrt(np.maximum(window, 1e-6)) * np.linalg.norm(sound))
    places: list[tuple[int, float]] = []
    while alike.max(initial=0.0) > _ALIKE:
        best = int(alike.argmax())
        places.append((best, float(alike[best])))
        alike[max(0, best - len(sound) // 2) : best + len(sound) // 2] = 0.0
    return places
