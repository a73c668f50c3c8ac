"""``/rsvp_calls``: people are called until so many have accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Response

from callwright.accounts import audit
from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.multisender import outreach
from callwright.api.dialects.multisender.asked_calls import (
    DEFAULT_REDIALS,
    MOST_REDIALS,
    TYPES,
    asking_flow,
    hours,
    read_files,
    receiver_shown,
    redials,
    reply_of,
    tally_of,
)
from callwright.api.dialects.multisender.asking import Asked, answer, asking
from callwright.api.dialects.multisender.errors import render_error, wrong
from callwright.api.dialects.multisender.fields import Reader, buttons_shown, days_shown, shown
from callwright.api.dialects.multisender.receivers import MOST
from callwright.api.native.campaign_reading import look_up
from callwright.audio.models import Audio
from callwright.campaigns.models import OVER, Campaign, NewCampaign
from callwright.campaigns.replies import Reply, Tally
from callwright.errors import Conflict
from callwright.orders.models import Order

router = APIRouter(route_class=dialect_route(render_error))

Reads = Annotated[Asked, asking("campaigns:read")]
Writes = Annotated[Asked, asking("campaigns:write")]
KIND = "rsvp_calls"
#: What the campaign's events are called natively, of which the state webhook tells.
STATE_EVENTS = (
    *("campaign.scheduled", "campaign.started", "campaign.paused", "campaign.resumed"),
    *("campaign.completed", "campaign.cancelled"),
)
STATES: Mapping[str, str] = {
    "draft": "waitingToActive",
    "scheduled": "waitingToActive",
    "running": "active",
    "paused": "halt",
    "completed": "complete",
    "cancelled": "complete",
}
_NAMES = {"schedule.starts_at": "startTime", "flow": "voiceFiles"}
_OLDEST_START = timedelta(hours=1)
_REDIAL_SECONDS = 300.0
_MOST_ACCEPTS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An RSVP call as a request asks for it."""

    #: What is shown again.
    kept: Mapping[str, Any]
    planned: outreach.Plan
    state: str | None


@router.get("/rsvp_calls")
async def list_rsvp_calls(asked: Reads) -> Response:
    """List RSVP calls, newest first, with their receivers."""
    found = await outreach.find_all(asked, KIND)
    replies = await outreach.replies_of(asked, [campaign for _, campaign in found])
    shown_ones = []
    for order, campaign in found:
        tally = await tally_of(asked, order, campaign)
        shown_ones.append(_shown(asked, order, campaign, replies.get(campaign.id, []), tally))
    return answer(shown_ones)


@router.post("/rsvp_calls")
async def create_rsvp_call(asked: Writes) -> Response:
    """Call people until so many accept; ``state`` ``halt`` lets it wait."""
    reader = Reader(asked.body)
    wanted = await _read(asked, reader, None)
    audience = await outreach.audience_of(asked, asked.body.get("receivers"), ())
    order, campaign = await outreach.create(
        asked,
        reader,
        wanted.planned,
        audience,
        kind=KIND,
        kept=wanted.kept,
        name="Multisender RSVP call",
        halted=wanted.state == "halt",
    )
    return asked.created(await _one(asked, order, campaign), str(order.number))


@router.get("/rsvp_calls/{rsvp_call_id}")
async def show_rsvp_call(rsvp_call_id: str, asked: Reads) -> Response:
    """Show an RSVP call with its receivers and what came of it so far."""
    return answer(await _one(asked, *await outreach.find(asked, KIND, rsvp_call_id)))


@router.put("/rsvp_calls/{rsvp_call_id}")
async def change_rsvp_call(rsvp_call_id: str, asked: Writes) -> Response:
    """Change an RSVP call; a body with nothing but ``state`` halts or resumes it."""
    order, before = await outreach.find(asked, KIND, rsvp_call_id)
    if before.state in OVER:
        raise Conflict("the RSVP call is complete and cannot be changed any more")
    only_state = {name for name, value in asked.body.items() if value is not None} == {"state"}
    reader = Reader(asked.body)
    wanted = None if only_state else await _read(asked, reader, order)
    state = reader.choice("state", ("active", "halt"))
    reader.done()
    desk, who = asked.services.campaigns, asked.who
    async with asked.services.orders.transaction() as connection:
        campaign = await desk.registry.lock(connection, who, before.id)
        if wanted is not None:
            goal = await desk.registry.goal(campaign, connection)
            new = outreach.changed(_with_lower_goal(wanted.planned.read.new, goal), campaign)
            campaign = await desk.registry.change(connection, who, campaign, new, under_way=True)
            await desk.states.check_opens(connection, campaign, who.organisation)
            kept = {**order.asked, **wanted.kept}
            order = await asked.services.orders.change(who, order.id, asked=kept, connection=connection)
        if state == "halt" and campaign.state in {"scheduled", "running"}:
            campaign = await desk.states.pause(connection, campaign)
        elif state == "active" and campaign.state == "paused":
            campaign = await desk.states.resume(connection, campaign)
        await audit.record(connection, who, "campaign.changed", campaign.id, None, {"state": state})
    desk.registry.wake()
    return answer(await _one(asked, order, campaign))


@router.delete("/rsvp_calls/{rsvp_call_id}")
async def delete_rsvp_call(rsvp_call_id: str, asked: Writes) -> Response:
    """Delete an RSVP call: nobody else is called."""
    await outreach.remove(asked, *await outreach.find(asked, KIND, rsvp_call_id))
    return Response(status_code=204)


@router.post("/rsvp_calls/{rsvp_call_id}/receivers")
async def add_receivers(rsvp_call_id: str, asked: Writes) -> Response:
    """Add people to the list; answers those that were named, each with where they stand."""
    order, before = await outreach.find(asked, KIND, rsvp_call_id)
    given = asked.sent.other if asked.sent.other is not None else asked.body.get("receivers")
    desk, who = asked.services.campaigns, asked.who
    audience = await outreach.audience_of(asked, given, ())
    if len(order.asked["receivers"]) + len(audience.receivers.listed) > MOST:
        raise wrong("receivers", f"an RSVP call has at most {MOST} receivers; use groups")
    ground = await look_up(asked.services, who, None)
    async with asked.services.orders.transaction() as connection:
        campaign = await desk.registry.lock_to_fill(connection, who, before.id)
        if campaign.state in OVER:
            raise Conflict("the RSVP call is complete: nobody can be added any more")
        receivers, people = await outreach.recipients_of(connection, asked, audience, ground, ())
        added = await desk.registry.add(connection, campaign, people)
        kept = {**order.asked, "receivers": [*order.asked["receivers"], *receivers.listed]}
        order = await asked.services.orders.change(who, order.id, asked=kept, connection=connection)
        await audit.record(connection, who, "campaign.recipients_added", campaign.id, None, {"added": added})
    desk.registry.wake()
    named = {person.address for person in receivers.people}
    replies = await desk.replies.of(who.organisation.id, [campaign.id])
    moment = shown(asked.services.clock.now())
    told = []
    for reply in replies:
        if reply.to_number in named:
            receiver = receiver_shown(reply, order.asked["actionButtons"], name="rsvpReply")
            receiver["totalDialledCalls"] = receiver.pop("dialledCalls")
            told.append({**receiver, "updatedAt": moment, "createdAt": moment})
    return asked.created(told, "")


@router.get("/rsvp_calls/{rsvp_call_id}/receivers")
async def report(rsvp_call_id: str, asked: Reads) -> Response:
    """Report on each receiver."""
    order, campaign = await outreach.find(asked, KIND, rsvp_call_id)
    replies = await asked.services.campaigns.replies.of(asked.who.organisation.id, [campaign.id])
    buttons = order.asked["actionButtons"]
    told = []
    for reply in replies:
        receiver = receiver_shown(reply, buttons, name="rsvpReply")
        told.append(
            {
                "accountId": receiver["accountId"],
                "phoneNumber": reply.to_number,
                "answered": receiver["answered"],
                "rsvpReply": reply_of(reply, buttons, none="noReply"),
                "callDuration": reply.seconds,
                "dialedCalls": reply.dialled,
                "latestCallAt": receiver["latestCallAt"],
            }
        )
    return answer(told)


@router.get("/rsvp_calls/{rsvp_call_id}/stats")
async def stats(rsvp_call_id: str, asked: Reads) -> Response:
    """Count what came of the calls so far."""
    order, campaign = await outreach.find(asked, KIND, rsvp_call_id)
    tally = await tally_of(asked, order, campaign)
    return answer(
        {
            "totalDialedCalls": tally.dialled,
            "dialedCalls": tally.dialled,
            "answeredCalls": tally.answered,
            "totalDuration": tally.seconds,
            "acceptsReceived": tally.accepted,
        }
    )


async def _read(asked: Asked, reader: Reader, before: Order | None) -> Wanted:
    """Return what a request asks for. Raises ``InvalidRequest``."""
    check = outreach.url_check(asked)
    state = reader.choice("state", ("active", "halt"))
    start = reader.moment("startTime", "UTC")
    end = reader.moment("endTime", "UTC", required=True)
    now = asked.services.clock.now()
    # what began long ago may be sent back as it is shown
    same = before is not None and reader.given("startTime") == shown(_start(before))
    if start is not None and start < now - _OLDEST_START and not same:
        reader.fault("startTime", "must not be more than an hour in the past", reader.given("startTime"))
    if end is not None and end <= now:
        reader.fault("endTime", "has passed: nobody would be called", reader.given("endTime"))
    if start is not None and end is not None and end <= start:
        reader.fault("endTime", "must be after startTime", reader.given("endTime"))
    opens, closes = reader.clock("activeFrom"), reader.clock("activeTo")
    days = reader.weekdays("activeWeekdays")
    files = await _voice_files(asked, reader)
    buttons = reader.buttons("actionButtons", "actionbuttons")
    accepts = reader.integer("acceptsWanted", required=True, least=1, most=_MOST_ACCEPTS)
    most_redials = reader.integer("maxRedials", least=0, most=MOST_REDIALS)
    receiver_url, state_url = reader.url("receiverWebhookUrl", check), reader.url("stateWebhookUrl", check)
    meta = reader.given("meta")
    if before is None and reader.given("receivers") is None:
        reader.fault("receivers", "is required: a list of objects with accountId, groupId or phone")
    reader.done()
    redialled = DEFAULT_REDIALS if most_redials is None else most_redials
    kept = {
        "startTime": None if start is None else start.isoformat(),
        "endTime": _iso(end),
        "activeFrom": opens,
        "activeTo": closes,
        "activeWeekdays": days,
        "voiceFiles": [{"type": each, "voiceFileId": str(audio.number)} for each, audio in files],
        "actionButtons": buttons,
        "acceptsWanted": accepts,
        "maxRedials": redialled,
        "receiverWebhookUrl": receiver_url,
        "stateWebhookUrl": state_url,
        "meta": meta,
    }
    by_type = {each: [audio for kind, audio in files if kind == each] for each in TYPES}
    wanted: dict[str, Any] = {
        "flow": asking_flow(
            before=[*by_type["start"], *by_type["data"]],
            question=by_type["actionButtons"],
            buttons=buttons or {},
            accepted=by_type["accept"],
            end=by_type["end"],
        ),
        "schedule": {
            **hours(opens or "", closes or "", days or ()),
            "starts_at": None if start is None or start <= now else start.isoformat(),
            "ends_at": _iso(end),
        },
        "goal": {"accepts": accepts},
        "retry": redials(redialled, delay_seconds=_REDIAL_SECONDS),
        "webhook_url": receiver_url,
        "campaign_webhook_url": state_url,
        "webhook_events": list(STATE_EVENTS),
        "metadata": meta if isinstance(meta, dict) else None,
    }
    planned = await outreach.plan(asked, wanted, _NAMES)
    return Wanted(kept=kept, planned=planned, state=state)


async def _voice_files(asked: Asked, reader: Reader) -> list[tuple[str, Audio]]:
    given = reader.given("voiceFiles")
    if not isinstance(given, list) or not given:
        reader.fault("voiceFiles", "is required: a list of objects with type and voiceFileId")
        return []
    named: dict[str, tuple[str, Any]] = {}
    for index, item in enumerate(given):
        kind = item.get("type") if isinstance(item, Mapping) else None
        if not isinstance(kind, str) or kind not in TYPES:
            reader.fault(f"voiceFiles[{index}].type", f"must be one of {', '.join(TYPES)}", kind)
        else:
            named[f"voiceFiles[{index}].voiceFileId"] = (kind, item.get("voiceFileId"))
    found = await read_files(asked, reader, {name: value for name, (_, value) in named.items()})
    files = [(kind, found[name]) for name, (kind, _) in named.items() if name in found]
    if not reader.errors and not any(kind in TYPES[:3] for kind, _ in files):
        reader.fault("voiceFiles", "nothing would be heard before the key: give start, data or actionButtons")
    return files


def _with_lower_goal(new: NewCampaign, goal: Mapping[str, Any] | None) -> NewCampaign:
    """Return a change that may ask for less than is in the air: those who accept too late then hear the end."""
    if goal is None or new.goal is None or new.goal.accepts >= goal["accepted"] + goal["undecided"]:
        return new
    return replace(new, goal=replace(new.goal, pace="expected"))


async def _one(asked: Asked, order: Order, campaign: Campaign) -> dict[str, Any]:
    replies = await asked.services.campaigns.replies.of(asked.who.organisation.id, [campaign.id])
    return _shown(asked, order, campaign, replies, await tally_of(asked, order, campaign))


def _shown(asked: Asked, order: Order, campaign: Campaign, replies: Sequence[Reply], tally: Tally) -> dict[str, Any]:
    del asked
    told = order.asked
    buttons = told["actionButtons"]
    return {
        "rsvpCallId": str(order.number),
        "state": STATES[campaign.state],
        "startTime": shown(_start(order)),
        "endTime": shown(datetime.fromisoformat(told["endTime"])),
        "activeFrom": told["activeFrom"],
        "activeTo": told["activeTo"],
        "activeWeekdays": days_shown(told["activeWeekdays"]),
        "voiceFiles": told["voiceFiles"],
        "actionButtons": buttons_shown(buttons),
        "receivers": [receiver_shown(reply, buttons, name="rsvpReply") for reply in replies],
        "acceptsWanted": told["acceptsWanted"],
        "maxRedials": told["maxRedials"],
        "receiverWebhookUrl": told["receiverWebhookUrl"],
        "stateWebhookUrl": told["stateWebhookUrl"],
        "meta": told["meta"],
        "stats": {
            "totalDialedCalls": tally.dialled,
            "answeredCalls": tally.answered,
            "totalDuration": tally.seconds,
            "acceptsReceived": tally.accepted,
            "declinesAndNoRepliesReceived": max(0, tally.answered - tally.accepted),
            "notAnsweredCalls": tally.unanswered,
        },
        "updatedAt": shown(campaign.updated_at),
        "createdAt": shown(order.created_at),
    }


def _start(order: Order) -> datetime:
    text = order.asked["startTime"]
    return datetime.fromisoformat(text) if text else order.created_at


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
