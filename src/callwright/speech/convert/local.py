"""Converted audio on this machine, as files that an engine plays: copies, which may be deleted while nothing runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import soundfile

from callwright.speech.cache import SegmentCache

_HASH = re.compile(r"[0-9a-f]{64}")


class LocalAudio:
    """Files ``<folder>/<2 hex>/<hash>.wav`` (16 kHz) and ``.ulaw`` (8 kHz), by the hash of the sound."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._cache = SegmentCache(folder)

    def find(self, key: str) -> Path | None:
        """Return the path without extension, or ``None``."""
        return self._cache.find(key)

    def store(self, key: str, flac: Path) -> Path:
        """Unpack a file that ``worker.convert`` wrote; returns the path without extension. Raises ``OSError``."""
        try:
            signal, _ = soundfile.read(flac, dtype="float32")
        except soundfile.LibsndfileError as error:
            raise OSError(f"{key} cannot be unpacked: {error}") from error
        return self._cache.store(key, signal)

    def keys(self) -> Iterator[str]:
        """Yield the hashes of what is there, whole or not."""
        for path in sorted(self._folder.glob("??/*")):
            if _HASH.fullmatch(path.name[:64]):
                yield path.name[:64]

    def drop(self, key: str) -> None:
        """Delete the files of a sound; a call that plays them now goes on."""
        self._cache.forget(key)
        for path in self._cache.path(key).parent.glob(f"{key}*"):
            path.unlink(missing_ok=True)
