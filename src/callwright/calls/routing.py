"""Which trunk carries a call: by the number's beginning, then priority, then weight."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

#: By chance and not by load: a trunk that refuses every call at once would look idle and attract them all.
_RANDOM = secrets.SystemRandom()


def choose(number: str, trunks: Sequence[Any]) -> Any | None:
    """Return the trunk for an E.164 ``number``, or ``None``; ``trunks`` are those with room.

    Each has ``prefixes`` (none: every number), ``priority`` (lowest first), ``shared`` (an organisation's own go
    before shared ones of the same priority) and ``weight``.
    """
    able = [trunk for trunk in trunks if carries(trunk["prefixes"], number)]
    if not able:
        return None
    first = min((trunk["priority"], trunk["shared"]) for trunk in able)
    equal = [trunk for trunk in able if (trunk["priority"], trunk["shared"]) == first]
    if len(equal) == 1:
        return equal[0]
    return _RANDOM.choices(equal, [trunk["weight"] for trunk in equal])[0]


def carries(prefixes: Sequence[str], number: str) -> bool:
    """Return whether a trunk with these prefixes carries the number."""
    return not prefixes or number.startswith(tuple(prefixes))


def prefixes_of(trunks: Sequence[Any]) -> str:
    """Return what the trunks carry together, comma-separated; empty: every number."""
    if any(not trunk["prefixes"] for trunk in trunks):
        return ""
    return ",".join(sorted({prefix for trunk in trunks for prefix in trunk["prefixes"]}))
