"""``/emails``: a mail to receivers at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Response

from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.multisender import writing
from callwright.api.dialects.multisender.asking import Asked, answer, asking
from callwright.api.dialects.multisender.errors import render_error
from callwright.api.dialects.multisender.fields import Reader, shown
from callwright.api.native.message_placing import MessagePlacement, read_email_placement
from callwright.orders.models import Order

router = APIRouter(route_class=dialect_route(render_error))

Reads = Annotated[Asked, asking("emails:read")]
Writes = Annotated[Asked, asking("emails:write")]
_LONGEST = 1_000_000
#: What a body calls the native fields.
_FIELDS: Mapping[str, str] = {
    "messageHtml": "html",
    "messageText": "text",
    "subject": "subject",
    "fromEmail": "from",
    "fromName": "from_name",
}
_NAMES = {
    **{native: name for name, native in _FIELDS.items()},
    "scheduled_at": "actionTime",
    "messages": "receivers",
}


async def _place(asked: Asked, body: Mapping[str, Any]) -> MessagePlacement:
    return await read_email_placement(asked.services, asked.who, body)


KIND = writing.Kind(name="emails", by="email", names=_NAMES, place=_place)


@router.get("/emails")
async def list_emails(asked: Reads) -> Response:
    """List mails, newest first, with their receivers."""
    return answer([await _shown(asked, order) for order in await writing.find_all(asked, KIND)])


@router.post("/emails")
async def create_email(asked: Writes) -> Response:
    """Write to receivers, now or at ``actionTime``."""
    reader = Reader(asked.body)
    fields = _read(reader)
    if fields["subject"] is None:
        reader.fault("subject", "is required")
    if fields["messageHtml"] is None and fields["messageText"] is None:
        reader.fault("messageText", "is required, or messageHtml")
    action_time = reader.moment("actionTime", asked.who.organisation.time_zone)
    reader.given("receivers")
    reader.done()
    order = await writing.create(asked, KIND, _native(fields), action_time, kept=fields, ignored=reader.ignored())
    return asked.created(await _shown(asked, order), str(order.number))


@router.get("/emails/{email_id}")
async def show_email(email_id: str, asked: Reads) -> Response:
    """Show a mail with its receivers."""
    return answer(await _shown(asked, await writing.find(asked, KIND, email_id)))


@router.put("/emails/{email_id}")
async def change_email(email_id: str, asked: Writes) -> Response:
    """Change what is sent of a mail that waits for its time."""
    order = await writing.find(asked, KIND, email_id)
    writing.check_editable(asked, order)
    reader = Reader(asked.body)
    sent = _read(reader)
    fields = {name: order.asked.get(name) if value is None else value for name, value in sent.items()}
    action_time = reader.moment("actionTime", asked.who.organisation.time_zone) or writing.time_of(order)
    reader.done()
    kept = {**fields, "changedAt": asked.services.clock.now().isoformat()}
    order = await writing.change(asked, KIND, order, _native(fields), action_time, kept=kept)
    return answer(await _shown(asked, order))


@router.delete("/emails/{email_id}")
async def delete_email(email_id: str, asked: Writes) -> Response:
    """Delete a mail that waits for its time, or that has left."""
    await writing.remove(asked, await writing.find(asked, KIND, email_id))
    return Response(status_code=204)


def _read(reader: Reader) -> dict[str, Any]:
    return {name: reader.text(name, longest=_LONGEST) for name in _FIELDS}


def _native(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {native: fields[name] for name, native in _FIELDS.items() if fields[name] is not None}


async def _shown(asked: Asked, order: Order) -> dict[str, Any]:
    told = order.asked
    at = writing.time_of(order) or order.created_at
    return {
        "emailId": str(order.number),
        **{name: told.get(name) or "" for name in _FIELDS},
        "actionTime": shown(at, asked.who.organisation.time_zone),
        "priceEstimateInCents": float(told.get("priceEstimateInCents") or 0),
        "editable": "y" if writing.editable(asked, order) else "n",
        "receivers": await writing.shown_receivers(asked, order),
        "updatedAt": shown(writing.changed_at(order)),
        "createdAt": shown(order.created_at),
    }
