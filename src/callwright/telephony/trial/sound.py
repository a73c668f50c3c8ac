"""Sound for a browser: what the telephone would hear, as one WAV file."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from callwright.speech.g711 import RATE, decode_ulaw


def telephone_wav(files: Sequence[Path]) -> tuple[bytes, float]:
    """Return files that an engine plays (paths without extension) as a WAV of 8 kHz, and its seconds.

    Raises ``OSError`` when one of them is gone.
    """
    parts = [decode_ulaw(path.with_suffix(".ulaw").read_bytes()) for path in files]
    samples = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16)
    target = io.BytesIO()
    with wave.open(target, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(samples.astype("<i2").tobytes())
    return target.getvalue(), len(samples) / RATE
