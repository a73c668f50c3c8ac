"""From what an engine wrote to what is kept, and from that to what people listen to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np
import soundfile
from numpy.typing import NDArray

#: What engines write: 16-bit samples, so many a second, no header (``telephony.port.Engine.recordings``).
RATE: Final = 8000
_SAMPLE = np.dtype("<i2")
#: Read and written at once: a minute, so that a call of hours needs no memory.
_BLOCK: Final = 60 * RATE
#: What a listener may ask for, and its content type.
FORMATS: Final = {"wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac"}


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What was written for keeping."""

    seconds: float
    channels: int


def compress(sides: Sequence[Path], target: IO[bytes], *, max_seconds: int | None = None) -> Stored:
    """Write files of an engine as one FLAC, each a channel; their ends are the same moment.

    What is beyond ``max_seconds`` is cut off: engines may write a little more.
    """
    lengths = [path.stat().st_size // _SAMPLE.itemsize for path in sides]
    length = max(lengths)
    kept = length if max_seconds is None else min(length, max_seconds * RATE)
    with soundfile.SoundFile(
        target, "w", samplerate=RATE, channels=len(sides), format="FLAC", subtype="PCM_16"
    ) as flac:
        for at in range(0, kept, _BLOCK):
            count = min(_BLOCK, kept - at)
            sound = [_read(path, at - (length - own), count) for path, own in zip(sides, lengths, strict=True)]
            flac.write(np.stack(sound, axis=1))
    return Stored(seconds=round(kept / RATE, 2), channels=len(sides))


def _read(path: Path, at: int, count: int) -> NDArray[np.int16]:
    """Return so many samples from a place that may lie before the beginning: there it is silent."""
    before = min(max(-at, 0), count)
    found = np.fromfile(path, dtype=_SAMPLE, count=count - before, offset=max(at, 0) * _SAMPLE.itemsize)
    return np.concatenate([np.zeros(before, dtype=np.int16), found])


def convert(flac: Path, wanted: str, target: IO[bytes]) -> None:
    """Write a stored recording in a format of ``FORMATS``."""
    with soundfile.SoundFile(flac) as source:
        more = {"subtype": "PCM_16"} if wanted != "mp3" else {}
        with soundfile.SoundFile(
            target, "w", samplerate=source.samplerate, channels=source.channels, format=wanted.upper(), **more
        ) as made:
            for block in source.blocks(_BLOCK, dtype="int16", always_2d=True):
                made.write(block)


def pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield a file in pieces of ``size`` bytes."""
    while piece := file.read(size):
        yield piece


def silent(path: Path) -> bool:
    """Return whether an engine's file holds nothing at all."""
    return path.stat().st_size < _SAMPLE.itemsize


def scratch(folder: Path | None = None) -> IO[bytes]:
    """Return a file that is gone when it is closed."""
    return tempfile.NamedTemporaryFile(dir=folder, prefix="recording-")
