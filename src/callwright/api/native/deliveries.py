"""``/calls/{call_id}/deliveries`` and ``/deliveries``: webhooks that were sent, and sending one again."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from callwright.api.native.ids import CallId, DeliveryId
from callwright.api.native.openapi import problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.events.deliveries import DeliveryView

router = APIRouter(tags=["webhooks"])


class DeliveryOut(BaseModel):
    """One webhook: what was sent where, and what came back."""

    delivery_id: str
    event: str
    url: str
    state: str
    tries: int
    response_status: int | None
    error: str | None
    next_try_at: Utc | None
    created_at: Utc
    delivered_at: Utc | None
    body: dict[str, Any]

    @classmethod
    def of(cls, delivery: DeliveryView) -> DeliveryOut:
        """Return the view of a delivery."""
        return cls(
            delivery_id=delivery.id,
            event=delivery.event_type,
            url=delivery.url,
            state=delivery.state,
            tries=delivery.tries,
            response_status=delivery.response_status,
            error=delivery.error,
            next_try_at=delivery.next_try_at if delivery.state == "pending" else None,
            created_at=delivery.created_at,
            delivered_at=delivery.delivered_at,
            body=dict(delivery.body),
        )


class DeliveryList(BaseModel):
    """The webhooks of a call, oldest first."""

    deliveries: list[DeliveryOut]


@router.get("/calls/{call_id}/deliveries", summary="List a call's webhooks", responses=problems(404))
async def list_deliveries(call_id: CallId, caller: Caller, services: Provided) -> DeliveryList:
    """List the webhooks of a call, oldest first."""
    organisation_id = caller.organisation.id
    await services.call_queries.get(organisation_id, call_id, sandbox=caller.sandbox, fence=caller.fence)
    found = await services.webhooks.of_subject(organisation_id, call_id)
    return DeliveryList(deliveries=[DeliveryOut.of(delivery) for delivery in found])


@router.post(
    "/deliveries/{delivery_id}/replay", summary="Send a webhook again", status_code=202, responses=problems(404, 409)
)
async def replay_delivery(delivery_id: DeliveryId, caller: Caller, services: Provided) -> DeliveryOut:
    """Send a webhook again, with the same `webhook-id`."""
    organisation_id = caller.organisation.id
    if caller.sandbox:
        # of live calls a sandbox key knows nothing
        found = await services.webhooks.get(organisation_id, delivery_id, fence=caller.fence)
        await services.call_queries.get(organisation_id, found.subject, sandbox=True)
    delivery = await services.webhooks.replay(organisation_id, delivery_id, fence=caller.fence)
    return DeliveryOut.of(delivery)
