"""What is approved: a text as its author wrote it, known again by its hash."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

#: Fields of a step, at whatever depth, whose text people hear or read.
_TEXT_FIELDS = frozenset({"text", "subject", "html"})


def text_hash(text: str) -> bytes:
    """Return the SHA-256 by which a text is known again.

    Line breaks, repeated spaces and the form of accents do not make another text; everything else does, its
    placeholders too. What a placeholder is filled with is the person's data and is not looked at.
    """
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    return hashlib.sha256(b"text\0" + plain.encode()).digest()


def sound_hash(content_hash: bytes) -> bytes:
    """Return the SHA-256 by which a sound is known again: that of what is played, whatever it is called."""
    return hashlib.sha256(b"audio\0" + content_hash).digest()


def texts_of(flow: Mapping[str, Any]) -> list[str]:
    """Return the texts of a stored flow, each once: the announcement of a recording, then in the order of its steps."""
    recording = flow.get("recording")
    announcement = recording.get("announcement") if isinstance(recording, Mapping) else None
    said = [announcement] if isinstance(announcement, str) else []
    return list(dict.fromkeys(text for text in (*said, *_walk(flow.get("steps"))) if text.strip()))


def _walk(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in _TEXT_FIELDS and isinstance(inner, str):
                yield inner
            else:
                yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)
