"""``/campaigns/{campaign_id}/preflight`` and ``dry_run``: what a campaign would do."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from callwright.accounts.models import Principal
from callwright.api.native.amounts import Amount
from callwright.api.native.call_flows import spoken_parts
from callwright.api.native.ids import CampaignId
from callwright.api.native.openapi import problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import Utc
from callwright.campaigns.models import Campaign
from callwright.campaigns.preflight import Preflight
from callwright.campaigns.writing import calls, channels_of
from callwright.flows.language import Flow, parse_flow
from callwright.flows.templates import fill

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["campaigns"])


class SampleView(BaseModel):
    """What one person would hear, or read."""

    to: str
    said: str | None = Field(description="All that can be spoken, a line for each step; null: it does not call.")
    subject: str | None = Field(description="Of an email.")
    text: str | None = Field(description="Of a text or an email.")
    parts: int | None = Field(description="Of a text; null where it cannot be sent.")


class WritingView(BaseModel):
    """What would be written."""

    channel: str = Field(description="sms or email.")
    messages: int
    parts: int | None = Field(description="Of texts, all together.")
    messages_per_second: float = Field(description="At the rates of the routes and of the campaign.")
    seconds: int | None = Field(description="Hours in which nobody may be written to left aside; null: no route.")


class CostView(BaseModel):
    """What it costs when everybody answers and hears all of it; texts and emails are in it."""

    amount: Amount
    currency: str
    without_rate: int = Field(description="Of the numbers that were priced, those that the price list does not have.")


class PreflightView(BaseModel):
    """What a campaign would do, as of now."""

    recipients: int
    contacted: int = Field(description="People who would be called, or written to.")
    skipped: dict[str, int] = Field(
        description="People who would not, by the first reason: opted_out, do_not_call, consent_withdrawn, no_consent, "
        "never_open, invalid_number, skipped."
    )
    duplicates: int
    refused: int = Field(description="Records that were left out when the list was filled in.")
    unfilled_placeholders: dict[str, int] = Field(description="By placeholder, people without a value for it.")
    opens_at: Utc | None = Field(description="The first moment at which somebody may be contacted; null: never.")
    channels: list[str] = Field(description="What a recipient gets.")
    calls_at_once: int | None = Field(description="null: it does not call.")
    calls_per_second: float | None
    calling_seconds: int | None = Field(description="At these limits; hours in which nobody may be called left aside.")
    writing: WritingView | None = Field(description="Its texts or emails; null: it only calls.")
    time_zones: dict[str, int] = Field(description="People who wait, by the first of their zones.")
    cost: CostView | None = Field(description="null: nothing is charged.")
    samples: list[SampleView]


def view_of(campaign: Campaign, found: Preflight) -> PreflightView:
    """Return the view of a preflight."""
    cost, writing = found.cost, found.writing
    return PreflightView(
        recipients=found.recipients,
        contacted=found.contacted,
        skipped=dict(found.skipped),
        duplicates=found.duplicates,
        refused=found.refused,
        unfilled_placeholders=dict(found.unfilled),
        opens_at=found.opens,
        channels=channels_of(campaign.call_template),
        calls_at_once=found.at_once,
        calls_per_second=found.calls_per_second,
        calling_seconds=found.seconds,
        writing=None
        if writing is None
        else WritingView(
            channel=writing.channel,
            messages=writing.messages,
            parts=writing.parts,
            messages_per_second=writing.per_second,
            seconds=writing.seconds,
        ),
        time_zones=dict(found.zones),
        cost=None
        if cost is None
        else CostView(amount=cost.amount, currency=cost.currency, without_rate=cost.without_rate),
        samples=[
            SampleView(
                to=person.to_number,
                said=said if calls(campaign.call_template) else None,
                subject=None if written is None else written.subject,
                text=None if written is None else written.text,
                parts=None if written is None else written.parts,
            )
            for person, said, written in found.samples
        ],
    )


async def look_in(services: Services, caller: Principal, connection: Connection, campaign: Campaign) -> PreflightView:
    """Return the preflight of a campaign as the transaction sees it."""
    metered = not campaign.sandbox and caller.organisation.rate_plan_id is not None
    found = await services.campaigns.preflight.look(connection, campaign, preview=_preview, metered=metered)
    return view_of(campaign, found)


@router.get("/campaigns/{campaign_id}/preflight", summary="See what a campaign would do", responses=problems(404))
async def show_preflight(campaign_id: CampaignId, caller: Caller, services: Provided) -> PreflightView:
    """Say who would be contacted now, who would not and why, how long it takes, what it costs, what the first get."""
    async with services.campaigns.registry.transaction() as connection:
        campaign = await services.campaigns.registry.get(caller, campaign_id, connection=connection)
        return await look_in(services, caller, connection, campaign)


def _preview(flow: Mapping[str, Any], variables: Mapping[str, str]) -> str:
    # a stored flow does not keep the order of its steps
    parsed = parse_flow(dict(flow))
    order = _distances(parsed)
    parts = sorted(spoken_parts(parsed), key=lambda part: order.get(part[0], len(order)))
    return "\n".join(fill(spoken.text, variables) for _, _, spoken in parts)


def _distances(flow: Flow) -> dict[str, int]:
    """Return the steps in the order in which a call can come to them, and then what machines hear."""
    order: dict[str, int] = {}
    for start in (flow.start, flow.on_machine.start):
        waiting = deque([start])
        while waiting:
            step_id = waiting.popleft()
            if step_id is None or step_id in order:
                continue
            order[step_id] = len(order)
            waiting.extend(target for _, target in flow.steps[step_id].targets())
    return order
