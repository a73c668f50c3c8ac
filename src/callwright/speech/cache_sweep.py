"""Keeps the cache of rendered segments within an age and a size, the least used first."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: What was used so lately may be playing in a call.
UNTOUCHED_SECONDS = 7200.0


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What a sweep did, and what it left."""

    deleted: int
    kept: int
    kept_bytes: int


@dataclass(frozen=True, kw_only=True)
class _Segment:
    """One segment on disk: both of its files."""

    used_at: float
    bytes: int
    path: Path


def sweep(folder: Path, *, oldest_seconds: float, most_bytes: int) -> Swept:
    """Delete segments not used for ``oldest_seconds``, then the least used ones until ``most_bytes`` are left.

    Nothing is deleted that was used within ``UNTOUCHED_SECONDS``, even if the folder then stays larger.
    """
    now = time.time()
    found = sorted(_segments(folder), key=lambda segment: segment.used_at)
    left, size, deleted = len(found), sum(segment.bytes for segment in found), 0
    for segment in found:
        age = now - segment.used_at
        if age <= UNTOUCHED_SECONDS or (age <= oldest_seconds and size <= most_bytes):
            break
        # the telephone's file first: with it the segment counts as there
        for suffix in (".ulaw", ".wav"):
            with contextlib.suppress(OSError):
                segment.path.with_suffix(suffix).unlink()
        deleted, left, size = deleted + 1, left - 1, size - segment.bytes
    return Swept(deleted=deleted, kept=left, kept_bytes=size)


def _segments(folder: Path) -> Iterator[_Segment]:
    for inner in _entries(folder):
        if not inner.is_dir(follow_symlinks=False):
            continue
        for entry in _entries(Path(inner.path)):
            if not entry.name.endswith((".ulaw", ".wav")):
                continue
            path = Path(entry.path)
            if path.suffix == ".wav" and path.with_suffix(".ulaw").exists():
                # told with its other half
                continue
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                size = status.st_size
                if path.suffix == ".ulaw":
                    with contextlib.suppress(OSError):
                        size += path.with_suffix(".wav").stat().st_size
                yield _Segment(used_at=status.st_mtime, bytes=size, path=path.with_suffix(""))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
