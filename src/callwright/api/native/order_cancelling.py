"""Cancelling what an order made: its calls and its messages, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callwright.accounts.models import Principal
from callwright.api.native.services import Services
from callwright.orders.models import Order


@dataclass(frozen=True, kw_only=True)
class CancelledOrder:
    """How many of an order's calls and messages were cancelled."""

    calls: int
    messages: int


async def cancel_order(
    services: Services, who: Principal, order: Order, *, asked: Mapping[str, Any] | None = None
) -> CancelledOrder:
    """Cancel what of an order is not over: all of it is committed together, calls in the air are asked to end.

    ``asked`` is what the order shows again from then on, when anything was cancelled.
    """
    parts = await services.orders.parts(who.organisation.id, [order.id])
    waiting = [part.call.id for part in parts if part.call is not None and part.call.outcome is None]
    unsent: dict[str, list[str]] = {}
    for part in parts:
        if part.message is not None and part.message["status"] == "queued":
            unsent.setdefault(part.message["channel"], []).append(part.message["id"])
    async with services.orders.transaction() as connection:
        calls = await services.calls.cancel_many(who, waiting, connection=connection)
        messages = 0
        # one that is on its way meanwhile is not cancelled
        for channel, ids in sorted(unsent.items()):
            gone = await services.messages.service.cancel_many(who, ids, channel=channel, connection=connection)
            messages += len(gone)
        if asked is not None and (calls.count or messages):
            await services.orders.change(who, order.id, asked=asked, connection=connection)
    services.calls.hang_up(calls.attempt_ids)
    services.messages.service.told()
    return CancelledOrder(calls=calls.count, messages=messages)
