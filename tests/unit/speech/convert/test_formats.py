from __future__ import annotations

from collections.abc import Callable

import pytest

from callwright.speech.convert.formats import HEAD_BYTES, mp3_seconds, sniff, wav_seconds
from support.sound_files import KINDS, encoded, tones


def reader(content: bytes) -> Callable[[int, int], bytes]:
    return lambda offset, size: content[offset : offset + size]


@pytest.mark.parametrize("kind", KINDS)
def test_formats_are_known_by_their_bytes(kind: str) -> None:
    head = encoded(tones((440, 0.2)), kind)[:HEAD_BYTES]
    assert sniff(head) == kind.split(",", maxsplit=1)[0].replace("opus", "ogg")


@pytest.mark.parametrize(
    "head", [b"", b"R", b"RIFF____AVI ", b"\xff\xf1\x50\x80", b"\x89PNG\r\n\x1a\n", b"<html>", b"\xff\xff"]
)
def test_other_files_are_not(head: bytes) -> None:
    # the last but three: AAC without a container; the last one could be the start of an MPEG frame
    assert sniff(head) == ("mp3" if head == b"\xff\xff" else None)


def test_an_mp3_says_how_long_it_is() -> None:
    content = encoded(tones((440, 10.0)), "mp3")
    assert mp3_seconds(reader(content)) == pytest.approx(10.0, abs=0.1)
    assert mp3_seconds(reader(content[:200_0])) == pytest.approx(10.0, abs=0.1)


@pytest.mark.parametrize(
    "content", [b"", b"ID3", b"ID3\x04\0\0\0\0\0\0", b"\xff\xfb\x90\x00" + bytes(100), b"\xff\xfb\xff\x00" + bytes(100)]
)
def test_an_mp3_that_does_not_say_it(content: bytes) -> None:
    assert mp3_seconds(reader(content)) is None


def test_a_wav_says_how_long_it_is() -> None:
    content = encoded(tones((440, 2.5)))
    assert wav_seconds(reader(content)) == pytest.approx(2.5)
    assert wav_seconds(reader(content[:1000])) == pytest.approx(2.5)


@pytest.mark.parametrize(
    "content", [b"", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEdata\x10\0\0\0", b"RIFF\0\0\0\0WAVE" + bytes(2000)]
)
def test_a_wav_that_does_not_say_it(content: bytes) -> None:
    assert wav_seconds(reader(content)) is None
