"""What texts and emails have in common in answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.amounts import Amount
from callwright.api.native.times import Utc, utc
from callwright.messages.models import Message


class MessageSummary(BaseModel):
    """A message as lists show it."""

    model_config = ConfigDict(populate_by_name=True)

    message_id: str
    number: int
    status: str
    to: str
    from_: str = Field(alias="from")
    reason: str | None
    provider_status: str | None
    campaign_id: str | None
    call_id: str | None
    sandbox: bool
    purpose: str
    topic: str | None
    priority: int
    attempt_count: int
    metadata: dict[str, Any]
    webhook_url: str | None
    webhook_events: list[str]
    scheduled_at: Utc = Field(description="Not before this time; a deferral moves it.")
    expires_at: Utc | None
    created_at: Utc
    sent_at: Utc | None
    ended_at: Utc | None
    price: Amount | None = Field(description="Charged so far; null when the organisation pays for nothing.")
    currency: str | None


def summary_fields(message: Message) -> dict[str, Any]:
    """Return the fields of ``MessageSummary``."""
    return {
        "message_id": message.id,
        "number": message.number,
        "status": message.status,
        "to": message.to_address,
        "from_": message.from_address,
        "reason": message.reason,
        "provider_status": message.provider_status,
        "campaign_id": message.campaign_id,
        "call_id": message.call_id,
        "sandbox": message.sandbox,
        "purpose": message.purpose,
        "topic": message.topic,
        "priority": message.priority,
        "attempt_count": message.attempts,
        "metadata": dict(message.metadata),
        "webhook_url": message.webhook_url,
        "webhook_events": list(message.webhook_events),
        "scheduled_at": message.due_at,
        "expires_at": message.not_after,
        "created_at": message.created_at,
        "sent_at": message.sent_at,
        "ended_at": message.ended_at,
        "price": message.price,
        "currency": message.currency,
    }


def created_fields(message: Message, index: int | None, **own: Any) -> dict[str, Any]:
    """Return what is answered for a message that was taken, with what only its channel has, and its place."""
    shown = {
        "message_id": message.id,
        "status": message.status,
        "to": message.to_address,
        "from": message.from_address,
        **own,
        "created_at": utc(message.created_at),
    }
    return shown if index is None else shown | {"index": index}
