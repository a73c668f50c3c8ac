"""Errors as RFC 9457 problem documents. Every answer that is not a success goes through here."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from callwright.api.native.validation import field_errors
from callwright.errors import CallwrightError, FieldError, InvalidRequest, RateLimited, Unauthorized

log = logging.getLogger(__name__)


class NoSuchPath(CallwrightError):
    """There is nothing at this path."""

    status = 404
    code = "not_found"


class WrongMethod(CallwrightError):
    """This path does not take this method."""

    status = 405
    code = "method_not_allowed"


MEDIA_TYPE = "application/problem+json"
#: More errors than this are counted, not listed: a wrong batch of 10,000 must not answer with megabytes.
MAX_ERRORS = 100
#: Seconds after which a part that is starting again is worth another try.
RETRY_AFTER_UNAVAILABLE = 2
#: What says that the database is away.
NO_DATABASE = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
)
_OUTSIDE: Mapping[HTTPStatus, CallwrightError] = {
    HTTPStatus.NOT_FOUND: NoSuchPath("there is nothing at this path"),
    HTTPStatus.METHOD_NOT_ALLOWED: WrongMethod("this path does not take this method"),
}
#: Answers an error in the form of the interface that a request is meant for; ``None``: it is ours.
Foreign = Callable[[Request, CallwrightError], Response | None]
#: Is told of each error that is answered.
Note = Callable[[Request, CallwrightError], Awaitable[None]]


class ProblemError(BaseModel):
    """What is wrong with one field."""

    field: str = Field(examples=["calls[3].to"])
    message: str
    received: Any = Field(description="What was sent, shortened; null when the field was absent.")


class Problem(BaseModel):
    """RFC 9457 problem document."""

    type: str = Field(examples=["urn:callwright:problem:invalid_request"])
    title: str
    status: int
    detail: str
    errors: list[ProblemError] = Field(default_factory=list)


def listed(errors: Sequence[FieldError]) -> list[dict[str, Any]]:
    """Return errors as answers list them."""
    return [{"field": error.field, "message": error.message, "received": error.received} for error in errors]


def problem(
    status: int,
    *,
    code: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the answer for an error."""
    body: dict[str, Any] = {
        "type": f"urn:callwright:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = listed(errors[:MAX_ERRORS])
        if len(errors) > MAX_ERRORS:
            body["detail"] = f"{len(errors)} errors, of which the first {MAX_ERRORS} are listed"
    # what was received is echoed and may be anything that JSON can hold, and in a query anything at all
    content = orjson.dumps(body, default=str)
    return Response(content, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def problem_of(error: CallwrightError) -> Response:
    """Return the answer for an error of ours; one that is our fault says nothing of its cause."""
    if error.status >= 500 and error.status != HTTPStatus.SERVICE_UNAVAILABLE:
        log.error("request failed: %s", error, exc_info=error)
        return _our_fault()
    headers: dict[str, str] = {}
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="callwright"'
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_UNAVAILABLE)
    errors = error.errors if isinstance(error, InvalidRequest) else ()
    detail = str(error) if len(errors) <= MAX_ERRORS else "the request is wrong"
    return problem(error.status, code=error.code, detail=detail, errors=errors, headers=headers)


async def _unnoted(_request: Request, _error: CallwrightError) -> None:
    """Let nobody know of a refusal."""


def install(app: FastAPI, *, foreign: Foreign = lambda _request, _error: None, note: Note = _unnoted) -> None:
    """Make ``app`` answer every error this way, FastAPI's own and unforeseen ones too; ``foreign`` ones as theirs."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, CallwrightError)  # noqa: S101  (for the type checker: it is registered for this)
        await note(request, error)
        return problem_of(error)

    async def validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return await ours(request, InvalidRequest(field_errors(error.errors())))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        status, headers = HTTPStatus(error.status_code), dict(error.headers or {})
        found = _OUTSIDE.get(status)
        if found is None:
            return problem(status, code=status.name.lower(), detail=error.detail, headers=headers)
        response = foreign(request, found) or problem_of(found)
        response.headers.update(headers)
        return response

    async def no_database(_: Request, error: Exception) -> Response:
        log.error("no database: %s", error)
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            code="unavailable",
            detail="the database is not reachable now; try again shortly",
            headers={"Retry-After": str(RETRY_AFTER_UNAVAILABLE)},
        )

    async def unforeseen(_: Request, error: Exception) -> Response:
        # Starlette raises it again after the answer, so that the server logs it with its stack
        del error
        return _our_fault()

    async def gone(_: Request, __: Exception) -> Response:
        # nobody reads it; the status is the one that web servers log for a client that hung up
        return Response(status_code=499)

    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(CallwrightError, ours)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)
    for lost in NO_DATABASE:
        app.add_exception_handler(lost, no_database)
    app.add_exception_handler(Exception, unforeseen)


def _our_fault() -> Response:
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal",
        detail="something went wrong on our side; it is in the log. Try again, with the same Idempotency-Key",
    )
