"""``/senders/{sender_id}/code``, ``/verify``, ``/dkim``: proving an address of emails, and signing for its domain."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.bodies import read_object
from callwright.api.native.ids import SenderId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.validation import parsed
from callwright.messages.email_senders import DkimRecord

router = APIRouter(tags=["senders"])


class EmailCode(BaseModel):
    """The code that was mailed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: str = Field(min_length=1, max_length=40)


class NewKey(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    selector: str | None = Field(
        default=None, max_length=63, description="The key's name in the domain. Absent: `callwright`."
    )


class CodeChecked(BaseModel):
    """Whether the code was right."""

    valid: bool


class KeyView(BaseModel):
    """What to publish, so that receivers can check signatures."""

    domain: str
    selector: str
    type: str = "TXT"
    name: str = Field(examples=["callwright._domainkey.example.com"])
    value: str = Field(examples=["v=DKIM1; k=rsa; p=MIIB…"])

    @classmethod
    def of(cls, record: DkimRecord) -> KeyView:
        """Return the view of a record."""
        return cls(domain=record.domain, selector=record.selector, name=record.name, value=record.value)


BODIES: list[type[BaseModel]] = [EmailCode, NewKey]


@router.post(
    "/senders/{sender_id}/code", summary="Mail a code to a sender", status_code=204, responses=problems(404, 409, 429)
)
async def send_code(sender_id: SenderId, caller: Caller, services: Provided) -> Response:
    """Mail a code to an address, to prove that it is yours; one a minute, and it counts for half an hour."""
    await services.emails.senders.send_code(caller, sender_id)
    return Response(status_code=204)


@router.post(
    "/senders/{sender_id}/verify",
    summary="Prove a sender",
    responses={200: {"model": CodeChecked}, **problems(404, 409)},
    openapi_extra=json_body(EmailCode, {"plain": {"code": "482913"}}),
)
async def verify_sender(sender_id: SenderId, request: Request, caller: Caller, services: Provided) -> CodeChecked:
    """Give the code back; five wrong ones end it. Afterwards emails may come from the address."""
    data = await read_object(request)
    wanted = parsed(EmailCode, data)
    return CodeChecked(valid=await services.emails.senders.verify(caller, sender_id, wanted.code))


@router.put(
    "/senders/{sender_id}/dkim",
    summary="Make a key that signs",
    responses={200: {"model": KeyView}, **problems(404, 409)},
    openapi_extra=json_body(NewKey, {"plain": {"selector": "callwright"}}),
)
async def make_key(sender_id: SenderId, request: Request, caller: Caller, services: Provided) -> KeyView:
    """Make a key that signs (DKIM) what comes from the address's domain; publish the record before you send."""
    data: dict[str, Any] = {}
    if (await request.body()).strip():
        data = await read_object(request)
    wanted = parsed(NewKey, data)
    return KeyView.of(await services.emails.senders.make_key(caller, sender_id, selector=wanted.selector))


@router.get("/senders/{sender_id}/dkim", summary="Show a key's record", responses=problems(404))
async def show_key(sender_id: SenderId, caller: Caller, services: Provided) -> KeyView:
    """Show what is to be published of the key."""
    return KeyView.of(await services.emails.senders.key(caller, sender_id))


@router.delete("/senders/{sender_id}/dkim", summary="Remove a key", status_code=204, responses=problems(404))
async def remove_key(sender_id: SenderId, caller: Caller, services: Provided) -> Response:
    """Sign no more; the address stays proved."""
    await services.emails.senders.remove_key(caller, sender_id)
    return Response(status_code=204)
