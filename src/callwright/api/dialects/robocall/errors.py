"""Robo call's form of errors."""

from __future__ import annotations

import math

import orjson
from fastapi import Request
from starlette.responses import Response

from callwright.errors import CallwrightError, RateLimited


def render_error(request: Request, error: CallwrightError) -> Response:
    """Return ``{"status": "error", "message": …}`` with the error's HTTP status."""
    del request
    headers = {}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    body = {"status": "error", "message": str(error)}
    return Response(orjson.dumps(body), status_code=error.status, media_type="application/json", headers=headers)
