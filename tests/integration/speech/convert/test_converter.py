"""Files of strangers, through the process that converts them: every format, and what is no sound at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callwright.speech.convert.converter import ConversionBroke, Converter
from callwright.speech.levels import TARGET_RMS_DBFS
from support.sound_files import KINDS, encoded, samples_of, speechlike, tones

PNG = b"\x89PNG\r\n\x1a\n" + bytes(1000)


async def convert(folder: Path, content: bytes, **options: Any) -> Mapping[str, Any]:
    source = folder / "source"
    source.write_bytes(content)
    return await Converter(**options).convert(source, folder / "sound.flac", folder / "sound.mp3")


def strength(signal: Any, frequency: float, rate: int = 16000) -> float:
    """Return the part of a signal's power that is at a frequency."""
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal)))) ** 2
    at = round(frequency * len(signal) / rate)
    return float(spectrum[max(0, at - 3) : at + 4].sum() / spectrum.sum())


@pytest.mark.parametrize("kind", KINDS)
async def test_every_format_becomes_the_same_sound(tmp_path: Path, kind: str) -> None:
    facts = await convert(tmp_path, encoded(tones((440, 1.0), (1000, 0.5)), kind))
    assert facts["format"] == kind.split(",", maxsplit=1)[0].replace("opus", "ogg")
    assert facts["seconds"] == pytest.approx(1.5, abs=0.06)
    assert facts["loudness_dbfs"] == pytest.approx(TARGET_RMS_DBFS, abs=0.5)
    for name in ("sound.flac", "sound.mp3"):
        heard = samples_of((tmp_path / name).read_bytes())
        assert len(heard) / 16000 == pytest.approx(1.5, abs=0.1)
        assert strength(heard[2000:14000], 440) > 0.99
        assert strength(heard[-6000:-2000], 1000) > 0.99


@pytest.mark.parametrize("amplitude", [0.03, 0.2, 1.0])
async def test_what_is_soft_or_loud_comes_out_alike_and_is_not_cut_off(tmp_path: Path, amplitude: float) -> None:
    facts = await convert(tmp_path, encoded(speechlike(6.0, amplitude=amplitude), "flac", channels=2))
    assert facts["loudness_dbfs"] == pytest.approx(TARGET_RMS_DBFS, abs=1.5)
    assert facts["peak_dbfs"] <= -1.9
    assert facts["channels"] == 2
    heard = samples_of((tmp_path / "sound.flac").read_bytes())
    assert np.abs(heard).max() < 0.81


async def test_the_same_sound_has_the_same_hash(tmp_path: Path) -> None:
    signal = tones((440, 0.5))
    first = await convert(tmp_path, encoded(signal, "flac"))
    assert first["hash"] == (await convert(tmp_path, encoded(signal, "flac")))["hash"]
    assert first["hash"] != (await convert(tmp_path, encoded(tones((441, 0.5)), "flac")))["hash"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a sound file"),
        (b"Dear Sir or Madam,\n" * 500, "not a sound file"),
        (PNG, "not a sound file"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "not a sound file"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt ", "cannot be read as wav"),
        (b"OggS" + bytes(5000), "cannot be read as ogg"),
        (b"fLaC" + b"\xff" * 5000, "cannot be read as flac"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(5000), "cannot be read as mp3"),
        (b"\x00\x00\x00\x18ftypM4A " + bytes(5000), "cannot be read as m4a"),
        (encoded(tones((440, 0.05))), "shorter than"),
        (encoded(np.zeros(48000, dtype=np.float32)), "nothing is to be heard"),
    ],
    ids=["empty", "text", "picture", "playlist", "wav", "ogg", "flac", "mp3", "m4a", "short", "silent"],
)
async def test_what_is_no_sound_is_refused_with_a_reason(tmp_path: Path, content: bytes, words: str) -> None:
    facts = await convert(tmp_path, content)
    assert words in facts["error"]


@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a", "flac"])
async def test_a_file_that_was_cut_off_is_noticed(tmp_path: Path, kind: str) -> None:
    whole = encoded(speechlike(20.0), kind)
    facts = await convert(tmp_path, whole[: len(whole) // 2])
    assert "cut off" in facts["error"] or "cannot be read" in facts["error"]
    if kind in ("wav", "mp3", "flac"):
        assert facts["error"].startswith("the file is cut off: it says 20.0 s, and ")


async def test_a_wav_that_claims_hours_is_refused(tmp_path: Path) -> None:
    content = bytearray(encoded(tones((440, 1.0))))
    at = content.index(b"data") + 4
    content[at : at + 4] = (0x7000_0000).to_bytes(4, "little")
    assert "cut off" in (await convert(tmp_path, bytes(content)))["error"]


async def test_a_wav_that_was_streamed_is_taken(tmp_path: Path) -> None:
    content = bytearray(encoded(tones((440, 1.0))))
    at = content.index(b"data") + 4
    content[at : at + 4] = b"\xff\xff\xff\xff"
    assert (await convert(tmp_path, bytes(content)))["seconds"] == pytest.approx(1.0)


async def test_hours_of_silence_in_a_small_file_are_not_decoded_to_the_end(tmp_path: Path) -> None:
    minutes = np.zeros(48000 * 600, dtype=np.float32)
    content = encoded(minutes, "flac")
    assert len(content) < 1_000_000
    facts = await convert(tmp_path, content, most_seconds=60.0)
    assert facts["error"] == "the sound is longer than 1 minutes"


async def test_the_converter_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(ConversionBroke, match="not decoded within"):
        await convert(tmp_path, encoded(speechlike(60.0), "flac"), wall_seconds=0.01)
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    named = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children if Path(f"/proc/{pid}/cmdline").exists()]
    assert not any(b"convert.worker" in line for line in named)


async def test_bytes_at_random_break_nothing(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    whole = {kind: encoded(speechlike(2.0), kind) for kind in ("mp3", "ogg", "m4a", "flac")}
    for kind, content in whole.items():
        for _ in range(3):
            broken = bytearray(content)
            for at in random.integers(16, len(broken), 40):
                broken[at] = random.integers(0, 256)
            try:
                facts = await convert(tmp_path, bytes(broken))
            except ConversionBroke as error:
                pytest.fail(f"{kind}: {error}")
            assert "error" in facts or facts["peak_dbfs"] < 0
