"""``/campaigns/{campaign_id}/start`` and its like: what moves a campaign from one state to another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts import audit
from callwright.accounts.models import Principal
from callwright.api.native import campaign_views as views
from callwright.api.native.campaign_texts import TextOutcome
from callwright.api.native.campaigns import shown_in
from callwright.api.native.idempotent import Repeatable, Submission
from callwright.api.native.ids import CampaignId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.validation import parsed
from callwright.campaigns.models import Campaign
from callwright.rules.outcomes import Outcome

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["campaigns"])


class CancelRequest(BaseModel):
    """How a campaign is ended."""

    model_config = ConfigDict(extra="forbid", strict=True)

    hang_up: bool = Field(default=False, description="Whether calls in the air are ended, too.")


class RetryRequest(BaseModel):
    """Who is called again."""

    model_config = ConfigDict(extra="forbid")

    outcomes: list[Outcome | TextOutcome] = Field(min_length=1, max_length=20)


_CANCEL_BODY = json_body(CancelRequest, {"at once": {"hang_up": True}})["requestBody"]

Move = Callable[["Connection", Campaign], Awaitable[Campaign]]


@router.post(
    "/campaigns/{campaign_id}/start",
    summary="Start a campaign",
    response_model=views.CampaignDetail,
    responses=problems(404, 409),
)
async def start_campaign(
    campaign_id: CampaignId,
    caller: Caller,
    services: Provided,
    submitted: Repeatable,
) -> Response:
    """Start a draft, now or when its schedule says; one that is scheduled starts now."""
    return await _move(services, caller, submitted, campaign_id, "started", services.campaigns.states.start)


@router.post(
    "/campaigns/{campaign_id}/pause",
    summary="Pause a campaign",
    response_model=views.CampaignDetail,
    responses=problems(404, 409),
)
async def pause_campaign(
    campaign_id: CampaignId,
    caller: Caller,
    services: Provided,
    submitted: Repeatable,
) -> Response:
    """Make no call any more until `resume`; those in the air go on."""
    return await _move(services, caller, submitted, campaign_id, "paused", services.campaigns.states.pause)


@router.post(
    "/campaigns/{campaign_id}/resume",
    summary="Resume a campaign",
    response_model=views.CampaignDetail,
    responses=problems(404, 409),
)
async def resume_campaign(
    campaign_id: CampaignId,
    caller: Caller,
    services: Provided,
    submitted: Repeatable,
) -> Response:
    """Go on where it was paused."""
    return await _move(services, caller, submitted, campaign_id, "resumed", services.campaigns.states.resume)


@router.post(
    "/campaigns/{campaign_id}/cancel",
    summary="Cancel a campaign",
    response_model=views.CampaignDetail,
    responses=problems(404, 409),
    openapi_extra={"requestBody": {**_CANCEL_BODY, "required": False}},
)
async def cancel_campaign(
    campaign_id: CampaignId,
    caller: Caller,
    services: Provided,
    submitted: Repeatable,
) -> Response:
    """End a campaign for good. Calls in the air go on, unless `hang_up` is true."""
    data = await submitted.read(default={})
    wanted = parsed(CancelRequest, data)
    live: list[str] = []

    async def cancel(connection: Connection, campaign: Campaign) -> Campaign:
        after = await services.campaigns.states.cancel(connection, campaign)
        if wanted.hang_up:
            live.extend(await services.campaigns.states.hang_up(connection, campaign))
        return after

    answer = await _move(services, caller, submitted, campaign_id, "cancelled", cancel)
    services.calls.hang_up(live)
    return answer


@router.post(
    "/campaigns/{campaign_id}/retry",
    summary="Call people of a campaign again",
    response_model=views.CampaignDetail,
    responses=problems(404, 409),
    openapi_extra=json_body(RetryRequest, {"nobody there": {"outcomes": ["no_answer", "busy"]}}),
)
async def retry_campaign(
    campaign_id: CampaignId,
    caller: Caller,
    services: Provided,
    submitted: Repeatable,
) -> Response:
    """Call those again whose last call ended so. A completed campaign runs again."""
    data = await submitted.read()
    wanted = parsed(RetryRequest, data)

    async def retry(connection: Connection, campaign: Campaign) -> Campaign:
        return await services.campaigns.retries.retry(connection, campaign, [str(each) for each in wanted.outcomes])

    return await _move(services, caller, submitted, campaign_id, "retried", retry)


async def _move(
    services: Services, caller: Principal, submitted: Submission, campaign_id: str, done: str, move: Move
) -> Response:
    if (earlier := await submitted.earlier()) is not None:
        return earlier

    async def action(connection: Connection) -> tuple[int, Any]:
        before = await services.campaigns.registry.lock(connection, caller, campaign_id)
        after = await move(connection, before)
        await audit.record(
            connection, caller, f"campaign.{done}", after.id, {"state": before.state}, {"state": after.state}
        )
        return 200, await shown_in(services, connection, after)

    answer = await submitted.run(action)
    services.campaigns.registry.wake()
    return answer
