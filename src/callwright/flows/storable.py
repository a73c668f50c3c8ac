"""What JSON of ours may hold at all: what PostgreSQL's jsonb and every JSON reader take back unchanged."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from callwright.errors import FieldError
from callwright.flows.faults import join, shorten

#: Objects and lists inside each other; 20 lists of steps take up to 80 of them, the body of a webhook 20 more.
MAX_DEPTH = 120
#: Integers beyond these are not the same number in every JSON reader.
_MAX_INT = 2**63 - 1
#: Faults after which the rest is not looked at.
_ENOUGH = 20
_BAD_TEXT = "must not hold the character U+0000 or half a character (surrogate)"
#: U+0000 is refused by PostgreSQL; a lone surrogate is half of a character and cannot be encoded.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def unstorable(data: Any) -> list[FieldError]:
    """Return what cannot be stored: control characters without meaning in text, half characters, endless numbers."""
    found: list[FieldError] = []
    for fault in _walk(data, "", 0):
        found.append(fault)
        if len(found) >= _ENOUGH:
            break
    return found


def clean(text: str, limit: int) -> str:
    """Return ``text`` without what cannot be stored, at most ``limit`` characters of it."""
    return _UNSTORABLE.sub("", text[:limit])


def _walk(value: Any, path: str, depth: int) -> Iterator[FieldError]:
    if isinstance(value, str):
        # nearly all that a large body holds
        if _UNSTORABLE.search(value):
            yield FieldError(field=path, message=_BAD_TEXT, received=shorten(ascii(value)))
    elif isinstance(value, (Mapping, list, tuple)) and depth >= MAX_DEPTH:
        yield FieldError(field=path, message=f"must not be nested deeper than {MAX_DEPTH}")
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if isinstance(key, str) and not _UNSTORABLE.search(key):
                yield from _walk(part, join(path, key), depth + 1)
            else:
                yield FieldError(field=path, message="has a name that is not text", received=shorten(ascii(key)))
    elif isinstance(value, (list, tuple)):
        for index, part in enumerate(value):
            yield from _walk(part, f"{path}[{index}]", depth + 1)
    else:
        message = _scalar_fault(value)
        if message is not None:
            yield FieldError(field=path, message=message, received=shorten(ascii(value)))


def _scalar_fault(value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return None if abs(value) <= _MAX_INT else "is a number too big to be stored"
    if isinstance(value, float):
        return None if math.isfinite(value) else "must be a finite number"
    return "must be a JSON value"
