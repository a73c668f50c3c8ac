"""Webhooks in this dialect's body: the state of an RSVP call, and what one receiver replied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from callwright.api.dialects.multisender.asked_calls import account_of, declining, reply_of
from callwright.api.dialects.multisender.rsvp_calls import STATES
from callwright.api.native.services import Services
from callwright.events.sending import Delivery
from callwright.orders.models import Order

#: What the state webhook calls each native state, and the receiver webhook each kind of order.
_IDS = {"rsvp_calls": "rsvpCallId", "click_to_calls": "clickToCallId"}


class WebhookBodies:
    """Makes the bodies of deliveries of the format ``multisender``."""

    def __init__(self, services: Services) -> None:
        self._orders = services.orders
        self._replies = services.campaigns.replies

    async def render(self, delivery: Delivery) -> Mapping[str, Any]:
        """Return the body of a delivery; the native one when what it is about is gone."""
        if delivery.event_type.startswith("campaign."):
            return await self._state(delivery)
        return await self._receiver(delivery)

    async def _state(self, delivery: Delivery) -> Mapping[str, Any]:
        order = await self._order(delivery.organisation_id, delivery.subject)
        if order is None:
            return delivery.body
        keys = declining(order.asked.get("actionButtons") or {})
        tallies = await self._replies.tallies(delivery.organisation_id, [delivery.subject], declining=keys)
        tally = tallies[delivery.subject]
        return {
            "rsvpCallId": str(order.number),
            "state": STATES.get(str(delivery.body.get("state")), "active"),
            # the document's table and its example differ in the name
            "totalDialedCalls": tally.dialled,
            "dialedCalls": tally.dialled,
            "answeredCalls": tally.answered,
            "totalDuration": tally.seconds,
            "acceptsReceived": tally.accepted,
            "timestamp": timestamp(delivery.body.get("timestamp")),
        }

    async def _receiver(self, delivery: Delivery) -> Mapping[str, Any]:
        reply = await self._replies.of_call(delivery.organisation_id, delivery.subject)
        order = None
        if reply is not None and reply.campaign_id is not None:
            order = await self._order(delivery.organisation_id, reply.campaign_id)
        if reply is None or order is None:
            return delivery.body
        buttons = order.asked.get("actionButtons") or {}
        return {
            _IDS.get(order.kind, "callId"): str(order.number),
            "phoneNumber": reply.to_number,
            "accountId": account_of(reply),
            "rsvpReply": reply_of(reply, buttons, none="noReply"),
            "meta": order.asked.get("meta"),
            "timestamp": timestamp(delivery.body.get("timestamp")),
        }

    async def _order(self, organisation_id: str, campaign_id: str) -> Order | None:
        found = await self._orders.of_parts(organisation_id, [campaign_id])
        return found.get(campaign_id)


def timestamp(native: Any) -> str:
    """Return a native timestamp as the document's example writes it, ``YYYY-MM-DD:HH:MM:SS`` in UTC."""
    try:
        moment = datetime.fromisoformat(str(native)).astimezone(UTC)
    except ValueError:
        moment = datetime.now(UTC)
    return moment.strftime("%Y-%m-%d:%H:%M:%S")
