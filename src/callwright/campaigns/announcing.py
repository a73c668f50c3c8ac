"""What events and webhooks say of a campaign."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from callwright.campaigns.models import Campaign
from callwright.events import service as events
from callwright.events import webhooks

if TYPE_CHECKING:
    from callwright.store.database import Connection


async def announce(connection: Connection, campaign: Campaign, event: str, **more: Any) -> None:
    """Write an event of a campaign, and its webhook where ``webhook_events`` names it, in the caller's transaction.

    The caller holds the campaign's row. ``event`` is one of ``events.catalogue``; ``more`` goes into the body.
    """
    body: dict[str, Any] = {
        "event": event,
        "campaign_id": campaign.id,
        "name": campaign.name,
        "state": campaign.state,
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if campaign.state_reason:
        body["reason"] = campaign.state_reason
    if campaign.metadata:
        body["metadata"] = campaign.metadata
    body |= more
    await events.append(
        connection,
        organisation_id=campaign.organisation_id,
        type=event,
        subject=campaign.id,
        body=body,
        owner_id=campaign.owner_id,
    )
    if campaign.webhook_url is not None and event in campaign.webhook_events:
        await webhooks.enqueue(
            connection,
            organisation_id=campaign.organisation_id,
            url=campaign.webhook_url,
            subject=campaign.id,
            event_type=event,
            body=body,
            format=campaign.webhook_format,
            owner_id=campaign.owner_id,
        )
