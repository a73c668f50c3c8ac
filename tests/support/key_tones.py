"""Keys as tones (DTMF, ITU-T Q.23), as old lines carry them."""

from __future__ import annotations

import numpy as np

from support.line_sounds import Samples, mixed, silence, tone

#: Low and high frequency of each key.
_LOW = (697, 770, 852, 941)
_HIGH = (1209, 1336, 1477, 1633)
KEYS = "123A456B789C*0#D"


def keys(digits: str, *, pressed: float = 0.1, between: float = 0.1, dbfs: float = -12.0) -> Samples:
    """Return the tones of keys; ITU-T Q.24 has receivers take 40 ms of them and 40 ms between."""
    parts = []
    for digit in digits:
        at = KEYS.index(digit)
        parts += [
            mixed(tone(_LOW[at // 4], pressed, dbfs), tone(_HIGH[at % 4], pressed, dbfs)),
            silence(between),
        ]
    return np.concatenate(parts)
