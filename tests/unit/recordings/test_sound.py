"""Two sides become one file, and a file becomes what people listen to."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callwright.recordings import sound
from support.recordings import RATE
from support.recordings import sound as tone


def compressed(folder: Path, *sides: np.ndarray, max_seconds: int | None = None) -> tuple[sound.Stored, np.ndarray]:
    files = []
    for index, samples in enumerate(sides):
        file = folder / f"{index}.sln"
        samples.astype("<i2").tofile(file)
        files.append(file)
    flac = io.BytesIO()
    made = sound.compress(files, flac, max_seconds=max_seconds)
    flac.seek(0)
    read, rate = soundfile.read(flac, dtype="int16", always_2d=True)
    assert rate == RATE
    return made, read


def test_both_sides_end_at_the_same_moment(tmp_path: Path) -> None:
    callee, ours = tone(700, 2.0), tone(1500, 1.5)
    made, read = compressed(tmp_path, callee, ours)
    assert (made.seconds, made.channels) == (2.0, 2)
    assert np.array_equal(read[:, 0], callee)
    # ours began half a second later
    assert not read[: RATE // 2, 1].any()
    assert np.array_equal(read[RATE // 2 :, 1], ours)


def test_minutes_are_written_piece_by_piece(tmp_path: Path) -> None:
    callee = (np.arange(150 * RATE) % 30000).astype(np.int16)
    ours = callee[: 61 * RATE]
    _, read = compressed(tmp_path, callee, ours)
    assert np.array_equal(read[:, 0], callee)
    assert np.array_equal(read[-len(ours) :, 1], ours)
    assert not read[: -len(ours), 1].any()


def test_what_is_beyond_the_longest_time_is_cut_off(tmp_path: Path) -> None:
    made, read = compressed(tmp_path, tone(700, 3.4), max_seconds=2)
    assert (made.seconds, made.channels) == (2.0, 1)
    assert len(read) == 2 * RATE


@pytest.mark.parametrize("form", list(sound.FORMATS))
def test_every_format_holds_both_sides(tmp_path: Path, form: str) -> None:
    flac = tmp_path / "both.flac"
    soundfile.write(flac, np.stack([tone(700, 3.0), tone(1500, 3.0)], axis=1), RATE, subtype="PCM_16")
    with (tmp_path / f"made.{form}").open("w+b") as target:
        sound.convert(flac, form, target)
    read, rate = soundfile.read(tmp_path / f"made.{form}", always_2d=True)
    assert rate == RATE
    assert read.shape[1] == 2
    assert len(read) / rate == pytest.approx(3.0, abs=0.2)
    for channel, pitch in ((0, 700), (1, 1500)):
        spectrum = np.abs(np.fft.rfft(read[:, channel]))
        assert np.argmax(spectrum) * rate / len(read) == pytest.approx(pitch, abs=5)
