"""``/numbers``: caller ids, and what they do when somebody calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from callwright.accounts.models import Principal
from callwright.api.native.bodies import read_object
from callwright.api.native.call_flows import FlowCompiler
from callwright.api.native.call_requests import audio_named
from callwright.api.native.ids import NumberId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import Utc
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import parsed, shortened
from callwright.audio.models import Audio
from callwright.errors import FieldError, Forbidden, InvalidRequest
from callwright.events.addresses import parse_networks
from callwright.numbers.inbound import inbound_flow
from callwright.numbers.models import CallerId

router = APIRouter(tags=["numbers"])


class NumberView(BaseModel):
    """A caller id."""

    number_id: str
    number: int
    e164: str
    verified_by: str | None
    verified_at: Utc | None
    enabled: bool
    attestation: str = Field(description="Signed calls that show it say this (STIR/SHAKEN): A, B or C.")
    created_at: Utc
    inbound_enabled: bool
    inbound_flow: dict[str, Any] | None = Field(description="null: the call-back flow.")
    forward_to: str | None
    inbound_webhook_url: str | None
    inbound_webhook_events: list[str]

    @classmethod
    def of(cls, caller_id: CallerId) -> NumberView:
        """Return the view of a caller id."""
        inbound = caller_id.inbound
        return cls(
            number_id=caller_id.id,
            number=caller_id.number,
            e164=caller_id.e164,
            verified_by=caller_id.verified_by,
            verified_at=caller_id.verified_at,
            enabled=caller_id.enabled,
            attestation=caller_id.attested,
            created_at=caller_id.created_at,
            inbound_enabled=inbound.enabled,
            inbound_flow=None if inbound.flow is None else dict(inbound.flow),
            forward_to=inbound.forward_to,
            inbound_webhook_url=inbound.webhook_url,
            inbound_webhook_events=list(inbound.webhook_events),
        )


class NumberList(BaseModel):
    """A page of caller ids."""

    numbers: list[NumberView]
    next_cursor: str | None


class NumberChange(BaseModel):
    """What a number shall do with calls that come in; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    inbound_enabled: StrictBool = Field(default=True, description="false: callers hear that it takes no calls (480).")
    inbound_flow: dict[str, Any] | None = Field(
        default=None, description="As `flow` of a call, without variables; null: the call-back flow."
    )
    forward_to: str | None = Field(
        default=None,
        max_length=40,
        description="Whom the call-back flow connects a caller with: a telephone number or `Ext:1000`; null: nobody.",
    )
    inbound_webhook_url: str | None = Field(default=None, max_length=2048)
    inbound_webhook_events: list[str] = Field(
        default_factory=list, max_length=50, description="Events beside those that every webhook URL gets."
    )


_EXAMPLES = {
    "forward": {"forward_to": "+12125550177"},
    "flow": {"inbound_flow": {"steps": [{"type": "say", "text": "This is Northside Clinic. We open at eight."}]}},
    "off": {"inbound_enabled": False},
}


@router.get("/numbers", summary="List caller ids")
async def list_numbers(caller: Caller, services: Provided, page: Annotated[Page, Query()]) -> NumberList:
    """List the organisation's caller ids, newest first."""
    found = await services.numbers.numbers(
        caller.organisation.id, limit=page.limit + 1, before=page.before, fence=caller.fence
    )
    shown, next_cursor = cut(found, page)
    return NumberList(numbers=[NumberView.of(number) for number in shown], next_cursor=next_cursor)


@router.get("/numbers/{number_id}", summary="Show a number", responses=problems(404))
async def show_number(number_id: NumberId, caller: Caller, services: Provided) -> NumberView:
    """Show a number and what it does when somebody calls it."""
    found = await services.numbers.inbound.find(caller.organisation.id, number_id, fence=caller.fence)
    return NumberView.of(found)


@router.patch(
    "/numbers/{number_id}",
    summary="Change what a number does with calls",
    responses={200: {"model": NumberView}, **problems(403, 404)},
    openapi_extra=json_body(NumberChange, _EXAMPLES),
)
async def change_number(number_id: NumberId, request: Request, caller: Caller, services: Provided) -> NumberView:
    """Change what a number does with calls that come in. Calls in the air go on as they began."""
    data = await read_object(request)
    if caller.sandbox:
        raise Forbidden("a sandbox key may not change what real callers hear; use a live key")
    wanted = parsed(NumberChange, data)
    given = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    if not given:
        raise InvalidRequest([FieldError(field="body", message="names nothing to change")])
    audio = await services.audio.items.among(caller, audio_named(given.get("inbound_flow")))
    _check(given, caller, services, audio)
    fields = {name.removeprefix("inbound_"): value for name, value in given.items()}
    if "webhook_events" in fields:
        fields["webhook_events"] = tuple(fields["webhook_events"])
    changed = await services.numbers.inbound.change(
        caller.organisation.id,
        number_id,
        fields,
        region=caller.organisation.region,
        who=caller.actor,
        fence=caller.fence,
    )
    return NumberView.of(changed)


def _check(given: dict[str, Any], caller: Principal, services: Services, audio: Mapping[str, Audio]) -> None:
    """Raise ``InvalidRequest`` for what this appliance cannot do: a voice, a step, an address, an audio."""
    url_check = UrlCheck(parse_networks(services.settings.webhook_allow_networks))
    errors: list[FieldError] = []
    if given.get("inbound_flow") is not None:
        compiler = FlowCompiler(
            services.voices,
            default_voice=caller.organisation.voice,
            capabilities=services.capabilities,
            url_check=url_check,
            audio=audio,
        )
        try:
            compiler.check(inbound_flow(given["inbound_flow"]), at="inbound_flow")
        except InvalidRequest as error:
            errors += error.errors
    url = given.get("inbound_webhook_url")
    if url is not None and (fault := url_check.fault(url)) is not None:
        errors.append(FieldError(field="inbound_webhook_url", message=fault, received=shortened(url)))
    if errors:
        raise InvalidRequest(errors)
