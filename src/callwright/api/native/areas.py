"""Parts of the application by the beginning of their paths, so that a request is not compared with every route."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from starlette.routing import Match
from starlette.types import Scope


class Area(APIRouter):
    """A router that is asked only for paths with its beginnings; what belongs to it is included in it.

    Hundreds of routes are compared one by one otherwise: a third of the work of a request of a dialect.
    """

    def __init__(self, *beginnings: str) -> None:
        """``beginnings`` are those of the whole path, such as ``/api/v1/``."""
        super().__init__()
        self._beginnings = beginnings
        #: Set by the first request: routes are included while the application is made, and never afterwards.
        self._version: int | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a route of it fits, without looking at them for another path."""
        if not scope["path"].startswith(self._beginnings):
            return Match.NONE, {}
        return super().matches(scope)

    def _get_routes_version(self, seen: set[int] | None = None) -> int:
        # FastAPI asks at every request whether any router below has a new route, and walks through all of them for it
        if self._version is None:
            self._version = super()._get_routes_version(seen)
        return self._version


def beginnings_of(routers: Iterable[APIRouter], *, prefix: str = "") -> tuple[str, ...]:
    """Return how the paths of all routes begin, as far as they are the same for every request."""
    paths = (context.path for router in routers for context in iter_route_contexts(router.routes))
    # a route without a path of its own, such as a mounted application, may take any
    found = sorted({prefix + ("" if path is None else path.partition("{")[0]) for path in paths})
    return tuple(each for each in found if not any(each != other and each.startswith(other) for other in found))


def parts_of(
    routers: Sequence[APIRouter], *, prefixes: Sequence[str], size: int = 7
) -> Iterator[tuple[Area, Sequence[APIRouter]]]:
    """Yield areas, and which of the routers are to be included in each; in their order, so the same route is found.

    ``prefixes``: each of what may come before the paths of the routers; ``size``: routers of a group.
    """
    for first in range(0, len(routers), size):
        group = routers[first : first + size]
        yield Area(*(each for prefix in prefixes for each in beginnings_of(group, prefix=prefix))), group
