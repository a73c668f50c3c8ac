"""``/orders``: what programs written for other services asked for, made by the dialects; read and cancelled here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import OrderId
from callwright.api.native.openapi import problems
from callwright.api.native.order_cancelling import cancel_order
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.errors import Conflict
from callwright.orders.models import Order, Part
from callwright.store.database import Connection

router = APIRouter(tags=["orders"])


class OrderQuery(Page):
    """Query parameters of the list of orders."""

    dialect: Literal["robotalker", "robocall", "effebot", "multisender"] | None = None
    external_id: QueryText | None = None
    name: QueryText | None = None
    number: int | None = Field(default=None, ge=1, le=2**62)


class OrderView(BaseModel):
    """A request of a program written for another service."""

    order_id: str
    number: int = Field(description="What the dialect calls it, where that is a number.")
    dialect: str
    kind: str = Field(description="Which of the dialect's resources it is, such as `calls`.")
    external_id: str | None = Field(description="The program's own name of the request.")
    name: str | None
    campaign_id: str | None
    sandbox: bool
    purpose: str
    key_id: str | None
    ignored_fields: list[str] = Field(description="What the program sent and the dialect does not know.")
    created_at: Utc
    deleted_at: Utc | None = Field(description="Since when the dialect does not show it any more.")

    @classmethod
    def of(cls, order: Order) -> OrderView:
        """Return the view of an order."""
        return cls(
            order_id=order.id,
            number=order.number,
            dialect=order.dialect,
            kind=order.kind,
            external_id=order.external_id,
            name=order.name,
            campaign_id=order.campaign_id,
            sandbox=order.sandbox,
            purpose=order.purpose,
            key_id=order.key_id,
            ignored_fields=list(order.ignored_fields),
            created_at=order.created_at,
            deleted_at=order.deleted_at,
        )


class PartView(BaseModel):
    """One number of an order, and what became of it."""

    position: int
    to: str | None
    call_id: str | None
    message_id: str | None
    status: str | None = Field(description="Of the call or the message; null: neither was made.")
    refused: str | None = Field(description="Why nothing was made of it.")
    detail: dict[str, Any]

    @classmethod
    def of(cls, part: Part) -> PartView:
        """Return the view of a part."""
        status = None if part.message is None else part.message["status"]
        return cls(
            position=part.position,
            to=part.to_number if part.call is None else part.call.to_number,
            call_id=None if part.call is None else part.call.id,
            message_id=part.message_id,
            status=status if part.call is None else part.call.status,
            refused=part.refused,
            detail=dict(part.detail),
        )


class OrderDetail(OrderView):
    """An order with what was asked and its first parts."""

    asked: dict[str, Any] = Field(description="What the dialect shows again of the request.")
    parts: list[PartView] = Field(description="The first 1,000; those of a campaign are its recipients.")


class OrderList(BaseModel):
    """A page of orders."""

    orders: list[OrderView]
    next_cursor: str | None


@router.get("/orders", summary="List orders")
async def list_orders(caller: Caller, services: Provided, query: Annotated[OrderQuery, Query()]) -> OrderList:
    """List what the dialects were asked for, newest first."""
    found = await services.orders.find(
        caller,
        dialect=query.dialect,
        external_id=query.external_id,
        name=query.name,
        numbers=None if query.number is None else [query.number],
        before=query.before,
        limit=query.limit + 1,
        deleted=True,
    )
    shown, next_cursor = cut(found, query)
    return OrderList(orders=[OrderView.of(order) for order in shown], next_cursor=next_cursor)


@router.get("/orders/{order_id}", summary="Show an order", responses=problems(404))
async def show_order(order_id: OrderId, caller: Caller, services: Provided) -> OrderDetail:
    """Show an order, what was asked, and what became of each of its numbers."""
    order = await services.orders.get(caller, ids=[order_id], deleted=True)
    parts = await services.orders.parts(caller.organisation.id, [order.id], limit=1000)
    return OrderDetail(
        **OrderView.of(order).model_dump(), asked=dict(order.asked), parts=[PartView.of(part) for part in parts]
    )


class OrderCancelled(BaseModel):
    """What of an order was cancelled."""

    cancelled_calls: int = Field(description="Those in the air were asked to end.")
    cancelled_messages: int


@router.post(
    "/orders/{order_id}/cancel",
    summary="Cancel an order",
    response_model=OrderCancelled,
    responses=problems(404, 409),
)
async def cancel(order_id: OrderId, caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Cancel all calls and messages of an order that are not over, together; 409 when there are none."""
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    order = await services.orders.get(caller, ids=[order_id], deleted=True)
    done = await cancel_order(services, caller, order)
    if not done.calls and not done.messages:
        hint = f"; its campaign is cancelled by POST /api/v1/campaigns/{order.campaign_id}/cancel"
        raise Conflict("nothing of this order waits or is in the air" + (hint if order.campaign_id else ""))

    async def action(_: Connection) -> tuple[int, Any]:
        return 200, {"cancelled_calls": done.calls, "cancelled_messages": done.messages}

    return await submitted.run(action)
