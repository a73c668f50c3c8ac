"""What requests for texts and emails have in common: variables, metadata, webhooks, times. Each fault is collected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson

from callwright.api.native.call_reading import MAX_METADATA_BYTES
from callwright.api.native.times import read_future, read_time
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import nearest, path, shortened
from callwright.errors import FieldError, InvalidRequest
from callwright.events.catalogue import WEBHOOK_EVENTS

_MAX_NAME = 64
#: A message that is planned further ahead is a slip in the year.
_FURTHEST = timedelta(days=366)


class Fields(Protocol):
    """A message's fields over those of its request."""

    def get(self, name: str) -> Any:
        """Return the message's own value, else the shared one."""
        ...

    def where(self, name: str) -> str:
        """Return the path at which the value stands, or should have stood."""
        ...


@dataclass(frozen=True, kw_only=True)
class MessageOptions:
    """What was read."""

    metadata: Mapping[str, Any]
    webhook_url: str | None
    webhook_events: Sequence[str]
    priority: int
    due_at: datetime | None
    not_after: datetime | None
    topic: str | None


def read_options(
    fields: Fields, *, zone: str, now: datetime, url_check: UrlCheck, errors: list[FieldError]
) -> MessageOptions:
    """Return a message's options; what is wrong is added to ``errors``."""
    metadata = fields.get("metadata") or {}
    if metadata and len(orjson.dumps(metadata)) > MAX_METADATA_BYTES:
        message = f"must have at most {MAX_METADATA_BYTES // 1024} kB as JSON"
        errors.append(FieldError(field=fields.where("metadata"), message=message))
    url = fields.get("webhook_url")
    if url is not None and (fault := url_check.fault(url)) is not None:
        errors.append(FieldError(field=fields.where("webhook_url"), message=fault, received=shortened(url)))
    events = tuple(fields.get("webhook_events") or ())
    for index, event in enumerate(events):
        if event not in WEBHOOK_EVENTS:
            meant = nearest(event, WEBHOOK_EVENTS)
            hint = f"did you mean {meant!r}?" if meant else f"one of {', '.join(sorted(WEBHOOK_EVENTS))}"
            where = path([fields.where("webhook_events"), index])
            errors.append(FieldError(field=where, message=f"is not an event; {hint}", received=shortened(event)))
    due_at, not_after = _times(fields, zone, now, errors)
    priority, topic = fields.get("priority"), fields.get("topic")
    return MessageOptions(
        metadata=metadata,
        webhook_url=url,
        webhook_events=events,
        priority=5 if priority is None else priority,
        due_at=due_at,
        not_after=not_after,
        topic=" ".join(topic.split()) if topic else None,
    )


def read_variables(
    shared: Mapping[str, str] | None, own: Mapping[str, str] | None, *, where: str, errors: list[FieldError]
) -> dict[str, str]:
    """Return the variables of a message: its own over those of the request."""
    merged = {**(shared or {}), **(own or {})}
    for name in merged:
        if len(name) > _MAX_NAME:
            message = f"a variable's name may have at most {_MAX_NAME} characters"
            errors.append(FieldError(field=where, message=message, received=shortened(name)))
    return merged


def _times(
    fields: Fields, zone: str, now: datetime, errors: list[FieldError]
) -> tuple[datetime | None, datetime | None]:
    due_at = not_after = None
    try:
        due_at = read_time(fields.get("scheduled_at"), field=fields.where("scheduled_at"), zone=zone)
        if due_at is not None and due_at > now + _FURTHEST:
            message = f"must be within {_FURTHEST.days} days"
            errors.append(
                FieldError(field=fields.where("scheduled_at"), message=message, received=fields.get("scheduled_at"))
            )
    except InvalidRequest as error:
        errors += error.errors
    # what is past is due now, in the order in which it came
    due_at = due_at if due_at is not None and due_at > now else None
    field = fields.where("expires_at")
    try:
        not_after = read_future(fields.get("expires_at"), field=field, zone=zone, now=now)
    except InvalidRequest as error:
        errors += error.errors
    if not_after is not None and (not_after > now + _FURTHEST or (due_at is not None and not_after <= due_at)):
        message = f"must be after scheduled_at and within {_FURTHEST.days} days"
        errors.append(FieldError(field=field, message=message, received=fields.get("expires_at")))
    return due_at, not_after
