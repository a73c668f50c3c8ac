"""Who opens a websocket. A browser cannot send headers of ours with it, so its Origin says what page it belongs to."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from fastapi import WebSocket

from callwright.accounts.models import Principal
from callwright.accounts.sessions import PREFIX
from callwright.api.native.services import Services
from callwright.errors import Forbidden, Unauthorized


async def principal_of_websocket(websocket: WebSocket, services: Services, permission: str) -> Principal:
    """Return who opens a websocket, by a key in ``Authorization`` or by the console's cookie.

    The cookie counts only for pages of our own origin. Raises ``Unauthorized``, ``Forbidden`` or ``RateLimited``.
    """
    address = None if websocket.client is None else websocket.client.host
    await services.limits.come_from(address)
    scheme, _, key = websocket.headers.get("authorization", "").partition(" ")
    secret = key.strip() if scheme.lower() == "bearer" and key else _of_cookie(websocket)
    if secret is None:
        await services.limits.unknown_from(address)
        raise Unauthorized("a valid API key is needed")
    try:
        who = await services.accounts.authenticate(secret)
    except Unauthorized:
        await services.limits.unknown_from(address)
        raise
    allowed, allowance = await services.limits.take(who.id)
    if not allowed:
        raise services.limits.refusal(allowance)
    if not who.may(permission):
        raise Forbidden(f"this needs the permission {permission!r}, which this key or session does not have")
    return replace(who, address=address)


def _of_cookie(websocket: WebSocket) -> str | None:
    secure = websocket.url.scheme == "wss"
    token = websocket.cookies.get("__Host-callwright" if secure else "callwright")
    if token is None or not token.startswith(f"{PREFIX}_"):
        return None
    origin = urlsplit(websocket.headers.get("origin", ""))
    if origin.netloc != websocket.headers.get("host") or origin.scheme != ("https" if secure else "http"):
        # a foreign page may have opened it: browsers send cookies with websockets to anywhere
        return None
    return token
