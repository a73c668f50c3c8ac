"""``/mail/…``: the picture and the links of emails whose sender counts openings and clicks. Public: they are signed."""

from __future__ import annotations

import base64

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from callwright.api.native.services import Provided
from callwright.errors import NotFound
from callwright.mail.tracking import is_counted_link

router = APIRouter(include_in_schema=False)

#: A transparent GIF of one pixel.
_PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get("/mail/opened/{token}.gif")
async def opened(token: str, services: Provided) -> Response:
    """Count an opening; the picture comes in any case."""
    message_id = services.emails.tokens.find(token)
    if message_id is not None:
        await services.emails.emails.count(message_id, "opened")
    return Response(_PICTURE, media_type="image/gif", headers=_HEADERS)


@router.get("/mail/clicked/{token}/{signature}")
async def clicked(token: str, signature: str, to: str, services: Provided) -> Response:
    """Count a click and lead to where the link led; only our own links lead anywhere."""
    message_id = is_counted_link(services.emails.tokens, token, signature, to)
    if message_id is None:
        raise NotFound("this link is damaged; copy it whole from the message")
    await services.emails.emails.count(message_id, "clicked", to[:2000])
    return RedirectResponse(to, status_code=302, headers=_HEADERS)
