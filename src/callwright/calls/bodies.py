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
    body = _body(
        event,
        call.id,
        call.to_number,
        call.status,
        at=at or datetime.now(UTC),
        duration_seconds=call.duration_seconds,
        dtmf_response=call.dtmf_response,
        amd_result=call.amd_result,
    )
    if call.metadata:
        body["metadata"] = call.metadata
    if call.direction == INBOUND:
        body |= {"direction": INBOUND, "from": call.from_number}
    body.update(more)
    return body


def queued_body(call_id: str, call: NewCall, *, at: datetime) -> dict[str, Any]:
    """Return what ``event_body`` says of a call that is about to be written."""
    body = _body("call.queued", call_id, call.to_number, "queued", at=at)
    return body | ({"metadata": call.metadata} if call.metadata else {})


def _body(
    event: str,
    call_id: str,
    to: str,
    status: str,
    *,
    at: datetime,
    duration_seconds: int | None = None,
    dtmf_response: str | None = None,
    amd_result: str | None = None,
) -> dict[str, Any]:
    """Return what the guide's examples have, in their order."""
    return {
        "event": event,
        "call_id": call_id,
        "to": to,
        "status": status,
        "duration_seconds": duration_seconds,
        "dtmf_response": dtmf_response,
        "amd_result": amd_result,
        "timestamp": timestamp(at),
    }
