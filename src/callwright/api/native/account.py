"""``/account``: whose key this is, and what it may do."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from callwright.api.native.security import Caller, needs
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc

router = APIRouter(tags=["account"])


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
    created_at: Utc


class KeyView(BaseModel):
    """The key of this request."""

    key_id: str | None
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
    key: KeyView
    limits: LimitsView


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
            created_at=organisation.created_at,
        ),
        key=KeyView(key_id=caller.key_id, sandbox=caller.sandbox, purpose=caller.purpose),
        limits=LimitsView(
            concurrent_calls=ConcurrentCalls(used=used, capacity=capacity),
            requests_per_second=services.limits.per_second,
        ),
    )


@router.get("/account/webhook-secret", summary="Show the webhook secret")
@needs("webhooks:read")
async def show_webhook_secret(caller: Caller, services: Provided) -> WebhookSecret:
    """Show the secret with which a receiver checks the signature of our webhooks (Standard Webhooks)."""
    return WebhookSecret(webhook_secret=await services.accounts.webhook_secret(caller.organisation.id))
