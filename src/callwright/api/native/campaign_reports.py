"""A campaign in numbers: what charts show, followed live, and shared with whoever has a link."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from callwright.accounts import audit
from callwright.accounts.models import Principal
from callwright.api.native import campaign_views as views
from callwright.api.native.bodies import read_object
from callwright.api.native.ids import CampaignId, ResultLinkId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller, client_address
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.campaigns.models import OVER, Campaign
from callwright.campaigns.reports import Live, Report
from callwright.campaigns.shared import ResultLink
from callwright.errors import NotFound

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["campaigns"])

#: Where a campaign stands is looked at so often, and told when it has changed.
_LOOK_SECONDS = 1.0
_PING_SECONDS = 15
MAX_DAYS = 365


class StepView(BaseModel):
    """Calls that ended within a step of the time axis."""

    at: Utc = Field(description="The beginning of the step.")
    outcomes: dict[str, int]


class HourView(BaseModel):
    """Calls of an hour of the day of people in a zone."""

    zone: str = Field(examples=["America/Chicago"])
    hour: int = Field(description="0 to 23, on their clock.")
    outcomes: dict[str, int]


class ReportView(BaseModel):
    """What became of a campaign's calls, for charts."""

    step_seconds: int
    over_time: list[StepView]
    by_zone_and_hour: list[HourView]

    @classmethod
    def of(cls, report: Report) -> ReportView:
        """Return the view of a report."""
        return cls(
            step_seconds=int(report.step.total_seconds()),
            over_time=[StepView(at=step.at, outcomes=dict(step.outcomes)) for step in report.over_time],
            by_zone_and_hour=[
                HourView(zone=hour.zone, hour=hour.hour, outcomes=dict(hour.outcomes)) for hour in report.hours
            ],
        )


class CallNow(BaseModel):
    """A call that is being made."""

    call_id: str
    to: str
    status: str = Field(description="dialing, ringing or in_progress.")
    since: Utc
    answered_at: Utc | None
    dtmf_response: str | None
    amd_result: str | None


class LiveView(BaseModel):
    """Where a campaign stands now."""

    campaign: views.CampaignSummary
    estimated_end_at: Utc | None
    calls: list[CallNow] = Field(description="The newest 50 of those in the air; `recipients.active` counts all.")

    @classmethod
    def of(cls, live: Live) -> LiveView:
        """Return the view."""
        return cls(
            campaign=views.summary(live.campaign, live.counts),
            estimated_end_at=live.times.estimated_end_at,
            calls=[
                CallNow(
                    call_id=call.call_id,
                    to=call.to,
                    status=call.status,
                    since=call.since,
                    answered_at=call.answered_at,
                    dtmf_response=call.dtmf_response,
                    amd_result=call.amd_result,
                )
                for call in live.in_the_air
            ],
        )


class LinkRequest(BaseModel):
    """A link to a campaign's numbers."""

    model_config = ConfigDict(extra="forbid", strict=True)

    days: int = Field(default=30, ge=1, le=MAX_DAYS, description="So long it works.")


class LinkView(BaseModel):
    """A link to a campaign's numbers."""

    link_id: str
    campaign_id: str
    created_at: Utc
    expires_at: Utc
    opened: int
    last_opened_at: Utc | None


class NewLink(LinkView):
    """A link and its address, which is shown this once."""

    token: str
    path: str = Field(description="On this appliance.", examples=["/app/shared/mfkq9r8gkyqrtwjupd8ilpzio2lalasw"])


class LinkList(BaseModel):
    """Links that still work, newest first."""

    links: list[LinkView]


class SharedResults(BaseModel):
    """What a link shows: numbers, and nobody's name or telephone number."""

    organisation: str
    name: str
    state: str
    started_at: Utc | None
    ended_at: Utc | None
    expires_at: Utc = Field(description="Of the link.")
    recipients: views.Standing
    stats: views.CampaignStats
    report: ReportView


@router.get("/campaigns/{campaign_id}/report", summary="Show a campaign's charts", responses=problems(404))
async def show_report(campaign_id: CampaignId, caller: Caller, services: Provided) -> ReportView:
    """Show what became of the calls: over time, and by hour of the day where the people are."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    report = await services.campaigns.reports.report(campaign, zone=caller.organisation.time_zone)
    return ReportView.of(report)


@router.get(
    "/campaigns/{campaign_id}/live",
    summary="Follow a campaign",
    response_model=LiveView,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        204: {"description": "stream only: it is over, and its last standing was sent"},
        **problems(404),
    },
)
async def follow_campaign(
    campaign_id: CampaignId,
    request: Request,
    caller: Caller,
    services: Provided,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> Response:
    """Show where a campaign stands; with `Accept: text/event-stream` again whenever that changes, until it is over."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    if "text/event-stream" not in request.headers.get("accept", ""):
        live = LiveView.of(await services.campaigns.reports.live(campaign))
        return Response(live.model_dump_json(), media_type="application/json")
    if last_event_id is not None and last_event_id.startswith("over-"):
        return Response(status_code=204)
    return EventSourceResponse(
        _stream(services, caller, campaign),
        ping=_PING_SECONDS,
        headers={"X-Accel-Buffering": "no"},
    )


async def _stream(services: Services, caller: Principal, campaign: Campaign) -> AsyncIterator[ServerSentEvent]:
    told = b""
    while True:
        live = await services.campaigns.reports.live(campaign)
        over = live.campaign.state in OVER and not live.counts.states.get("active")
        text = LiveView.of(live).model_dump_json()
        digest = hashlib.sha256(text.encode()).digest()
        if digest != told:
            told = digest
            name = f"over-{digest.hex()[:16]}" if over else digest.hex()[:16]
            yield ServerSentEvent(text, event="live", id=name, sep="\n")
        if over:
            return
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await services.closing.wait()
        except TimeoutError:
            pass
        else:
            return
        try:
            # its state may have changed, and so may have what this person may see
            campaign = await services.campaigns.registry.get(caller, campaign.id)
        except NotFound:
            return


@router.post(
    "/campaigns/{campaign_id}/links",
    summary="Share a campaign's numbers",
    status_code=201,
    response_model=NewLink,
    responses=problems(404),
    openapi_extra=json_body(LinkRequest, {"a week": {"days": 7}}),
)
async def create_link(campaign_id: CampaignId, request: Request, caller: Caller, services: Provided) -> Response:
    """Make a link. Its token is in this answer and nowhere else, so `Idempotency-Key` is not read."""
    data = await read_object(request)
    wanted = parsed(LinkRequest, data)
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    async with services.campaigns.registry.transaction() as connection:
        link, token = await services.campaigns.links.create(connection, caller, campaign, timedelta(days=wanted.days))
        after = {"expires_at": link.expires_at.isoformat(timespec="seconds")}
        await audit.record(connection, caller, "result_link.created", campaign.id, None, {"link": link.id, **after})
    made = NewLink(**_fields(link), token=token, path=f"/app/shared/{token}")
    return Response(made.model_dump_json(), status_code=201, media_type="application/json")


@router.get("/campaigns/{campaign_id}/links", summary="List links to a campaign's numbers", responses=problems(404))
async def list_links(campaign_id: CampaignId, caller: Caller, services: Provided) -> LinkList:
    """List the links that still work, without their tokens."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    return LinkList(links=[LinkView(**_fields(link)) for link in await services.campaigns.links.of(campaign)])


@router.delete(
    "/campaigns/{campaign_id}/links/{link_id}", summary="Withdraw a link", status_code=204, responses=problems(404)
)
async def delete_link(campaign_id: CampaignId, link_id: ResultLinkId, caller: Caller, services: Provided) -> None:
    """End a link before its time."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    async with services.campaigns.registry.transaction() as connection:
        await _withdraw(services, connection, caller, campaign, link_id)


@router.get("/shared-results/{token}", summary="Show shared numbers", responses=problems(404))
async def show_shared(token: str, request: Request, services: Provided) -> SharedResults:
    """Show a campaign's numbers to whoever has a link. No key: the token says what."""
    address = client_address(request)
    await services.limits.come_from(address)
    try:
        link, campaign = await services.campaigns.links.open(token)
    except NotFound:
        # as guesses of keys are
        await services.limits.unknown_from(address)
        raise
    organisation = await services.accounts.organisation(campaign.organisation_id)
    live = await services.campaigns.reports.live(campaign)
    report = await services.campaigns.reports.report(campaign, zone=organisation.time_zone)
    summary = views.summary(live.campaign, live.counts)
    return SharedResults(
        organisation=organisation.name,
        name=summary.name,
        state=summary.state,
        started_at=summary.started_at,
        ended_at=summary.ended_at,
        expires_at=link.expires_at,
        recipients=summary.recipients,
        stats=summary.stats.model_copy(update={"cost": None}),
        report=ReportView.of(report),
    )


async def _withdraw(
    services: Services, connection: Connection, caller: Principal, campaign: Campaign, link_id: str
) -> None:
    await services.campaigns.links.withdraw(connection, campaign, link_id)
    await audit.record(connection, caller, "result_link.deleted", campaign.id, {"link": link_id})


def _fields(link: ResultLink) -> Mapping[str, Any]:
    return {
        "link_id": link.id,
        "campaign_id": link.campaign_id,
        "created_at": link.created_at,
        "expires_at": link.expires_at,
        "opened": link.opened,
        "last_opened_at": link.last_opened_at,
    }
