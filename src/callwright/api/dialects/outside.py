"""Errors that no route of a dialect answers, in the dialect's form: unknown paths, wrong methods, too large bodies."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Request
from starlette.responses import Response

from callwright.api.dialects.errors import Render
from callwright.errors import CallwrightError

#: First parts of paths that several interfaces share: the second one tells whose it is.
_SHARED = frozenset({"api", "v1"})


class Outside:
    """Knows by the beginning of its path which dialect a request is meant for."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, ...], Render] = {}

    def add(self, render: Render, beginnings: Iterable[str]) -> None:
        """Let ``render`` answer at paths that begin so, such as ``/apiCalls``."""
        for path in beginnings:
            self._of[_beginning(path)] = render

    def answer(self, request: Request, error: CallwrightError) -> Response | None:
        """Return the answer of the dialect whose path it is, ``None`` when it is no dialect's."""
        beginning = _beginning(request.scope["path"])
        # what nobody has below a first part may be somebody's all the same
        render = self._of.get(beginning) or self._of.get(beginning[:1])
        return None if render is None else render(request, error)


def _beginning(path: str) -> tuple[str, ...]:
    parts = path.split("/", 3)[1:3]
    return tuple(parts if parts[:1] and parts[0] in _SHARED else parts[:1])
