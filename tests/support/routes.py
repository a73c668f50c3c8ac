"""Every route of the application, found by walking it, so that a new one is tried without anybody's doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from callwright.accounts.permissions import SAFE_METHODS
from callwright.api.dialects.errors import DialectRoute
from callwright.api.native.security import needed_by

#: Routes that need no key, each for a reason: health checks, the operator's metrics (with a check of their own), a
#: description that holds no data, and the ways in for people who have no key yet.
OPEN = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/docs"),
    ("GET", "/api/docs/openapi.json"),
    ("GET", "/api/docs/{name}"),
    ("GET", "/postman/{name}.json"),
    ("POST", "/api/v1/sessions"),
    # the token of the set-up link, while there is nobody
    ("GET", "/api/v1/setup"),
    ("POST", "/api/v1/setup"),
    # the token says whom, and that we made it
    # the signature says what, and until when
    ("GET", "/api/v1/audio/{audio_id}/file"),
    ("GET", "/api/v1/recordings/{recording_id}/file"),
    ("GET", "/api/v1/sms/{sms_id}/pictures/{ordinal}"),
    ("GET", "/api/v1/voices/{voice}/sample"),
    ("GET", "/api/v1/shared-results/{token}"),
    # the token is that of a route
    ("GET", "/gateways/{route}/{token}"),
    ("POST", "/gateways/{route}/{token}"),
    # the token is that of an email, and the link is signed
    ("GET", "/mail/opened/{token}.gif"),
    ("GET", "/mail/clicked/{token}/{signature}"),
    ("GET", "/unsubscribe/{token}"),
    ("POST", "/unsubscribe/{token}"),
    ("POST", "/api/v1/invitations/accept"),
    ("POST", "/api/v1/password-resets"),
    ("POST", "/api/v1/password-resets/accept"),
}


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method of a path."""

    method: str
    #: With its prefix, such as ``/api/v1/calls/{call_id}``.
    path: str
    endpoint: Any
    dependencies: frozenset[Any]

    @property
    def changes(self) -> bool:
        """Whether it may change anything."""
        return self.method not in SAFE_METHODS

    @property
    def permission(self) -> str | None:
        """What it asks for; ``None``: any key or session."""
        return needed_by(self.endpoint, self.method, self.path)


def routes_of(app: FastAPI) -> list[Route]:
    """Return every route, those of included routers too, but those of the dialects."""
    found: list[Route] = []
    _walk(app.router, "", found, dialects=False)
    return found


def dialect_routes_of(app: FastAPI) -> list[Route]:
    """Return the routes of the dialects, which have credentials of their own."""
    found: list[Route] = []
    _walk(app.router, "", found, dialects=True)
    return found


def _walk(router: Any, prefix: str, found: list[Route], *, dialects: bool) -> None:
    for route in router.routes:
        if isinstance(route, APIRoute):
            if isinstance(route, DialectRoute) is not dialects:
                continue
            dependencies = frozenset(dependency.call for dependency in route.dependant.dependencies)
            found += [
                Route(method=method, path=prefix + route.path, endpoint=route.endpoint, dependencies=dependencies)
                for method in sorted(route.methods)
            ]
        elif hasattr(route, "original_router"):
            _walk(route.original_router, prefix + route.include_context.prefix, found, dialects=dialects)
        elif hasattr(route, "routes"):
            _walk(route, prefix + getattr(route, "path", ""), found, dialects=dialects)
