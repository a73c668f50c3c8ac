"""What events say of a message: the same for the feed and for webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from callwright.events import service as events
from callwright.events import webhooks
from callwright.messages import proofs
from callwright.messages.models import INBOUND, Message

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

#: The event of a status; one that is not here is told by none. They come to ``webhook_url`` without being asked for,
#: but ``deferred`` and ``cancelled``.
EVENTS = {
    "sent": "sent",
    "delivered": "delivered",
    "failed": "failed",
    "undelivered": "failed",
    "expired": "failed",
    "unknown": "failed",
    "skipped": "failed",
    "cancelled": "cancelled",
    "received": "received",
}
_BY_DEFAULT = frozenset({"sent", "delivered", "failed", "received"})


def timestamp(moment: datetime) -> str:
    """Return ``2025-04-15T10:30:45Z``, the form of the guide's examples."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def event_body(event: str, message: Message, *, at: datetime | None = None, **more: Any) -> dict[str, Any]:
    """Return the body of ``sms.sent`` and the like; ``metadata``, ``reason`` and so on only when there are some."""
    body: dict[str, Any] = {
        "event": event,
        "message_id": message.id,
        "to": message.to_address,
        "from": message.from_address,
        "status": message.status,
        "timestamp": timestamp(at or datetime.now(UTC)),
    }
    optional: dict[str, Any] = {
        "parts": message.parts if message.channel == "sms" else None,
        "reason": message.reason,
        "provider_status": message.provider_status,
        "campaign_id": message.campaign_id,
        "call_id": message.call_id,
        "conversation_id": message.conversation_id,
        "metadata": message.metadata or None,
    }
    if message.direction == INBOUND:
        optional |= {"text": message.text, "media": list(message.media) or None}
    return body | {name: value for name, value in optional.items() if value is not None} | more


async def announce(
    connection: Connection, messages: Sequence[Message], *, event: str | None = None, **more: Any
) -> None:
    """Write the event of each message's status, or ``event``, and webhooks, in the caller's transaction.

    After the commit call ``Stamper.kick`` and, if one of them has a ``webhook_url``, ``DeliveryService.kick``.
    """
    new = []
    for message in messages:
        kind = event or EVENTS.get(message.status)
        if kind is None:
            continue
        name = f"{message.channel}.{kind}"
        body = event_body(name, message, **more)
        new.append(
            events.NewEvent(
                organisation_id=message.organisation_id,
                type=name,
                subject=message.id,
                body=body,
                owner_id=message.owner_id,
            )
        )
        url = message.webhook_url
        if url is not None and wanted(name, message.webhook_events):
            await webhooks.enqueue(
                connection,
                organisation_id=message.organisation_id,
                url=url,
                subject=message.id,
                event_type=name,
                body=body,
                owner_id=message.owner_id,
            )
        if message.automatic == "code":
            await proofs.message_ended(connection, message.organisation_id, message.id, message.status, message.reason)
    await events.append_many(connection, new)


async def tell_more(connection: Connection, rows: Sequence[Row]) -> None:
    """Write what ``sending.sql``'s ``tell`` leaves to do: webhooks, and the end of codes that nobody got."""
    for row in rows:
        if row["event"] is None:
            continue
        if row["webhook_url"] is not None and wanted(row["event"], row["webhook_events"]):
            await webhooks.enqueue(
                connection,
                organisation_id=row["organisation_id"],
                url=row["webhook_url"],
                subject=row["id"],
                event_type=row["event"],
                body=row["body"],
                owner_id=row["owner_id"],
            )
        if row["automatic"] == "code":
            await proofs.message_ended(connection, row["organisation_id"], row["id"], row["status"], row["reason"])


def wanted(event: str, asked_for: Sequence[str]) -> bool:
    """Return whether a message's ``webhook_url`` gets an event, such as ``sms.sent``."""
    return event.partition(".")[2] in _BY_DEFAULT or event in asked_for
