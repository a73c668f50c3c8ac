"""Each dialect's own form of errors: a class of routes that turns every error into it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from callwright.api.native.problems import NO_DATABASE, RETRY_AFTER_UNAVAILABLE
from callwright.api.native.request_log import note_refusal
from callwright.api.native.validation import field_errors
from callwright.errors import CallwrightError, InvalidRequest, Unavailable

log = logging.getLogger(__name__)

#: Returns a dialect's answer to an error.
Render = Callable[[Request, CallwrightError], Response]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class DialectRoute(APIRoute):
    """A route whose errors have the form of its dialect. ``dialect_route`` makes the class of one."""

    render_error: ClassVar[Render]

    def get_route_handler(self) -> Handler:
        """Return what handles a request, with every error answered."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except ClientDisconnect:
                raise
            except Exception as error:
                said = told(error)
                await note_refusal(request, said)
                response = type(self).render_error(request, said)
                if isinstance(said, Unavailable):
                    response.headers["Retry-After"] = str(RETRY_AFTER_UNAVAILABLE)
                return response

        return handle


def dialect_route(render: Render) -> type[DialectRoute]:
    """Return the class for ``APIRouter(route_class=…)`` of a dialect."""
    return type("Route", (DialectRoute,), {"render_error": staticmethod(render)})


def told(error: Exception) -> CallwrightError:
    """Return what may be said of an error: of one that is our fault nothing but that."""
    if isinstance(error, CallwrightError):
        if error.status < 500 or isinstance(error, Unavailable):
            return error
    elif isinstance(error, RequestValidationError):
        return InvalidRequest(field_errors(error.errors()))
    elif isinstance(error, HTTPException):
        return InvalidRequest([], str(error.detail))
    elif isinstance(error, NO_DATABASE):
        log.error("no database: %s", error)
        return Unavailable("the database is not reachable now; try again shortly")
    log.error("request failed: %s", error, exc_info=error)
    return CallwrightError("something went wrong on our side; it is in the log. Try again")
