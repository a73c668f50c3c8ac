"""Rendered segments on disk, named by what went into them; written whole or not at all."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

import soundfile

from callwright.speech import g711
from callwright.speech.levels import Signal, resample, to_samples

#: Rate of the WAV kept beside the telephone's 8 kHz: wideband calls and listening in a browser need it.
WAV_RATE = 16000
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
#: Hashes remembered as being on disk; 100 bytes each.
_MOST_KNOWN = 200_000


class SegmentCache:
    """Files ``<folder>/<2 hex>/<hash>.wav`` (16 kHz PCM) and ``.ulaw`` (raw 8 kHz, for Asterisk).

    Both are readable by everybody, because Asterisk may run as another user. The files may be deleted while nothing
    that uses this object runs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._known: dict[str, Path] = {}

    def find(self, key: str) -> Path | None:
        """Return the segment's path without extension, or ``None``. Looks at the disk only the first time."""
        path = self._known.get(key)
        if path is None:
            path = self.path(key)
            # the .ulaw file is written last: with it there is everything
            if not _holds_data(path.with_suffix(".ulaw")):
                return None
            self._remember(key, path)
        return path

    def path(self, key: str) -> Path:
        """Return where a segment belongs, without extension."""
        return self._folder / key[:2] / key

    def store(self, key: str, signal: Signal) -> Path:
        """Write a segment of 16 kHz and return its path without extension. Raises ``OSError``."""
        path = self.path(key)
        _make_folder(path.parent)
        wav = io.BytesIO()
        soundfile.write(wav, to_samples(signal), WAV_RATE, format="WAV", subtype="PCM_16")
        _write(path.with_suffix(".wav"), wav.getvalue())
        narrow = to_samples(resample(signal, WAV_RATE, g711.RATE))
        _write(path.with_suffix(".ulaw"), g711.encode_ulaw(narrow))
        self._remember(key, path)
        return path

    def _remember(self, key: str, path: Path) -> None:
        if len(self._known) >= _MOST_KNOWN:
            # the oldest: a dict keeps the order of insertion
            self._known.pop(next(iter(self._known)), None)
        self._known[key] = path


def _holds_data(path: Path) -> bool:
    """Whether there is a file with content: after a power cut a renamed file may be there and empty."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _make_folder(folder: Path) -> None:
    """Make a folder and its parents, each enterable by everybody whatever our umask; old ones stay as they are."""
    if folder.exists():
        return
    _make_folder(folder.parent)
    try:
        folder.mkdir()
        folder.chmod(_FOLDER_MODE)
    except FileExistsError:
        pass


def _write(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), _FILE_MODE)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
