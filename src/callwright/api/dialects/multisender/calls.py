"""``/calls``: one message, in operations, to receivers at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Response

from callwright.accounts import audit
from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.multisender import outreach
from callwright.api.dialects.multisender.asking import Asked, answer, asking
from callwright.api.dialects.multisender.errors import render_error
from callwright.api.dialects.multisender.fields import Reader, shown
from callwright.api.dialects.multisender.operations import (
    files_named,
    flow_of,
    heard_seconds,
    parse_operations,
    with_targets,
    written,
)
from callwright.api.dialects.multisender.receivers import (
    as_given,
    receivers_listed,
    receivers_shown,
)
from callwright.campaigns.models import OVER, Campaign
from callwright.errors import Conflict
from callwright.orders.models import Order
from callwright.rules.pricing import Channel, cost_of_call, speaking_seconds

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(route_class=dialect_route(render_error))

Reads = Annotated[Asked, asking("campaigns:read")]
Writes = Annotated[Asked, asking("campaigns:write")]
KIND = "calls"
_NAMES = {"schedule.windows": "actionTime", "schedule": "actionTime"}


@router.get("/calls")
async def list_calls(asked: Reads) -> Response:
    """List calls, newest first, without their receivers."""
    found = await outreach.find_all(asked, KIND)
    ids = [campaign.id for _, campaign in found]
    tallies = await asked.services.campaigns.replies.tallies(asked.who.organisation.id, ids)
    return answer(
        [
            {**_head(asked, order), "totalDuration": tallies[campaign.id].seconds, **_tail(order, campaign)}
            for order, campaign in found
        ]
    )


@router.post("/calls")
async def create_call(asked: Writes) -> Response:
    """Call receivers, now or at ``actionTime``."""
    reader = Reader(asked.body)
    given = reader.given("operations")
    action_time = reader.moment("actionTime", asked.who.organisation.time_zone)
    reader.given("receivers")
    reader.done()
    planned, seconds = await _planned(asked, given, action_time)
    audience = await outreach.audience_of(asked, asked.body.get("receivers"), planned.read.needed)
    kept = _kept(given, action_time, await _estimate(asked, audience, seconds))
    order, campaign = await outreach.create(
        asked, reader, planned, audience, kind=KIND, kept=kept, name="Multisender call"
    )
    return asked.created(await _shown(asked, order, campaign), str(order.number))


@router.get("/calls/{call_id}")
async def show_call(call_id: str, asked: Reads) -> Response:
    """Show a call with its receivers."""
    return answer(await _shown(asked, *await outreach.find(asked, KIND, call_id)))


@router.get("/calls/{call_id}/receivers")
async def list_receivers(call_id: str, asked: Reads) -> Response:
    """List the accounts and groups that a call is for."""
    order, _ = await outreach.find(asked, KIND, call_id)
    return answer(await receivers_listed(asked, order.asked["receivers"], order.created_at))


@router.put("/calls/{call_id}")
async def change_call(call_id: str, asked: Writes) -> Response:
    """Change what is sent of a call that waits for its time."""
    order, before = await outreach.find(asked, KIND, call_id)
    check_editable(asked, order)
    reader = Reader(asked.body)
    given = reader.given("operations")
    changed_time = reader.moment("actionTime", asked.who.organisation.time_zone)
    reader.done()
    operations = order.asked["operations"] if given is None else given
    action_time = changed_time or time_of(order)
    planned, seconds = await _planned(asked, operations, action_time)
    # a group may have others in it now, and a new text may name fields that nobody's values were taken of
    named = asked.body.get("receivers")
    audience = await outreach.audience_of(
        asked,
        as_given(order.asked["receivers"]) if named is None else named,
        planned.read.needed,
        lenient=named is None,
    )
    kept = _kept(operations, action_time, await _estimate(asked, audience, seconds))
    async with asked.services.orders.transaction() as connection:
        order, campaign = await _change(connection, asked, order, before, planned, audience, kept)
    asked.services.campaigns.registry.wake()
    return answer(await _shown(asked, order, campaign))


@router.delete("/calls/{call_id}")
async def delete_call(call_id: str, asked: Writes) -> Response:
    """Delete a call that waits for its time, or that is over."""
    order, campaign = await outreach.find(asked, KIND, call_id)
    if campaign.state not in OVER:
        check_editable(asked, order)
    await outreach.remove(asked, order, campaign)
    return Response(status_code=204)


def time_of(order: Order) -> datetime | None:
    """Return ``actionTime`` in UTC; ``None``: at once."""
    text = order.asked.get("actionTime")
    return None if text is None else datetime.fromisoformat(text)


def editable(asked: Asked, order: Order) -> bool:
    """Return whether an order still waits for its time."""
    at = time_of(order)
    return at is not None and at > asked.services.clock.now()


def check_editable(asked: Asked, order: Order) -> None:
    """Raise ``Conflict`` for an order whose time has come."""
    if not editable(asked, order):
        raise Conflict("its actionTime has come: it is not editable any more")


async def _planned(asked: Asked, given: Any, action_time: datetime | None) -> tuple[outreach.Plan, float]:
    """Return the campaign of operations, and how long they are in seconds."""
    who = asked.who
    operations = with_targets(parse_operations(given), region=who.organisation.region, sandbox=who.sandbox)
    files = await outreach.files_of(asked, files_named(operations))
    wanted: dict[str, Any] = {"flow": flow_of(operations, files)}
    if action_time is not None:
        wanted["scheduled_at"] = action_time.isoformat()
    planned = await outreach.plan(asked, wanted, _NAMES)
    text = planned.read.flow.preview({})
    return planned, heard_seconds(operations, files) + (speaking_seconds(text) if text else 0)


async def _change(
    connection: Connection,
    asked: Asked,
    order: Order,
    before: Campaign,
    planned: outreach.Plan,
    audience: outreach.Audience,
    kept: Mapping[str, Any],
) -> tuple[Order, Campaign]:
    desk, who = asked.services.campaigns, asked.who
    held = await desk.registry.lock_to_fill(connection, who, before.id)
    if held.state != "scheduled":
        raise Conflict("its actionTime has come: it is not editable any more")
    new = outreach.changed(planned.read.new, held)
    campaign = await desk.registry.change(connection, who, held, new, under_way=True)
    await desk.registry.clear(connection, campaign)
    receivers, people = await outreach.recipients_of(connection, asked, audience, planned.ground, planned.read.needed)
    await desk.registry.add(connection, campaign, people)
    await desk.states.check_opens(connection, campaign, who.organisation)
    await audit.record(connection, who, "campaign.changed", campaign.id)
    told = {**order.asked, **kept, "receivers": receivers.listed}
    return await asked.services.orders.change(who, order.id, asked=told, connection=connection), campaign


async def _estimate(asked: Asked, audience: outreach.Audience, seconds: float) -> float:
    return await outreach.estimate(
        asked, audience.receivers, Channel.CALL, lambda rate: cost_of_call(rate, Decimal(str(round(seconds, 1))))
    )


def _kept(given: Any, action_time: datetime | None, cents: float) -> dict[str, Any]:
    return {
        "operations": written(given),
        "actionTime": None if action_time is None else action_time.isoformat(),
        "priceEstimateInCents": cents,
    }


def _head(asked: Asked, order: Order) -> dict[str, Any]:
    zone = asked.who.organisation.time_zone
    return {
        "callId": str(order.number),
        "operations": order.asked["operations"],
        "actionTime": shown(time_of(order) or order.created_at, zone),
        "priceEstimateInCents": float(order.asked.get("priceEstimateInCents") or 0),
    }


def _tail(order: Order, campaign: Campaign) -> dict[str, Any]:
    return {"updatedAt": shown(campaign.updated_at), "createdAt": shown(order.created_at)}


async def _shown(asked: Asked, order: Order, campaign: Campaign) -> dict[str, Any]:
    return {
        **_head(asked, order),
        "editable": "y" if editable(asked, order) else "n",
        "receivers": await receivers_shown(asked, order.asked["receivers"], order.created_at),
        **_tail(order, campaign),
    }
