"""``/limits``: what the organisation allows itself, and how much of it is used."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.bodies import read_object
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.validation import parsed
from callwright.errors import FieldError, InvalidRequest

router = APIRouter(tags=["limits"])

Country = Annotated[str, Field(min_length=2, max_length=3)]


class LimitsChange(BaseModel):
    """What is to be changed; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    allowed_countries: list[Country] | None = Field(
        default=None,
        max_length=300,
        description="ISO 3166 countries that may be called; `001`: numbers of no country. null: every country.",
    )
    calls_per_person: int | None = Field(
        default=None, description="Calls to one number within `per_person_hours`; null: no cap."
    )
    per_person_hours: int = 24
    max_call_seconds: int = Field(default=3600, description="An answered call ends after this time.")
    marketing_needs_consent: bool = Field(
        default=True, description="Marketing reaches only people whose consent is recorded. A withdrawal always binds."
    )


class OrganisationLimits(LimitsChange):
    """The limits, and what is in use."""

    concurrent_calls: int = Field(description="Calls that may be in the air at once; the operator sets it.")
    concurrent_calls_used: int
    requests_per_second: int = Field(description="Of one key.")
    sip_domains: list[str] = Field(
        description="Domains whose SIP addresses transfers may call; the operator opens them (a trunk's `prefixes`).",
        examples=[["pbx.example.com"]],
    )


@router.get("/limits", summary="Show the limits")
async def show_limits(caller: Caller, services: Provided) -> OrganisationLimits:
    """Show what the organisation may do, and how much of it is in use."""
    limits = await services.call_limits.get(caller.organisation)
    used, capacity = await services.accounts.concurrent_calls(caller.organisation.id)
    return OrganisationLimits(
        allowed_countries=None if limits.allowed_countries is None else list(limits.allowed_countries),
        calls_per_person=limits.calls_per_person,
        per_person_hours=limits.per_person_hours,
        max_call_seconds=limits.max_call_seconds,
        marketing_needs_consent=limits.marketing_needs_consent,
        concurrent_calls=capacity,
        concurrent_calls_used=used,
        requests_per_second=services.limits.per_second,
        sip_domains=[
            domain.removeprefix("@") for domain in await services.numbers.trunks.sip_domains(caller.organisation.id)
        ],
    )


@router.patch(
    "/limits",
    summary="Change the limits",
    responses={200: {"model": OrganisationLimits}, **problems(403)},
    openapi_extra=json_body(LimitsChange, {"two countries": {"allowed_countries": ["US", "CA"]}}),
)
async def change_limits(request: Request, caller: Caller, services: Provided) -> OrganisationLimits:
    """Change where the organisation may call, how often one person, and how long; owners may."""
    data = await read_object(request)
    wanted = parsed(LimitsChange, data)
    fields = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    if not fields:
        raise InvalidRequest([FieldError(field="body", message="names nothing to change")])
    await services.call_limits.change(caller.organisation, fields, caller.actor)
    return await show_limits(caller, services)
