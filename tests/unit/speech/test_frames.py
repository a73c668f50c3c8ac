from __future__ import annotations

import io

import pytest

from callwright.speech import frames


def test_frames_come_back_one_after_another() -> None:
    stream = io.BytesIO(frames.pack({"a": 1}) + frames.pack({"b": "ü"}, b"\x01\x02\x03"))
    assert frames.read(stream) == ({"a": 1}, b"")
    assert frames.read(stream) == ({"b": "ü", "pcm_bytes": 3}, b"\x01\x02\x03")
    assert frames.read(stream) is None


@pytest.mark.parametrize("cut", [2, 6, 20])
def test_a_stream_that_ends_in_a_frame_is_broken(cut: int) -> None:
    whole = frames.pack({"b": 1}, b"\x00" * 16)
    with pytest.raises(frames.BrokenStream):
        frames.read(io.BytesIO(whole[:cut]))


def test_what_is_no_frame_is_not_read_into_memory() -> None:
    with pytest.raises(frames.BrokenStream):
        frames.read(io.BytesIO(b"HTTP/1.1 200 OK"))
