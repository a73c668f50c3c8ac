"""``/metrics`` in Prometheus's text format, for the operator: from this machine, or with the operator's token."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from callwright.api.native.services import Provided
from callwright.errors import NotFound, Unauthorized

router = APIRouter(include_in_schema=False)

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: With one of these somebody else stands behind the connection, whatever address it has.
_FORWARDING = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")


@router.get("/metrics")
async def metrics(request: Request, services: Provided) -> PlainTextResponse:
    """Answer with every measurement; names of organisations and numbers of people are in none of them."""
    if not _from_here(request) and not _has_token(request, services.settings.metrics_token):
        raise Unauthorized(
            "metrics are read from loopback, or with CALLWRIGHT_METRICS_TOKEN as 'Authorization: Bearer TOKEN'"
        )
    if services.metrics is None:
        raise NotFound("nothing is measured here")
    return PlainTextResponse(await services.metrics(), headers={"Content-Type": _CONTENT_TYPE})


def _has_token(request: Request, token: str | None) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), (token or "").encode())


def _from_here(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in _FORWARDING):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
