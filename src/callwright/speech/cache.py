"""Rendered segments on disk, named by what went into them; written whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import time
from pathlib import Path

import soundfile

from callwright.speech import g711
from callwright.speech.levels import Signal, resample, to_samples

#: Below the folder of audio: what everybody hears, and what was filled in for one person and is kept for hours.
SHARED, PERSONAL = "tts", "tts-personal"
#: Rate of the WAV kept beside the telephone's 8 kHz: wideband calls and listening in a browser need it.
WAV_RATE = 16000
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
#: A use is noted once in so many seconds: a write for each would cost more than it tells.
_NOTED_SECONDS = 3600.0
#: Hashes remembered as being on disk; 100 bytes each.
_MOST_KNOWN = 200_000


class SegmentCache:
    """Files ``<folder>/<2 hex>/<hash>.wav`` (16 kHz PCM) and ``.ulaw`` (raw 8 kHz, for Asterisk).

    Both are readable by everybody, because Asterisk may run as another user. What ``cache_sweep`` deletes is made
    again when it is asked for.
    """

    def __init__(self, folder: Path, *, longest_seconds: float | None = None) -> None:
        """``longest_seconds``: older segments are not found any more, however often they are used."""
        self._folder = folder.absolute()
        self._longest = longest_seconds
        self._known: dict[str, Path] = {}

    def find(self, key: str) -> Path | None:
        """Return the segment's path without extension, or ``None``. Costs one look at the disk, and notes the use."""
        path = self._known.get(key) or self.path(key)
        # the .ulaw file is written last: with it there is everything
        file = path.with_suffix(".ulaw")
        try:
            status = file.stat()
        except OSError:
            self._known.pop(key, None)
            return None
        age = time.time() - status.st_mtime
        # after a power cut a renamed file may be there and empty
        if status.st_size == 0 or (self._longest is not None and age > self._longest):
            self._known.pop(key, None)
            return None
        if self._longest is None and age > _NOTED_SECONDS:
            _note_use(file)
        if key not in self._known:
            self._remember(key, path)
        return path

    def path(self, key: str) -> Path:
        """Return where a segment belongs, without extension."""
        return self._folder / key[:2] / key

    def forget(self, key: str) -> None:
        """Look at the disk again when this segment is asked for next."""
        self._known.pop(key, None)

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


def _note_use(file: Path) -> None:
    """Set the time of change to now: the sweep deletes what was not used for long. Another process may have been it."""
    with contextlib.suppress(OSError):
        os.utime(file)


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
