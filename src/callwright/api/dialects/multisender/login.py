"""``POST /login``: a token for an email and a password."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.multisender.asking import answer, check_accept, read_json
from callwright.api.dialects.multisender.errors import render_error, wrong
from callwright.api.dialects.multisender.fields import Reader
from callwright.api.native.security import client_address
from callwright.api.native.services import Provided

router = APIRouter(route_class=dialect_route(render_error))


@router.post("/login")
@router.post("/auth")
async def login(request: Request, services: Provided) -> Response:
    """Sign in: the token is that of a session, good for a day, an hour without use.

    A second factor goes as ``code``.
    """
    check_accept(request)
    address = client_address(request)
    await services.limits.come_from(address)
    sent = await read_json(request)
    if sent.other is not None:
        raise wrong("body", "must be a JSON object")
    reader = Reader(sent.body)
    email = reader.text("email", required=True, longest=254)
    password = reader.given("password")
    if not isinstance(password, str) or not password:
        reader.fault("password", "is required")
    code = reader.text("code", longest=40)
    reader.done()
    _, token = await services.accounts.sessions.sign_in(
        email or "", str(password), code=code, address=address, user_agent=request.headers.get("user-agent")
    )
    return answer({"authToken": token}, 201)
