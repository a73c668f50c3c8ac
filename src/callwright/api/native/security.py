"""Who makes a request. Each route but health and documentation depends on ``principal`` (a test walks them all)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callwright.accounts.models import Principal
from callwright.accounts.permissions import PERMISSIONS, SAFE_METHODS, needed, of_principal
from callwright.accounts.sessions import PREFIX
from callwright.api.native.services import Provided
from callwright.errors import Forbidden, Unauthorized

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="A key: `live_…`, or `test_…` for the sandbox. Or the token of a session: `ses_…`.",
)
#: Sent with every change that the console's cookie authorises.
CONSOLE_HEADER = "X-Callwright-Console"
#: Makes one request of a person act in the sandbox: its calls reach the handset lab only.
SANDBOX_HEADER = "X-Callwright-Sandbox"
#: Where the request's state keeps headers that its answer gets, whatever the answer is.
ALLOWANCE = "callwright_headers"
#: Where it keeps who sent the request, once that is known, and the interface that they speak.
WHO = "callwright_who"
INTERFACE = "callwright_interface"
#: Where a route's function keeps the permission that it needs, if it is not the one of its path and method.
_NEEDS = "callwright_needs"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


async def principal(
    request: Request,
    services: Provided,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Return who sent the request; raises ``Unauthorized``, ``Forbidden`` or ``RateLimited``."""
    address = client_address(request)
    await services.limits.come_from(address)
    secret = _of_cookie(request) if credentials is None else credentials.credentials
    if secret is None:
        await services.limits.unknown_from(address)
        raise Unauthorized("a valid API key is needed: send it as 'Authorization: Bearer KEY'")
    try:
        who = await services.accounts.authenticate(secret)
    except Unauthorized:
        await services.limits.unknown_from(address)
        raise
    setattr(request.state, WHO, replace(who, address=address))
    allowed, allowance = await services.limits.take(who.id)
    setattr(request.state, ALLOWANCE, allowance.headers())
    if not allowed:
        raise services.limits.refusal(allowance)
    if SANDBOX_HEADER in request.headers and who.session_id is not None:
        who = in_sandbox(who)
    _check_permission(request, who)
    return replace(who, address=address)


def in_sandbox(who: Principal) -> Principal:
    """Return the same person in the sandbox, who may do less there and reaches nobody."""
    return replace(who, sandbox=True, permissions=of_principal(sorted(who.permissions), sandbox=True))


def cookie_name(request: Request) -> str:
    """Return the name of the console's cookie: with ``__Host-`` no other host or path can have set it (RFC 6265bis)."""
    return "__Host-callwright" if request.url.scheme == "https" else "callwright"


def client_address(request: Request) -> str | None:
    """Return where a request came from; behind a trusted proxy, what the proxy says."""
    return None if request.client is None else request.client.host


def _of_cookie(request: Request) -> str | None:
    """Return the session's token of the console's cookie, which does not count where a foreign page may have sent it.

    Foreign pages cannot set a header of ours: a browser asks first (CORS), and we allow nobody.
    """
    token = request.cookies.get(cookie_name(request))
    if token is None or not token.startswith(f"{PREFIX}_"):
        return None
    if request.method not in SAFE_METHODS and CONSOLE_HEADER not in request.headers:
        raise Forbidden(f"a change by cookie needs the header '{CONSOLE_HEADER}: 1', which other sites cannot send")
    return token


def needs(permission: str | None) -> Callable[[Endpoint], Endpoint]:
    """Say that a route needs another permission than its path and method tell; ``None``: any key or session will do.

    It stands between the router's decorator and the function.
    """

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _NEEDS, permission)
        return endpoint

    return mark


def needed_by(endpoint: object, method: str, path: str) -> str | None:
    """Return the permission that a route needs, ``None`` for none."""
    permission: str | None = getattr(endpoint, _NEEDS, needed(method, path))
    return permission


def _check_permission(request: Request, who: Principal) -> None:
    permission = needed_by(request.scope.get("endpoint"), request.method, request.url.path)
    if permission is None or who.may(permission):
        return
    if permission not in PERMISSIONS:
        raise Forbidden("this path is in no role yet and is closed to everybody; see accounts/permissions.py")
    raise Forbidden(f"this needs the permission {permission!r}, which this key or session does not have")


Caller = Annotated[Principal, Depends(principal)]


class AnswerHeaders:
    """ASGI middleware: adds the headers of the request's state to its answer, be it an error."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in state.get(ALLOWANCE, {}).items():
                    headers[name] = value
                # answers hold personal data: no proxy keeps them
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await self.app(scope, receive, with_headers)
