"""``/campaigns``: creating, showing, listing, changing and deleting them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Response

from callwright.accounts import audit
from callwright.api.native import campaign_views as views
from callwright.api.native.call_requests import audio_named
from callwright.api.native.campaign_preflight import look_in
from callwright.api.native.campaign_reading import SHOWN_ERRORS, look_up, read_campaign, read_recipients
from callwright.api.native.campaign_requests import EXAMPLES, MAX_RECIPIENTS, CampaignRequest
from callwright.api.native.campaign_sources import field_given, read_source
from callwright.api.native.flow_references import with_saved_flows
from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import CampaignId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.problems import listed
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import aware
from callwright.api.native.validation import parsed
from callwright.campaigns.models import Campaign
from callwright.campaigns.service import CampaignFilter
from callwright.campaigns.writing import by_email
from callwright.errors import FieldError, InvalidRequest

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["campaigns"])

State = Literal["draft", "scheduled", "running", "paused", "completed", "cancelled"]


class CampaignQuery(Page):
    """Query parameters of the list of campaigns."""

    state: State | None = None
    kind: Literal["campaign", "batch"] | None = None
    name: QueryText | None = None
    topic: QueryText | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


@router.post(
    "/campaigns",
    summary="Create and schedule a campaign",
    status_code=201,
    responses={
        200: {"description": "`dry_run`: what would happen; nothing was created"},
        201: {"model": views.CreatedCampaign},
        **problems(402, 409),
    },
    openapi_extra=json_body(CampaignRequest, EXAMPLES),
)
async def create_campaign(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Create a campaign for a list of people, and start it unless `start` is false."""
    data = await submitted.read()
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    wanted = parsed(CampaignRequest, await with_saved_flows(services, caller, data))
    named = audio_named((wanted.audio, wanted.flow))
    templates, files = wanted.email_templates, wanted.email_files
    ground = await look_up(services, caller, wanted.from_pool, named, templates=templates, files=files, wanted=wanted)
    read = read_campaign(services, caller, wanted, ground)
    field = field_given(wanted)
    given = wanted.recipients or []
    if wanted.recipients is not None and not given:
        raise _wrong("recipients", "must not be empty")
    if len(given) > MAX_RECIPIENTS:
        raise _wrong("recipients", f"must have at most {MAX_RECIPIENTS}; upload a larger list as a file")
    people = await read_recipients(
        services, caller, given, ground=ground, needed=read.needed, emails=by_email(read.new.call_template)
    )
    if people.errors and (wanted.on_bad_recipients == "refuse" or not people.good):
        raise InvalidRequest(people.errors)
    source = await read_source(services, caller, wanted)
    told = {"kind": "list", "given": len(given), "refused": people.refused, "duplicates": people.duplicates}
    errors = listed(people.errors[:SHOWN_ERRORS])

    listed_now = people.good if source is None else None

    async def make(connection: Connection) -> Campaign:
        desk = services.campaigns
        if source is not None:
            await desk.audiences.check(
                connection,
                caller,
                source,
                read.needed,
                field or "recipients",
                emails=by_email(read.new.call_template),
            )
        campaign = await desk.registry.create(
            connection, caller, read.new, recipients=people.good, source=told if given else {"kind": "none"}
        )
        if source is not None:
            campaign = await desk.audiences.begin(connection, campaign, source)
        await desk.states.check_opens(connection, campaign, caller.organisation, first=listed_now)
        return campaign

    if wanted.dry_run:
        async with services.campaigns.registry.undone() as connection:
            seen = await look_in(services, caller, connection, await make(connection))
        shown = {"dry_run": True, **seen.model_dump(mode="json"), "errors": errors}
        return Response(orjson.dumps(shown), media_type="application/json")

    async def action(connection: Connection) -> tuple[int, Any]:
        campaign = await make(connection)
        if wanted.start:
            campaign = await services.campaigns.states.start(connection, campaign, first=listed_now)
        await audit.record(connection, caller, "campaign.created", campaign.id, None, {"name": campaign.name})
        return 201, {**await shown_in(services, connection, campaign), "errors": errors}

    answer = await submitted.run(action)
    services.campaigns.registry.wake()
    return answer


@router.get("/campaigns", summary="List campaigns")
async def list_campaigns(
    caller: Caller, services: Provided, query: Annotated[CampaignQuery, Query()]
) -> views.CampaignList:
    """List campaigns, newest first, with where each stands."""
    zone = caller.organisation.time_zone
    narrowed = CampaignFilter(
        state=query.state,
        kind=query.kind,
        name=query.name,
        topic=query.topic,
        created_after=aware(query.created_after, zone),
        created_before=aware(query.created_before, zone),
    )
    found = await services.campaigns.registry.page(caller, narrowed, limit=query.limit + 1, before=query.before)
    shown, next_cursor = cut(found, query)
    counts = await services.campaigns.statistics.of(shown)
    return views.CampaignList(
        campaigns=[views.summary(campaign, counts[campaign.id]) for campaign in shown], next_cursor=next_cursor
    )


@router.get("/campaigns/{campaign_id}", summary="Show a campaign", responses=problems(404))
async def show_campaign(campaign_id: CampaignId, caller: Caller, services: Provided) -> views.CampaignDetail:
    """Show a campaign, where it stands, and what its recipients did."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    counts = (await services.campaigns.statistics.of([campaign]))[campaign.id]
    times = await services.campaigns.statistics.times(campaign, counts)
    return views.detail(campaign, counts, times, await services.campaigns.registry.goal(campaign))


@router.delete("/campaigns/{campaign_id}", summary="Delete a draft", status_code=204, responses=problems(404, 409))
async def delete_campaign(campaign_id: CampaignId, caller: Caller, services: Provided) -> None:
    """Delete a draft with its recipients. One that called somebody stays."""
    async with services.campaigns.registry.transaction() as connection:
        campaign = await services.campaigns.registry.delete(connection, caller, campaign_id)
        await audit.record(connection, caller, "campaign.deleted", campaign.id, {"name": campaign.name})


async def shown_in(services: Services, connection: Connection, campaign: Campaign) -> dict[str, Any]:
    """Return the view of a campaign as the caller's transaction sees it."""
    statistics = services.campaigns.statistics
    counts = (await statistics.of([campaign], connection=connection))[campaign.id]
    times = await statistics.times(campaign, counts, connection=connection)
    goal = await services.campaigns.registry.goal(campaign, connection)
    return views.detail(campaign, counts, times, goal).model_dump(mode="json", by_alias=True)


def _wrong(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message)])
