"""What the lab's handsets say: tones are computed, words are spoken by a speech engine, at the first start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np

from callwright.processes import give_to
from callwright.speech.g711 import encode_ulaw

RATE = 8000
#: Spoken by the handsets.
WORDS = {
    "hello": "Hello?",
    "business": "Good morning, Northside Dental, this is Paula speaking, how can I help you?",
    "unavailable": "The person you are calling is not available. Please leave a message.",
    "yes": "Yes.",
    "no": "No.",
    "dont_know": "I don't know.",
    "one": "One.",
    "stop_calling": "Please stop calling me.",
    "greeting": "Hello. You have reached the voicemail of Sarah. I can not take your call right now. "
    "Please leave a message after the tone.",
    "announcement": "Please hold the line while we try to connect you.",
}
#: Frequencies in Hz and seconds: an answering machine's beep, and a fax's called-station tone (ITU-T T.30).
TONES = {"beep": (1000, 0.5), "low_beep": (440, 0.35), "fax": (2100, 3.0)}

#: Renders a text and returns the path of a ``.ulaw`` file without its extension.
Say = Callable[[str], Awaitable[list[Path]]]


async def make(folder: Path, say: Say, user: str | None) -> None:
    """Write every sound that is not there yet as 8 kHz µ-law, readable by the lab."""
    for name, (frequency, seconds) in TONES.items():
        if not (folder / f"{name}.ulaw").exists():
            time = np.arange(int(RATE * seconds)) / RATE
            _put(
                folder / f"{name}.ulaw",
                encode_ulaw((0.4 * 32767 * np.sin(2 * np.pi * frequency * time)).astype(np.int16)),
                user,
            )
    for name, text in WORDS.items():
        if not (folder / f"{name}.ulaw").exists():
            parts = await say(text)
            _put(folder / f"{name}.ulaw", b"".join(part.with_suffix(".ulaw").read_bytes() for part in parts), user)


def _put(path: Path, data: bytes, user: str | None) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_bytes(data)
    temporary.chmod(0o644)
    give_to(temporary, user)
    temporary.replace(path)
