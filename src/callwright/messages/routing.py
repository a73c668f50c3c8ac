"""Which route carries a message: by the address's beginning or domain, then priority, then weight."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

#: By chance and not by load: a route that refuses every message at once would look idle and attract them all.
_RANDOM = secrets.SystemRandom()


def choose(address: str, routes: Sequence[Mapping[str, Any]], *, media: bool = False) -> Mapping[str, Any] | None:
    """Return the route for an address, or ``None``; ``routes`` are those with room.

    Each has ``channel``, ``prefixes`` (none: every address), ``priority`` (lowest first), ``shared`` (an
    organisation's own go before shared ones of the same priority) and ``weight``. SMPP carries no pictures (``media``).
    """
    able = [route for route in routes if carries(route, address) and not (media and route["kind"] == "smpp")]
    if not able:
        return None
    first = min((route["priority"], route["shared"]) for route in able)
    equal = [route for route in able if (route["priority"], route["shared"]) == first]
    if len(equal) == 1:
        return equal[0]
    return _RANDOM.choices(equal, [route["weight"] for route in equal])[0]


def carries(route: Mapping[str, Any], address: str) -> bool:
    """Return whether a route's prefixes, or domains of email, let it carry this address."""
    prefixes = route["prefixes"]
    if not prefixes:
        return True
    if route["channel"] == "email":
        return address.rpartition("@")[2] in prefixes
    return address.startswith(tuple(prefixes))


def prefixes_of(routes: Sequence[Mapping[str, Any]]) -> str:
    """Return what the routes carry together, comma-separated; empty: every address."""
    if any(not route["prefixes"] for route in routes):
        return ""
    return ",".join(sorted({prefix for route in routes for prefix in route["prefixes"]}))
