"""``/gateways/{route}/{token}``: what providers of texts call us with. Public: the token says that we gave it out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from callwright.api.native.security import client_address
from callwright.api.native.services import Provided
from callwright.errors import NotFound, Unavailable
from callwright.messages.gateways.service import Hook

router = APIRouter(include_in_schema=False)


@router.api_route("/gateways/{route}/{token}", methods=["GET", "POST"])
async def take_gateway_hook(route: str, token: str, request: Request, services: Provided) -> Response:
    """Take receipts and texts; answered when they are committed."""
    hook = Hook(
        url=str(request.url.replace(query="")),
        query=request.url.query,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.body(),
    )
    if services.gateways is None:
        raise Unavailable("this process takes nothing from gateways")
    try:
        reply = await services.gateways.take(route, token, hook)
    except NotFound:
        # whoever knows the address may call as often as there are messages; guessing is slow
        await services.limits.unknown_from(client_address(request))
        raise
    return Response(content=reply.body, media_type=reply.content_type)
