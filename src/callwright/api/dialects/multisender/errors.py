"""Errors in the form of this dialect: ``{"error": {"code", "message", "field"}}``."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Request, Response

from callwright.errors import CallwrightError, FieldError, InvalidRequest, RateLimited


class NotAcceptable(CallwrightError):
    """Answers are JSON: send ``Accept: application/json``."""

    status = 406
    code = "not_acceptable"


class UnsupportedMedia(CallwrightError):
    """Bodies are JSON: send ``Content-Type: application/json``."""

    status = 415
    code = "unsupported_media_type"


def render_error(request: Request, error: CallwrightError) -> Response:
    """Return the answer to an error; ``field`` is the first that is wrong, ``message`` names all of them."""
    del request
    said: dict[str, Any] = {"code": error.status, "message": str(error).replace("``", "")}
    if isinstance(error, InvalidRequest) and error.errors:
        said["field"] = error.errors[0].field
    headers = {"Retry-After": str(max(1, round(error.retry_after)))} if isinstance(error, RateLimited) else {}
    return Response(orjson.dumps({"error": said}), error.status, headers, media_type="application/json")


def wrong(field: str, message: str, received: Any = None) -> InvalidRequest:
    """Return the error of one field."""
    return InvalidRequest([FieldError(field=field, message=message, received=received)])
