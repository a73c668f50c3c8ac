"""What events say of a call: the guide's body, the same for the feed and for webhooks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from callwright.calls.models import INBOUND, Call, NewCall


def timestamp(moment: datetime) -> str:
    """Return ``2025-04-15T10:30:45Z``, the form of the guide's examples."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def event_body(event: str, call: Call, *, at: datetime | None = None, **more: Any) -> dict[str, Any]:
    """Return the guide's body with our own fields after it; ``metadata`` only when there is some."""
    body: dict[str, Any] = {
        "event": event,
        "call_id": call.id,
        "to": call.to_number,
        "status": call.status,
        "duration_seconds": call.duration_seconds,
        "dtmf_response": call.dtmf_response,
        "amd_result": call.amd_result,
        "timestamp": timestamp(at or datetime.now(UTC)),
    }
    if call.metadata:
        body["metadata"] = call.metadata
    if call.direction == INBOUND:
        body |= {"direction": INBOUND, "from": call.from_number}
    body.update(more)
    return body


def queued_body(call_id: str, call: NewCall, *, at: datetime) -> dict[str, Any]:
    """Return what ``event_body`` says of a call that is about to be written."""
    body: dict[str, Any] = {
        "event": "call.queued",
        "call_id": call_id,
        "to": call.to_number,
        "status": "queued",
        "duration_seconds": None,
        "dtmf_response": None,
        "amd_result": None,
        "timestamp": timestamp(at),
    }
    return body | ({"metadata": call.metadata} if call.metadata else {})
