"""effebot's envelopes, of success and of failure."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response

from callwright.api.native.problems import NoSuchPath
from callwright.errors import CallwrightError, RateLimited

#: Refusals that its clients look for in the body of a 200.
_IN_THE_BODY = frozenset({400, 402, 404, 409})


def success(data: Any) -> Response:
    """Return ``{"status": "success", "data": …}``."""
    return _answer({"status": "success", "data": data})


def refused(message: str, data: Any) -> Response:
    """Return ``{"status": "error", …}`` with HTTP 200."""
    return _answer({"status": "error", "message": message, "data": data})


def render_error(request: Request, error: CallwrightError) -> Response:
    """Return the envelope of an error: HTTP 200 for a refused value, else the error's own status."""
    del request
    headers = {}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    message = str(error)
    in_the_body = error.status in _IN_THE_BODY and not isinstance(error, NoSuchPath)
    status = HTTPStatus.OK if in_the_body else HTTPStatus(error.status)
    body = {"status": "error", "message": message, "data": {"message": message}}
    return _answer(body, status=status, headers=headers)


def _answer(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status_code=status, media_type="application/json", headers=headers)
