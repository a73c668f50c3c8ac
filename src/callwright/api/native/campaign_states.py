"""``/campaigns/{campaign_id}/start`` and its like: what moves a campaign from one state to another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from callwright.accounts import audit
from callwright.accounts.models import Principal
from callwright.api.native import campaign_views as views
from callwright.api.native.campaigns import shown_in
from callwright.api.native.idempotent import IdempotencyKey, run_once
from callwright.api.native.ids import CampaignId
from callwright.api.native.openapi import problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.campaigns.models import Campaign

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["campaigns"])

Move = Callable[["Connection", Campaign], Awaitable[Campaign]]


@router.post(
    "/campaigns/{campaign_id}/start",
    summary="Start a campaign",
    response_model=views.CampaignDetail,
    responses=problems(404, 409),
)
async def start_campaign(
    campaign_id: CampaignId,
    request: Request,
    caller: Caller,
    services: Provided,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Start a draft, now or when its schedule says; one that is scheduled starts now."""
    move = services.campaigns.states.start
    return await _move(services, caller, request, campaign_id, "started", move, idempotency_key)


@router.post(
    "/campaigns/{campaign_id}/pause",
    summary="Pause a campaign",
    response_model=views.CampaignDetail,
    responses=problems(404, 409),
)
async def pause_campaign(
    campaign_id: CampaignId,
    request: Request,
    caller: Caller,
    services: Provided,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make no call any more until `resume`; those in the air go on."""
    move = services.campaigns.states.pause
    return await _move(services, caller, request, campaign_id, "paused", move, idempotency_key)


@router.post(
    "/campaigns/{campaign_id}/resume",
    summary="Resume a campaign",
    response_model=views.CampaignDetail,
    responses=problems(404, 409),
)
async def resume_campaign(
    campaign_id: CampaignId,
    request: Request,
    caller: Caller,
    services: Provided,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Go on where it was paused."""
    move = services.campaigns.states.resume
    return await _move(services, caller, request, campaign_id, "resumed", move, idempotency_key)


async def _move(
    services: Services,
    caller: Principal,
    request: Request,
    campaign_id: str,
    done: str,
    move: Move,
    idempotency_key: str | None,
    raw: bytes = b"",
) -> Response:
    async def action(connection: Connection) -> tuple[int, Any]:
        before = await services.campaigns.registry.lock(connection, caller, campaign_id)
        after = await move(connection, before)
        await audit.record(
            connection, caller, f"campaign.{done}", after.id, {"state": before.state}, {"state": after.state}
        )
        return 200, await shown_in(services, connection, after)

    answer = await run_once(services, caller, request, raw, idempotency_key, action)
    services.campaigns.registry.wake()
    return answer
