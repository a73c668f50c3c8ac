"""``/campaigns/{campaign_id}/report-to``: who gets the report of a campaign by email when it is over."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.bodies import read_object
from callwright.api.native.ids import CampaignId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.errors import Conflict

router = APIRouter(tags=["campaigns"])


class ReportTo(BaseModel):
    """Who gets the report."""

    model_config = ConfigDict(extra="forbid", strict=True)

    emails: list[str] = Field(max_length=10)


class ReportAddressView(BaseModel):
    """Somebody who gets the report."""

    email: str
    sent_at: Utc | None = Field(description="null: the campaign is not over yet.")


class ReportAddresses(BaseModel):
    """Everybody who gets the report."""

    emails: list[ReportAddressView]


BODIES: list[type[BaseModel]] = [ReportTo]


@router.get("/campaigns/{campaign_id}/report-to", summary="Show who gets a report", responses=problems(404))
async def show_report_addresses(campaign_id: CampaignId, caller: Caller, services: Provided) -> ReportAddresses:
    """Show who gets the campaign's report by email."""
    await services.campaigns.registry.get(caller, campaign_id)
    return await _shown(services, caller.organisation.id, campaign_id)


@router.put(
    "/campaigns/{campaign_id}/report-to",
    summary="Say who gets a report",
    responses={200: {"model": ReportAddresses}, **problems(404, 409)},
    openapi_extra=json_body(ReportTo, {"plain": {"emails": ["manager@example.com"]}}),
)
async def set_report_addresses(
    campaign_id: CampaignId, request: Request, caller: Caller, services: Provided
) -> ReportAddresses:
    """Mail the campaign's figures, with the results as CSV, to these addresses when it is over."""
    data = await read_object(request)
    wanted = parsed(ReportTo, data)
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    if wanted.emails and not services.emails.sends_own:
        raise Conflict("this appliance sends no mail of its own: its operator sets CALLWRIGHT_MAIL_FROM")
    await services.mailed_reports.set(caller, campaign, wanted.emails)
    return await _shown(services, caller.organisation.id, campaign_id)


async def _shown(services: Services, organisation_id: str, campaign_id: str) -> ReportAddresses:
    found = await services.mailed_reports.of(organisation_id, campaign_id)
    return ReportAddresses(emails=[ReportAddressView(email=each.address, sent_at=each.sent_at) for each in found])
