from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from callwright.speech.cache import SegmentCache
from callwright.speech.cache_sweep import UNTOUCHED_SECONDS, sweep

DAY = 86400.0
SIGNAL = np.zeros(1600, dtype=np.float32)


def add(cache: SegmentCache, name: str, age: float) -> Path:
    path = cache.store(name * 8, SIGNAL)
    then = time.time() - age
    for suffix in (".wav", ".ulaw"):
        os.utime(path.with_suffix(suffix), (then, then))
    return path


@pytest.fixture
def cache(tmp_path: Path) -> SegmentCache:
    return SegmentCache(tmp_path)


def test_what_nobody_used_for_long_is_deleted(tmp_path: Path, cache: SegmentCache) -> None:
    old, new = add(cache, "aaaa", 31 * DAY), add(cache, "bbbb", 29 * DAY)
    swept = sweep(tmp_path, oldest_seconds=30 * DAY, most_bytes=10**9)
    assert (swept.deleted, swept.kept) == (1, 1)
    assert not list(old.parent.glob(f"{old.name}.*"))
    assert len(list(new.parent.glob(f"{new.name}.*"))) == 2
    assert cache.find("aaaa" * 8) is None
    assert cache.find("bbbb" * 8) == new


def test_of_too_many_the_least_used_go_first(tmp_path: Path, cache: SegmentCache) -> None:
    for index, name in enumerate(("aaaa", "bbbb", "cccc", "dddd")):
        add(cache, name, (10 - index) * DAY)
    one = sum(path.stat().st_size for path in tmp_path.rglob("aaaa*") if path.is_file())
    swept = sweep(tmp_path, oldest_seconds=30 * DAY, most_bytes=2 * one)
    assert (swept.deleted, swept.kept, swept.kept_bytes) == (2, 2, 2 * one)
    assert cache.find("cccc" * 8) is not None
    assert cache.find("dddd" * 8) is not None


def test_what_may_be_playing_stays_whatever_the_size(tmp_path: Path, cache: SegmentCache) -> None:
    add(cache, "aaaa", UNTOUCHED_SECONDS - 60)
    assert sweep(tmp_path, oldest_seconds=1, most_bytes=0).kept == 1


def test_a_use_is_noted(tmp_path: Path, cache: SegmentCache) -> None:
    add(cache, "aaaa", 40 * DAY)
    assert cache.find("aaaa" * 8) is not None
    assert sweep(tmp_path, oldest_seconds=30 * DAY, most_bytes=10**9).deleted == 0


def test_what_is_personal_ends_however_often_it_is_used(tmp_path: Path) -> None:
    personal = SegmentCache(tmp_path, longest_seconds=DAY)
    path = add(personal, "aaaa", DAY - 60)
    assert personal.find("aaaa" * 8) == path
    # found, and its age is still that of its making
    then = path.with_suffix(".ulaw").stat().st_mtime
    assert then < time.time() - DAY + 120
    add(personal, "bbbb", DAY + 60)
    assert personal.find("bbbb" * 8) is None


def test_half_a_segment_is_deleted_too(tmp_path: Path, cache: SegmentCache) -> None:
    path = add(cache, "aaaa", 40 * DAY)
    path.with_suffix(".ulaw").unlink()
    (tmp_path / "stray").write_text("not ours")
    assert sweep(tmp_path, oldest_seconds=30 * DAY, most_bytes=10**9).deleted == 1
    assert not path.with_suffix(".wav").exists()
    assert (tmp_path / "stray").exists()
    assert sweep(tmp_path / "missing", oldest_seconds=1, most_bytes=1).kept == 0
