"""µ-law, the sound of a telephone line (ITU-T G.711, table 2a): 8 kHz, one byte a sample, by tables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 8000
#: The byte of silence.
ULAW_SILENCE = 0xFF
#: G.711's decision values start 33 above zero on the 14-bit scale, which is 132 on the 16-bit one.
_BIAS = 132
#: Largest magnitude that has a code of its own (8159 on the 14-bit scale).
_CLIP = 32635


def _decoding() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent, mantissa = (code >> 4) & 0x07, code & 0x0F
    magnitude = (((mantissa << 3) + _BIAS) << exponent) - _BIAS
    samples: NDArray[np.int16] = np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)
    return samples


def _encoding() -> NDArray[np.uint8]:
    """Return a code for each 16-bit sample, indexed by the sample's bits as an unsigned number."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    biased = np.minimum(np.abs(sample), _CLIP) + _BIAS
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 0x0F
    code = np.where(sample < 0, 0x80, 0) | (exponent << 4) | mantissa
    codes: NDArray[np.uint8] = (~code & 0xFF).astype(np.uint8)
    return codes


_DECODE = _decoding()
_ENCODE = _encoding()


def encode_ulaw(samples: NDArray[np.int16]) -> bytes:
    """Return one byte for each 16-bit sample."""
    return _ENCODE[samples.view(np.uint16)].tobytes()


def decode_ulaw(data: bytes) -> NDArray[np.int16]:
    """Return one 16-bit sample for each byte."""
    samples: NDArray[np.int16] = _DECODE[np.frombuffer(data, dtype=np.uint8)]
    return samples
