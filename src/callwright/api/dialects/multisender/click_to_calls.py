"""``/click_to_calls``: people are called one after the other until one accepts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Response

from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.multisender import outreach
from callwright.api.dialects.multisender.asked_calls import (
    DEFAULT_REDIALS,
    MOST_REDIALS,
    asking_flow,
    hours,
    read_files,
    receiver_shown,
    redials,
    tally_of,
)
from callwright.api.dialects.multisender.asking import Asked, answer, asking
from callwright.api.dialects.multisender.errors import render_error
from callwright.api.dialects.multisender.fields import Reader, buttons_shown, days_shown, shown
from callwright.campaigns.models import Campaign
from callwright.campaigns.replies import Reply, Tally
from callwright.orders.models import Order

router = APIRouter(route_class=dialect_route(render_error))

Reads = Annotated[Asked, asking("campaigns:read")]
Writes = Annotated[Asked, asking("campaigns:write")]
KIND = "click_to_calls"
_NAMES = {"schedule.ends_at": "expiresAt", "flow": "voiceFileId", "goal": "receivers"}
#: Of an offer that nobody gave an end.
EXPIRES_AFTER = timedelta(days=7)
#: The list is a round; who did not answer is called again in the next one.
_REDIAL_SECONDS = 60.0


@router.get("/click_to_calls")
async def list_click_to_calls(asked: Reads) -> Response:
    """List clicks to call, newest first, with their receivers."""
    found = await outreach.find_all(asked, KIND)
    replies = await outreach.replies_of(asked, [campaign for _, campaign in found])
    told = []
    for order, campaign in found:
        tally = await tally_of(asked, order, campaign)
        told.append(_shown(asked, order, campaign, replies.get(campaign.id, []), tally))
    return answer(told)


@router.post("/click_to_calls")
async def create_click_to_call(asked: Writes) -> Response:
    """Call people in their order until one accepts."""
    reader = Reader(asked.body)
    kept, planned = await _read(asked, reader)
    audience = await outreach.audience_of(asked, asked.body.get("receivers"), ())
    order, campaign = await outreach.create(
        asked, reader, planned, audience, kind=KIND, kept=kept, name="Multisender click to call"
    )
    return asked.created(await _one(asked, order, campaign), str(order.number))


@router.get("/click_to_calls/{click_to_call_id}")
async def show_click_to_call(click_to_call_id: str, asked: Reads) -> Response:
    """Show a click to call with its receivers and what came of it so far."""
    return answer(await _one(asked, *await outreach.find(asked, KIND, click_to_call_id)))


@router.delete("/click_to_calls/{click_to_call_id}")
async def delete_click_to_call(click_to_call_id: str, asked: Writes) -> Response:
    """Delete a click to call: nobody else is called."""
    await outreach.remove(asked, *await outreach.find(asked, KIND, click_to_call_id))
    return Response(status_code=204)


async def _read(asked: Asked, reader: Reader) -> tuple[dict[str, Any], outreach.Plan]:
    zone, now = asked.who.organisation.time_zone, asked.services.clock.now()
    expires = reader.moment("expiresAt", zone)
    if expires is not None and expires <= now:
        reader.fault("expiresAt", "has passed: nobody would be called", reader.given("expiresAt"))
    opens, closes = reader.clock("activeFrom"), reader.clock("activeTo")
    days = reader.weekdays("activeWeekdays")
    files = await read_files(asked, reader, {"voiceFileId": reader.given("voiceFileId")})
    buttons = reader.buttons("actionButtons", "actionbuttons")
    most_redials = reader.integer("maxRedials", least=0, most=MOST_REDIALS)
    url = reader.url("receiverWebhookUrl", outreach.url_check(asked))
    meta = reader.given("meta")
    if reader.given("receivers") is None:
        reader.fault("receivers", "is required: a list of objects with accountId, groupId or phone")
    reader.done()
    redialled = DEFAULT_REDIALS if most_redials is None else most_redials
    expires = expires or now + EXPIRES_AFTER
    kept = {
        "expiresAt": expires.isoformat(),
        "activeFrom": opens,
        "activeTo": closes,
        "activeWeekdays": days,
        "voiceFileId": files["voiceFileId"].number,
        "actionButtons": buttons,
        "maxRedials": redialled,
        "receiverWebhookUrl": url,
        "meta": meta,
    }
    wanted: dict[str, Any] = {
        "flow": asking_flow(before=(), question=[files["voiceFileId"]], buttons=buttons or {}, accepted=(), end=()),
        "schedule": {**hours(opens or "", closes or "", days or ()), "ends_at": expires.isoformat()},
        "hunt": True,
        "retry": redials(redialled, delay_seconds=_REDIAL_SECONDS),
        "webhook_url": url,
        "metadata": meta if isinstance(meta, dict) else None,
    }
    return kept, await outreach.plan(asked, wanted, _NAMES)


async def _one(asked: Asked, order: Order, campaign: Campaign) -> dict[str, Any]:
    replies = await asked.services.campaigns.replies.of(asked.who.organisation.id, [campaign.id])
    return _shown(asked, order, campaign, replies, await tally_of(asked, order, campaign))


def _shown(asked: Asked, order: Order, campaign: Campaign, replies: Sequence[Reply], tally: Tally) -> dict[str, Any]:
    told, buttons = order.asked, order.asked["actionButtons"]
    return {
        "clickToCallId": str(order.number),
        "expiresAt": shown(datetime.fromisoformat(told["expiresAt"]), asked.who.organisation.time_zone),
        "activeFrom": told["activeFrom"],
        "activeTo": told["activeTo"],
        "activeWeekdays": days_shown(told["activeWeekdays"]),
        "voiceFileId": told["voiceFileId"],
        "actionButtons": buttons_shown(buttons),
        "receivers": [receiver_shown(reply, buttons, name="reply") for reply in replies],
        "maxRedials": told["maxRedials"],
        "receiverWebhookUrl": told["receiverWebhookUrl"],
        "meta": told["meta"],
        "stats": {
            "totalDialedCalls": tally.dialled,
            "answeredCalls": tally.answered,
            "totalDuration": tally.seconds,
            "acceptsReceived": tally.accepted,
            "acceptsDeclined": tally.declined,
            "notAnsweredCalls": tally.unanswered,
        },
        "updatedAt": shown(campaign.updated_at),
        "createdAt": shown(order.created_at),
    }
