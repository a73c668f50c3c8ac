"""Request bodies: bounded before they are read, JSON objects after."""

from __future__ import annotations

import re
from typing import Any

import orjson
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callwright.api.native.problems import Foreign, problem_of
from callwright.api.native.validation import shortened
from callwright.errors import FieldError, InvalidRequest
from callwright.flows.storable import unstorable

#: 10,000 calls with a text of their own fit well.
MAX_BODY_BYTES = 5 * 1024 * 1024
#: A file goes to disk as it comes, so it may be larger: this many bytes for a POST to these paths.
MAX_FILE_BYTES = 1024 * 1024 * 1024
MAX_AUDIO_BYTES = 100 * 1024 * 1024
#: Emails with their attachments in base64, and campaigns, which may be emails or be followed by some.
MAX_EMAIL_BYTES = 12 * 1024 * 1024
FILE_PATHS = {
    "/api/v1/emails": MAX_EMAIL_BYTES,
    "/api/v1/campaigns": MAX_EMAIL_BYTES,
    "/api/v1/imports": MAX_FILE_BYTES,
    "/api/v1/do-not-call/imports": MAX_FILE_BYTES,
    # and the head of the form around it
    "/api/v1/audio": MAX_AUDIO_BYTES + 64 * 1024,
}
#: Where a file may come in the place of JSON.
_AUDIO_FORM = re.compile(r"(?:/multisender)?(?:/v1|/vi)?/voice_files|(?:/effebot)?/apiCalls/createRecord")
#: What is changed may be an email.
_CAMPAIGN = re.compile(r"/api/v1/campaigns/[^/]+")
_FILE_OR_JSON = re.compile(r"/api/v1/campaigns/[^/]+/recipients")


class BodyLimit:
    """ASGI middleware: a body above the limit is a 400, and no more than the limit of it is ever held."""

    def __init__(
        self, app: ASGIApp, *, foreign: Foreign = lambda _request, _error: None, limit: int = MAX_BODY_BYTES
    ) -> None:
        """``foreign`` answers in the form of the interface that a request is meant for."""
        self.app = app
        self._foreign = foreign
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        limit = FILE_PATHS.get(scope["path"], self._limit) if scope["method"] == "POST" else self._limit
        if scope["method"] == "PATCH" and _CAMPAIGN.fullmatch(scope["path"]):
            limit = MAX_EMAIL_BYTES
        if scope["method"] == "POST" and _AUDIO_FORM.fullmatch(scope["path"]):
            limit = FILE_PATHS["/api/v1/audio"]
        if _FILE_OR_JSON.fullmatch(scope["path"]) and b"json" not in headers.get(b"content-type", b"json"):
            limit = MAX_FILE_BYTES
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > limit:
            error = _too_large(limit)
            response = self._foreign(Request(scope), error) or problem_of(error)
            await response(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _too_large(limit)
            return message

        await self.app(scope, counted, send)


def _too_large(limit: int) -> InvalidRequest:
    message = f"must have at most {limit // (1024 * 1024)} MB; send a large batch in parts"
    return InvalidRequest([FieldError(field="body", message=message)])


async def read_object(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request; raises ``InvalidRequest``."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise _wrong("Content-Type", "must be application/json", kind)
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise _wrong("Content-Encoding", "compressed bodies are not read; send the JSON as it is", encoding)
    raw = await request.body()
    if not raw.strip():
        raise _wrong("body", "a JSON object is needed", None)
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _wrong(
            "body", f"this is not JSON: {error.msg} (line {error.lineno}, column {error.colno})", None
        ) from None
    if not isinstance(data, dict):
        raise _wrong("body", "must be a JSON object", shortened(data))
    faults = unstorable(data)
    if faults:
        raise InvalidRequest(faults)
    return data


def _wrong(field: str, message: str, received: Any) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message, received=received)])
