"""Memory that is zero when a C library gets it, for libraries that read what they never wrote."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# mallopt(3): what malloc gives is filled with the complement of this value
_M_PERTURB: Final = -6
_ZERO: Final = 0xFF
_OFF: Final = 0


@contextmanager
def zeroed_memory() -> Iterator[None]:
    """Let ``malloc`` give zeroed memory in this process meanwhile, all threads included.

    Without effect where the C library has no ``mallopt`` (musl, macOS).
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is None:
        yield
        return
    set_option(_M_PERTURB, _ZERO)
    try:
        yield
    finally:
        set_option(_M_PERTURB, _OFF)
