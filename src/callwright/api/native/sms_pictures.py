"""``/sms/{sms_id}/pictures/{ordinal}``: a picture that came with a text, for whoever has the signed link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.ids import SmsId
from callwright.api.native.openapi import problems
from callwright.api.native.security import client_address
from callwright.api.native.services import Provided, Services
from callwright.errors import Forbidden
from callwright.messages.models import INBOUND, Message
from callwright.messages.pictures import Picture

router = APIRouter(tags=["sms"])

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
Ordinal = Annotated[int, Path(ge=1, le=1000)]


class PictureQuery(BaseModel):
    """What a link says."""

    model_config = ConfigDict(extra="forbid")

    expires: int = Field(ge=0, le=2**53)
    signature: str = Field(max_length=100)


class PictureOut(BaseModel):
    """A picture that came with a text."""

    ordinal: int = Field(description="Its place among the text's pictures, from 1.")
    state: str = Field(description="`waiting` until it was fetched from the provider, `kept`, or `failed`.")
    content_type: str | None
    bytes: int | None
    reason: str | None = Field(description="Why it is not there.")
    url: str | None = Field(description="Good for an hour, without a key.")


async def pictures_of(
    services: Services, organisation_id: str, messages: Sequence[Message]
) -> Mapping[str, list[PictureOut]]:
    """Return the pictures of those texts that brought some, by the text's id."""
    pictures = services.messages.pictures
    ids = [message.id for message in messages if message.direction == INBOUND and message.media]
    if not ids:
        return {}
    expires_at = pictures.expiry()

    def view(picture: Picture) -> PictureOut:
        path = f"/api/v1/sms/{picture.message_id}/pictures/{picture.ordinal}"
        return PictureOut(
            ordinal=picture.ordinal,
            state=picture.state,
            content_type=picture.content_type,
            bytes=picture.size,
            reason=picture.reason,
            url=f"{path}?{pictures.query(picture, expires_at)}" if picture.state == "kept" else None,
        )

    found = await pictures.of(organisation_id, ids)
    return {message_id: [view(picture) for picture in those] for message_id, those in found.items()}


@router.get(
    "/sms/{sms_id}/pictures/{ordinal}",
    summary="Fetch a picture",
    response_class=Response,
    responses={200: {"content": dict.fromkeys(_TYPES, _BINARY)}, **problems(403, 404)},
)
async def fetch_picture(
    sms_id: SmsId, ordinal: Ordinal, request: Request, services: Provided, query: Annotated[PictureQuery, Query()]
) -> Response:
    """Fetch a picture by a link of `GET /sms/{sms_id}`: the signature stands for a key."""
    address = client_address(request)
    await services.limits.come_from(address)
    try:
        services.messages.pictures.check(sms_id, ordinal, expires=query.expires, signature=query.signature)
    except Forbidden:
        await services.limits.unknown_from(address)
        raise
    kind, octets = await services.messages.pictures.octets(sms_id, ordinal)
    # somebody else made it: a browser must take it for nothing but a picture
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=3600",
    }
    return Response(octets, media_type=kind, headers=headers)
