from __future__ import annotations

import numpy as np
import pytest

from callwright.speech.g711 import decode_ulaw, encode_ulaw


@pytest.mark.parametrize(
    ("sample", "code"),
    # ITU-T G.711 table 2a, its 14-bit values times four
    [(0, 0xFF), (32124, 0x80), (-32124, 0x00), (32767, 0x80), (-32768, 0x00), (8, 0xFE), (-8, 0x7E), (120, 0xF0)],
)
def test_samples_have_the_codes_of_the_standard(sample: int, code: int) -> None:
    assert encode_ulaw(np.array([sample], dtype=np.int16)) == bytes([code])


def test_decoding_and_encoding_again_keeps_every_code() -> None:
    codes = bytes(range(256))
    again = encode_ulaw(decode_ulaw(codes))
    # negative zero is the same silence as positive zero
    assert again == codes.replace(b"\x7f", b"\xff")


def test_the_error_of_a_code_is_at_most_half_its_step() -> None:
    samples = np.arange(-32635, 32636, dtype=np.int16)
    error = np.abs(decode_ulaw(encode_ulaw(samples)).astype(int) - samples)
    assert np.all(error <= np.maximum(4, (np.abs(samples.astype(int)) + 132) / 32))
    assert decode_ulaw(b"\x80")[0] == 32124
    assert decode_ulaw(b"\x00")[0] == -32124


def test_a_slice_of_a_larger_array_can_be_encoded() -> None:
    samples = np.zeros(10, dtype=np.int16)
    samples[::2] = 32124
    assert encode_ulaw(samples[::2]) == b"\x80" * 5
