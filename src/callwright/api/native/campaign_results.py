"""What became of a campaign: results as a file, its own events, and one person's timeline."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from callwright.api.native import call_views
from callwright.api.native import campaign_views as views
from callwright.api.native.campaign_recipients import RecipientId
from callwright.api.native.events import EventOut
from callwright.api.native.ids import CampaignId
from callwright.api.native.openapi import problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.timeline import Timeline, TimelineQuery, answer_events
from callwright.campaigns.models import OVER

router = APIRouter(tags=["campaigns"])

#: A stream of a campaign's events ends with one of these.
_LAST = frozenset({"campaign.completed", "campaign.cancelled"})


class ResultQuery(BaseModel):
    """Query parameters of a campaign's results."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["csv", "jsonl"] = "csv"


class RecipientDetail(views.RecipientView):
    """A person of a campaign's list with everything that happened."""

    calls: list[call_views.CallDetail]
    events: list[EventOut]


@router.get(
    "/campaigns/{campaign_id}/results",
    summary="Download results",
    response_class=StreamingResponse,
    responses=problems(404),
)
async def download_results(
    campaign_id: CampaignId, caller: Caller, services: Provided, query: Annotated[ResultQuery, Query()]
) -> StreamingResponse:
    """Stream what became of each person, as CSV or JSON lines, in the order of the list."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    results = services.campaigns.results
    lines = results.csv(campaign) if query.format == "csv" else results.json_lines(campaign)
    kind = "text/csv; charset=utf-8" if query.format == "csv" else "application/jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{campaign.id}.{query.format}"'}
    return StreamingResponse(lines, media_type=kind, headers=headers)


@router.get(
    "/campaigns/{campaign_id}/events",
    summary="Show or follow a campaign's events",
    response_model=Timeline,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        204: {"description": "stream only: the campaign is over and there is nothing left to send"},
        **problems(404),
    },
)
async def list_campaign_events(
    campaign_id: CampaignId,
    request: Request,
    caller: Caller,
    services: Provided,
    query: Annotated[TimelineQuery, Query()],
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> Response:
    """List what happened to a campaign; with `Accept: text/event-stream` or `stream=1` follow it to its end."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    return await answer_events(
        services,
        request,
        caller.organisation.id,
        campaign.id,
        query,
        last_event_id,
        last=_LAST,
        over=campaign.state in OVER,
    )


@router.get("/campaigns/{campaign_id}/recipients/{recipient_id}", summary="Show a recipient", responses=problems(404))
async def show_recipient(
    campaign_id: CampaignId, recipient_id: RecipientId, caller: Caller, services: Provided
) -> RecipientDetail:
    """Show a person of the list with their calls, attempts, decisions and events."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    recipient = await services.campaigns.registry.recipient(campaign, recipient_id)
    organisation_id = caller.organisation.id
    calls, events = [], []
    for call_id in await services.campaigns.results.calls_of(campaign, recipient.id):
        calls.append(
            call_views.detail(
                await services.call_queries.get(organisation_id, call_id),
                await services.call_queries.attempts(organisation_id, call_id),
                await services.call_queries.decisions(organisation_id, call_id),
                await services.recordings.of_call(organisation_id, call_id),
            )
        )
        events += await services.events.of_subject(organisation_id, call_id)
    return RecipientDetail(
        **views.RecipientView.of(recipient).model_dump(),
        calls=calls,
        events=[EventOut.of(event) for event in sorted(events, key=lambda event: event.sequence)],
    )
