"""Who sends a dialect's request: by the secret that its document has, and no less strictly than the native API."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request

from callwright.accounts.models import Principal
from callwright.api.native.security import ALLOWANCE, INTERFACE, WHO, client_address
from callwright.api.native.services import Services
from callwright.errors import Forbidden, Unauthorized

#: No key is longer; more would only be hashed in vain.
_LONGEST = 200


async def enter(
    request: Request, services: Services, secret: str | None, *, dialect: str, permission: str
) -> Principal:
    """Return who sent a request with this secret; blanks around it do not count.

    ``permission`` is a native one such as ``calls:write``. Raises ``Unauthorized``, ``Forbidden`` or ``RateLimited``.
    """
    address = client_address(request)
    await services.limits.come_from(address)
    try:
        who = await services.accounts.authenticate((secret or "").strip()[:_LONGEST], dialect=dialect)
    except Unauthorized:
        await services.limits.unknown_from(address)
        raise
    setattr(request.state, WHO, replace(who, address=address))
    setattr(request.state, INTERFACE, dialect)
    allowed, allowance = await services.limits.take(who.id)
    setattr(request.state, ALLOWANCE, allowance.headers())
    if not allowed:
        raise services.limits.refusal(allowance)
    if not who.may(permission):
        raise Forbidden(f"this needs the permission {permission!r}, which this key does not have")
    return replace(who, address=address)
