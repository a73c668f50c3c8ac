"""``/senders``: whom texts and emails come from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.bodies import read_object
from callwright.api.native.ids import SenderId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.errors import FieldError, Forbidden, InvalidRequest
from callwright.messages.addresses import SenderAddress, read_text_sender
from callwright.messages.inbound_rules import read_rules
from callwright.numbers.addresses import read_email

router = APIRouter(tags=["senders"])

Channel = Literal["sms", "email"]
_INBOUND = Field(
    default=None,
    description="Of sms: what texts to it start. `forward_to` (numbers and addresses), `keywords` (`words`, `reply`, "
    "`flow_id`, `call_from`), `stop_reply`, `start_reply`, `help_reply`, `stop_scope`, `language`, `webhook_url`.",
)


class SenderRequest(BaseModel):
    """A sender to be added."""

    model_config = ConfigDict(extra="forbid", strict=True)

    channel: Channel
    address: str = Field(
        min_length=1,
        max_length=254,
        description="Of sms a number, a short code, or a name of up to 11 characters; of email an address.",
    )
    name: str | None = Field(default=None, min_length=1, max_length=80, description="Shown with an address of email.")
    default: bool = Field(default=False, description="Taken when a message names no sender.")
    inbound: dict[str, Any] | None = _INBOUND


class SenderChange(BaseModel):
    """What to change of a sender; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = Field(default=None, min_length=1, max_length=80)
    default: bool | None = None
    inbound: dict[str, Any] | None = _INBOUND


class SenderView(BaseModel):
    """A sender."""

    sender_id: str
    number: int
    channel: str
    address: str
    name: str | None
    verified: bool = Field(description="Messages may come from it.")
    verified_by: str | None = Field(description="operator, number (a verified caller id), code or dkim.")
    default: bool
    inbound: dict[str, Any]
    dkim_domain: str | None
    dkim_selector: str | None
    created_at: Utc

    @classmethod
    def of(cls, sender: SenderAddress) -> SenderView:
        """Return the view of a sender."""
        return cls(
            sender_id=sender.id,
            number=sender.number,
            channel=sender.channel,
            address=sender.address,
            name=sender.name,
            verified=sender.verified_at is not None,
            verified_by=sender.verified_by,
            default=sender.is_default,
            inbound=dict(sender.inbound),
            dkim_domain=sender.dkim_domain,
            dkim_selector=sender.dkim_selector,
            created_at=sender.created_at,
        )


class SenderList(BaseModel):
    """A page of senders."""

    senders: list[SenderView]
    next_cursor: str | None


class SenderQuery(Page):
    """Query parameters of the list of senders."""

    channel: Channel | None = None


#: Request bodies, for the documentation.
BODIES: list[type[BaseModel]] = [SenderRequest, SenderChange]
_EXAMPLES = {
    "a name": {"channel": "sms", "address": "ElmDental"},
    "a number that answers": {
        "channel": "sms",
        "address": "+18005550199",
        "default": True,
        "inbound": {"keywords": [{"words": ["HOURS"], "reply": "We are open from 9 to 5."}]},
    },
}


@router.get("/senders", summary="List senders")
async def list_senders(caller: Caller, services: Provided, query: Annotated[SenderQuery, Query()]) -> SenderList:
    """List whom messages may come from, newest first. Verified caller ids may send texts without being listed here."""
    found = await services.messages.senders.page(
        caller.organisation.id, channel=query.channel, limit=query.limit + 1, before=query.before, fence=caller.fence
    )
    shown, next_cursor = cut(found, query)
    return SenderList(senders=[SenderView.of(sender) for sender in shown], next_cursor=next_cursor)


@router.post(
    "/senders",
    summary="Add a sender",
    status_code=201,
    responses=problems(403, 409),
    openapi_extra=json_body(SenderRequest, _EXAMPLES),
)
async def create_sender(request: Request, caller: Caller, services: Provided) -> SenderView:
    """Add a sender. A verified caller id is proved by that; for the others the operator's proof is needed.

    A repeat is a 409, so that no `Idempotency-Key` is needed.
    """
    data = await read_object(request)
    if caller.sandbox:
        raise Forbidden("a sandbox key may not add senders, and needs none: it may write from any")
    wanted = parsed(SenderRequest, data)
    region = caller.organisation.region
    if wanted.channel == "sms":
        address = read_text_sender(wanted.address, region=region, field="address")
    else:
        address = read_email(wanted.address, field="address")
    rules = _rules(wanted.inbound, wanted.channel, region)
    senders = services.messages.senders
    made = await senders.add(
        caller.organisation.id,
        channel=wanted.channel,
        address=address,
        name=wanted.name,
        default=wanted.default,
        who=caller.actor,
    )
    if rules is not None:
        made = await senders.change(caller.organisation.id, made.id, who=caller.actor, inbound=rules)
    return SenderView.of(made)


@router.get("/senders/{sender_id}", summary="Show a sender", responses=problems(404))
async def show_sender(sender_id: SenderId, caller: Caller, services: Provided) -> SenderView:
    """Show a sender."""
    return SenderView.of(await services.messages.senders.get(caller.organisation.id, sender_id, fence=caller.fence))


@router.patch(
    "/senders/{sender_id}",
    summary="Change a sender",
    responses=problems(403, 404),
    openapi_extra=json_body(SenderChange, {"default": {"default": True}}),
)
async def change_sender(sender_id: SenderId, request: Request, caller: Caller, services: Provided) -> SenderView:
    """Change a sender's name, let it be the default, or say what becomes of texts to it."""
    data = await read_object(request)
    wanted = parsed(SenderChange, data)
    if all(getattr(wanted, name) is None for name in SenderChange.model_fields):
        raise InvalidRequest([FieldError(field="body", message="names nothing to change")])
    if caller.sandbox:
        raise Forbidden("a sandbox key may not change senders; use a live key")
    senders, organisation = services.messages.senders, caller.organisation
    found = await senders.get(organisation.id, sender_id, fence=caller.fence)
    changed = await senders.change(
        organisation.id,
        sender_id,
        who=caller.actor,
        name=wanted.name,
        default=wanted.default,
        inbound=_rules(wanted.inbound, found.channel, organisation.region),
    )
    return SenderView.of(changed)


@router.delete("/senders/{sender_id}", summary="Remove a sender", status_code=204, responses=problems(403, 404))
async def delete_sender(sender_id: SenderId, caller: Caller, services: Provided) -> None:
    """Remove a sender; what was sent keeps its address."""
    if caller.sandbox:
        raise Forbidden("a sandbox key may not remove senders; use a live key")
    await services.messages.senders.remove(caller.organisation.id, sender_id, who=caller.actor)


def _rules(given: dict[str, Any] | None, channel: str, region: str) -> dict[str, Any] | None:
    if given is None:
        return None
    if channel != "sms":
        raise InvalidRequest([FieldError(field="inbound", message="is for senders of sms")])
    return read_rules(given, region=region).model_dump(mode="json", exclude_defaults=True)
