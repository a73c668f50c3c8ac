"""``/account``: whose key this is, and what it may do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

from callwright.api.native.bodies import read_object
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller, needs
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.errors import FieldError, InvalidRequest
from callwright.speech.tts.voices import UnknownVoice

router = APIRouter(tags=["account"])

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class CallingHours(BaseModel):
    """Daily window in the callee's time zone."""

    from_: str = Field(alias="from", examples=["09:00"])
    until: str = Field(examples=["20:00"])


class OrganisationView(BaseModel):
    """The organisation that a key belongs to."""

    organisation_id: str
    number: int
    name: str
    time_zone: str
    region: str
    voice: str
    calling_hours: CallingHours | None
    spoken_name: str | None = Field(description="What people hear who call back; null: the name.")
    callback_days: int = Field(description="How long a message is played again to who calls back.")
    dialect_options: dict[str, Any] = Field(description="What is set for the dialects.")
    operates: bool = Field(description="Looks after the installation: sees and changes every trunk.")
    created_at: Utc


class CredentialView(BaseModel):
    """The key or the session of this request."""

    key_id: str | None = Field(description="null: a session.")
    session_id: str | None
    user_id: str | None = Field(description="The person behind it; null: the organisation.")
    subuser: bool
    permissions: list[str]
    sandbox: bool
    purpose: str


class ConcurrentCalls(BaseModel):
    """Calls in the air."""

    used: int
    capacity: int


class LimitsView(BaseModel):
    """What this key and its organisation may do at once."""

    concurrent_calls: ConcurrentCalls
    requests_per_second: int


class AccountView(BaseModel):
    """Who and what may."""

    organisation: OrganisationView
    key: CredentialView
    limits: LimitsView


class HoursChange(CallingHours):
    """Daily window to be set."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class AccountChange(BaseModel):
    """What is to be changed of the organisation; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(default="", max_length=200)
    time_zone: str = Field(default="", max_length=60, description="IANA name.")
    region: str = Field(default="", max_length=2, description="ISO 3166: whose national numbers are understood.")
    voice: str = Field(default="", max_length=100, description="Who speaks where a call names nobody.")
    calling_hours: HoursChange | None = Field(default=None, description="null: people may be called at any time.")
    spoken_name: str | None = Field(
        default=None, max_length=200, description="What people hear who call back; null: the name."
    )
    callback_days: int = Field(default=30, description="How long a message is played again to who calls back.")
    dialect_options: dict[str, StrictBool | StrictStr] = Field(
        default_factory=dict, description="Of the dialects, such as `effebot_webhook`; these replace all that are set."
    )


class WebhookSecret(BaseModel):
    """What webhooks are signed with."""

    webhook_secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


@router.get("/account", summary="Show the account")
async def show_account(caller: Caller, services: Provided) -> AccountView:
    """Show the organisation, the key of this request, and the limits."""
    organisation = caller.organisation
    used, capacity = await services.accounts.concurrent_calls(organisation.id)
    start, end = organisation.calling_from, organisation.calling_until
    hours = None
    if start is not None and end is not None:
        hours = CallingHours.model_validate({"from": f"{start:%H:%M}", "until": f"{end:%H:%M}"})
    return AccountView(
        organisation=OrganisationView(
            organisation_id=organisation.id,
            number=organisation.number,
            name=organisation.name,
            time_zone=organisation.time_zone,
            region=organisation.region,
            voice=organisation.voice,
            calling_hours=hours,
            spoken_name=organisation.spoken_name,
            callback_days=organisation.callback_days,
            dialect_options=dict(organisation.dialect_options),
            operates=organisation.operates,
            created_at=organisation.created_at,
        ),
        key=CredentialView(
            key_id=caller.key_id,
            session_id=caller.session_id,
            user_id=caller.user_id,
            subuser=caller.fence is not None,
            permissions=sorted(caller.permissions),
            sandbox=caller.sandbox,
            purpose=caller.purpose,
        ),
        limits=LimitsView(
            concurrent_calls=ConcurrentCalls(used=used, capacity=capacity),
            requests_per_second=services.limits.per_second,
        ),
    )


@router.patch(
    "/account",
    summary="Change the account",
    responses={200: {"model": AccountView}, **problems(403)},
    openapi_extra=json_body(AccountChange, {"hours": {"calling_hours": {"from": "09:00", "until": "20:00"}}}),
)
async def change_account(request: Request, caller: Caller, services: Provided) -> AccountView:
    """Change the organisation's settings; owners may."""
    data = await read_object(request)
    wanted = parsed(AccountChange, data)
    fields: dict[str, Any] = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    if not fields:
        raise InvalidRequest([FieldError(field="body", message="names nothing to change")])
    if "voice" in fields:
        try:
            services.voices.resolve(fields["voice"] or None)
        except UnknownVoice as error:
            raise InvalidRequest([FieldError(field="voice", message=str(error), received=wanted.voice)]) from None
    if "calling_hours" in fields:
        del fields["calling_hours"]
        hours = wanted.calling_hours
        fields["calling_from"] = None if hours is None else _clock_time(hours.from_, "calling_hours.from")
        fields["calling_until"] = None if hours is None else _clock_time(hours.until, "calling_hours.until")
    changed = await services.accounts.change(caller.organisation.id, fields, caller.actor)
    return await show_account(replace(caller, organisation=changed), services)


def _clock_time(text: str, field: str) -> time:
    if not _TIME.fullmatch(text):
        raise InvalidRequest([FieldError(field=field, message="must be a time such as 09:00", received=text[:20])])
    return time.fromisoformat(text)


@router.get("/account/webhook-secret", summary="Show the webhook secret")
@needs("webhooks:read")
async def show_webhook_secret(caller: Caller, services: Provided) -> WebhookSecret:
    """Show the secret with which a receiver checks the signature of our webhooks (Standard Webhooks)."""
    return WebhookSecret(webhook_secret=await services.accounts.webhook_secret(caller.organisation.id))
