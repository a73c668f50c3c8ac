"""``/smses``: a text to receivers at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Response

from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.multisender import writing
from callwright.api.dialects.multisender.asking import Asked, answer, asking
from callwright.api.dialects.multisender.errors import render_error
from callwright.api.dialects.multisender.fields import Reader, shown
from callwright.api.dialects.multisender.receivers import receivers_listed
from callwright.api.native.message_placing import MessagePlacement, read_sms_placement
from callwright.orders.models import Order

router = APIRouter(route_class=dialect_route(render_error))

Reads = Annotated[Asked, asking("sms:read")]
Writes = Annotated[Asked, asking("sms:write")]
_NAMES = {"from": "sender", "scheduled_at": "actionTime", "messages": "receivers"}


async def _place(asked: Asked, body: Mapping[str, Any]) -> MessagePlacement:
    return await read_sms_placement(asked.services, asked.who, body)


KIND = writing.Kind(name="smses", by="phone", names=_NAMES, place=_place)


@router.get("/smses")
async def list_smses(asked: Reads) -> Response:
    """List texts, newest first, without their receivers; the document has ``smsId`` as a number here."""
    found = await writing.find_all(asked, KIND)
    return answer([{**_head(asked, order), "smsId": order.number, **_tail(order)} for order in found])


@router.post("/smses")
async def create_sms(asked: Writes) -> Response:
    """Write to receivers, now or at ``actionTime``."""
    reader = Reader(asked.body)
    message = reader.text("message", required=True, longest=10_000)
    sender = reader.text("sender", longest=30)
    action_time = reader.moment("actionTime", asked.who.organisation.time_zone)
    reader.given("receivers")
    reader.done()
    order = await writing.create(
        asked,
        KIND,
        _native(message, sender),
        action_time,
        kept={"message": message, "sender": sender},
        ignored=reader.ignored(),
    )
    return asked.created(await _shown(asked, order), str(order.number))


@router.get("/smses/{sms_id}")
async def show_sms(sms_id: str, asked: Reads) -> Response:
    """Show a text with its receivers."""
    return answer(await _shown(asked, await writing.find(asked, KIND, sms_id)))


@router.get("/smses/{sms_id}/receivers")
async def list_receivers(sms_id: str, asked: Reads) -> Response:
    """List the accounts and groups that a text is for."""
    order = await writing.find(asked, KIND, sms_id)
    return answer(await receivers_listed(asked, order.asked.get("receivers") or [], order.created_at))


@router.put("/smses/{sms_id}")
async def change_sms(sms_id: str, asked: Writes) -> Response:
    """Change what is sent of a text that waits for its time."""
    order = await writing.find(asked, KIND, sms_id)
    writing.check_editable(asked, order)
    reader = Reader(asked.body)
    message = reader.text("message", longest=10_000) or order.asked.get("message")
    sender = reader.text("sender", longest=30) or order.asked.get("sender")
    action_time = reader.moment("actionTime", asked.who.organisation.time_zone) or writing.time_of(order)
    reader.done()
    kept = {"message": message, "sender": sender, "changedAt": asked.services.clock.now().isoformat()}
    order = await writing.change(asked, KIND, order, _native(message, sender), action_time, kept=kept)
    return answer(await _shown(asked, order))


@router.delete("/smses/{sms_id}")
async def delete_sms(sms_id: str, asked: Writes) -> Response:
    """Delete a text that waits for its time, or that has left."""
    await writing.remove(asked, await writing.find(asked, KIND, sms_id))
    return Response(status_code=204)


def _native(message: str | None, sender: str | None) -> dict[str, Any]:
    return {"message": message, **({} if sender is None else {"from": sender})}


def _head(asked: Asked, order: Order) -> dict[str, Any]:
    at = writing.time_of(order) or order.created_at
    return {
        "smsId": str(order.number),
        # of a person who was erased nothing is kept
        "message": order.asked.get("message") or "",
        "sender": order.asked.get("sender") or "",
        "actionTime": shown(at, asked.who.organisation.time_zone),
        "priceEstimateInCents": float(order.asked.get("priceEstimateInCents") or 0),
        "editable": "y" if writing.editable(asked, order) else "n",
    }


def _tail(order: Order) -> dict[str, Any]:
    return {"updatedAt": shown(writing.changed_at(order)), "createdAt": shown(order.created_at)}


async def _shown(asked: Asked, order: Order) -> dict[str, Any]:
    return {**_head(asked, order), "receivers": await writing.shown_receivers(asked, order), **_tail(order)}
