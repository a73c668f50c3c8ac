"""The tone that tells a callee to speak."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from callwright.processes import give_to, service_user
from callwright.speech.g711 import encode_ulaw

RATE: Final = 8000
FREQUENCY: Final = 1000
SECONDS: Final = 0.25
#: Loud enough to be noticed, and 10 dB below the loudest.
_LEVEL: Final = 0.3
#: Rises and falls in this time, so that it does not click.
_EDGE_SECONDS: Final = 0.005


def write_beep(folder: Path) -> Path:
    """Write it as ``beep.ulaw`` for Asterisk, unless it is there; returns its path without extension."""
    path = folder / "beep.ulaw"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        time = np.arange(int(RATE * SECONDS)) / RATE
        edge = np.clip(np.minimum(time, SECONDS - time) / _EDGE_SECONDS, 0, 1)
        tone = _LEVEL * 32767 * edge * np.sin(2 * np.pi * FREQUENCY * time)
        temporary = path.with_suffix(".new")
        temporary.write_bytes(encode_ulaw(tone.astype(np.int16)))
        temporary.chmod(0o644)
        give_to(temporary, service_user())
        temporary.replace(path)
    return path.with_suffix("")
