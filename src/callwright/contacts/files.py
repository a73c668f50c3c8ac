"""Looking for a person in files that wait to be imported."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

_CHUNK = 1 << 20
#: Longer than any trace with what people write between digits.
_OVERLAP = 512
_BETWEEN = rb"[\s().\-/]*"


def trace_pattern(traces: Sequence[str]) -> re.Pattern[bytes] | None:
    """Return what finds any of the traces: addresses whatever their case, digits with marks between them."""
    parts = [
        _BETWEEN.join(re.escape(digit.encode()) for digit in trace) if trace.isdigit() else re.escape(trace.encode())
        for trace in traces
    ]
    return re.compile(b"|".join(parts), re.IGNORECASE) if parts else None


async def holds_trace(path: Path, pattern: re.Pattern[bytes]) -> bool:
    """Return whether a file, of an encoding that keeps ASCII, holds a trace; ``False`` when there is no file."""
    return await asyncio.to_thread(_search, path, pattern)


def _search(path: Path, pattern: re.Pattern[bytes]) -> bool:
    try:
        with path.open("rb") as file:
            # zero bytes are those of UTF-16
            rest = b""
            while chunk := file.read(_CHUNK):
                text = rest + chunk.replace(b"\x00", b"")
                if pattern.search(text):
                    return True
                rest = text[-_OVERLAP:]
    except FileNotFoundError:
        pass
    return False
