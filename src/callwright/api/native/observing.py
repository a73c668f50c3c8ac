"""What each request leaves behind: an id in its answer and in the log, a line in the log, a count for the metrics."""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callwright import logs
from callwright.ids import new_id

log = logging.getLogger("callwright.access")

REQUEST_ID = "X-Request-Id"
#: Where the request's state keeps it.
STATE = "callwright_request_id"
_GOOD_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
#: Asked every few seconds by machines; of no interest when they succeed.
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
#: Label of a request that no route took: its path is the sender's invention and would make labels without end.
_NO_ROUTE = "none"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestCounts:
    """Requests answered since the start, and the seconds they took, by method, route and status."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.seconds: dict[tuple[str, str, int], float] = {}

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        key = (method if method in _METHODS else "other", route, status)
        self.requests[key] += 1
        self.seconds[key] = self.seconds.get(key, 0.0) + seconds


class Observe:
    """ASGI middleware, the outermost: nothing of a request is unseen by it."""

    def __init__(self, app: ASGIApp, *, counts: RequestCounts) -> None:
        self.app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _GOOD_ID.fullmatch(given) else new_id("req")
        scope.setdefault("state", {})[STATE] = request_id
        # an answer that never began is what a server that failed without one sends
        status = 500

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        began = time.perf_counter()
        with logs.about(request_id=request_id):
            try:
                await self.app(scope, receive, with_id)
            finally:
                self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"]
        self._counts.add(method, route_of(scope), status, seconds)
        # the decoded path may hold line breaks; a query may hold secrets and is left out
        path = quote(scope["path"], safe="/:@+,;=~!*'()-._")
        milliseconds = round(seconds * 1000, 1)
        level = logging.DEBUG if path in _QUIET and status < 500 else logging.INFO
        if log.isEnabledFor(level):
            client = scope.get("client")
            fields = {
                "method": method,
                "path": path,
                "status": status,
                "milliseconds": milliseconds,
                "client": client[0] if client else None,
            }
            log.log(level, "%s %s %d %.1f ms", method, path, status, milliseconds, extra={logs.FIELDS: fields})


def route_of(scope: Scope) -> str:
    """Return the path of the route that took the request, such as ``/api/v1/calls/{call_id}``."""
    path = getattr(scope.get("route"), "path_format", None)
    if not isinstance(path, str):
        return _NO_ROUTE
    # the route of an included router does not know the router's prefix; the request's path begins with it
    filled = path.format(**scope.get("path_params", {}))
    return scope["path"].removesuffix(filled) + path if scope["path"].endswith(filled) else path
