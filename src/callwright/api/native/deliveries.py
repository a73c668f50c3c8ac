"""``/calls/{call_id}/deliveries`` and ``/deliveries``: webhooks that were sent, and sending one again."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.bodies import read_object
from callwright.api.native.ids import CallId, DeliveryId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.events.deliveries import DeliveryFilter, DeliveryView

router = APIRouter(tags=["webhooks"])

#: PostgreSQL cannot hold NUL.
_Url = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]


class DeliveryOut(BaseModel):
    """One webhook: what was sent where, and what came back."""

    delivery_id: str
    event: str
    subject: str = Field(description="Id of the call, message or other thing that it is about.")
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
            subject=delivery.subject,
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


class DeliveryPage(BaseModel):
    """A page of webhooks, youngest first."""

    deliveries: list[DeliveryOut]
    next_cursor: str | None


class DeliveryQuery(Page):
    """Query parameters of the list of webhooks."""

    state: Literal["pending", "delivered", "failed"] | None = None
    event: QueryText | None = Field(default=None, description="Such as `call.completed`.")
    url: _Url | None = Field(default=None, description="How the address begins.")
    subject: QueryText | None = Field(default=None, description="Id of what it is about.")


class ReplayRequest(BaseModel):
    """Which webhooks are sent again: those that are named, or all that failed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    delivery_ids: list[str] | None = Field(
        default=None, min_length=1, max_length=200, description="Left out: all that failed, at most 10,000 at once."
    )
    event: QueryText | None = Field(default=None, description="Only those of this event.")
    url: _Url | None = Field(default=None, description="Only those whose address begins so.")


class Replayed(BaseModel):
    """How many are sent again."""

    replayed: int


#: Request bodies, for the documentation.
BODIES: list[type[BaseModel]] = [ReplayRequest]


@router.get("/calls/{call_id}/deliveries", summary="List a call's webhooks", responses=problems(404))
async def list_deliveries(call_id: CallId, caller: Caller, services: Provided) -> DeliveryList:
    """List the webhooks of a call, oldest first."""
    organisation_id = caller.organisation.id
    await services.call_queries.get(organisation_id, call_id, sandbox=caller.sandbox, fence=caller.fence)
    found = await services.webhooks.of_subject(organisation_id, call_id)
    return DeliveryList(deliveries=[DeliveryOut.of(delivery) for delivery in found])


@router.get("/deliveries", summary="List webhooks")
async def list_all_deliveries(
    caller: Caller, services: Provided, query: Annotated[DeliveryQuery, Query()]
) -> DeliveryPage:
    """List the organisation's webhooks, youngest first."""
    found = await services.webhooks.page(
        caller.organisation.id,
        DeliveryFilter(state=query.state, event=query.event, url=query.url, subject=query.subject),
        limit=query.limit + 1,
        before=query.before,
        sandbox=caller.sandbox,
        fence=caller.fence,
    )
    shown, next_cursor = cut(found, query)
    return DeliveryPage(deliveries=[DeliveryOut.of(delivery) for delivery in shown], next_cursor=next_cursor)


@router.post(
    "/deliveries/replay",
    summary="Send several webhooks again",
    status_code=202,
    responses={202: {"model": Replayed}},
    openapi_extra=json_body(
        ReplayRequest,
        {
            "some": {"delivery_ids": ["dlv_06e4k1q0s8b2n4p6r8t0"]},
            "all that failed at one server": {"url": "https://example.com/"},
        },
    ),
)
async def replay_deliveries(request: Request, caller: Caller, services: Provided) -> Replayed:
    """Send webhooks again, each with its `webhook-id`, those of one subject in their order.

    What is not there, and what is being sent at this moment, is left out.
    """
    data = await read_object(request)
    wanted = parsed(ReplayRequest, data)
    replayed = await services.webhooks.replay_many(
        caller.organisation.id,
        wanted.delivery_ids,
        DeliveryFilter(event=wanted.event, url=wanted.url),
        sandbox=caller.sandbox,
        fence=caller.fence,
    )
    return Replayed(replayed=replayed)


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
