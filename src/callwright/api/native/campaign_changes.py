"""``PATCH /campaigns/{campaign_id}`` and its clone: the campaign as a request, with what is to differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts import audit
from callwright.api.native import campaign_views as views
from callwright.api.native.call_requests import audio_named
from callwright.api.native.campaign_goals import goal_request
from callwright.api.native.campaign_reading import look_up, read_campaign
from callwright.api.native.campaign_requests import CampaignChange, CampaignFields
from callwright.api.native.campaign_texts import texts_request
from callwright.api.native.campaigns import shown_in
from callwright.api.native.flow_references import with_saved_flows
from callwright.api.native.idempotent import Change, Repeatable
from callwright.api.native.ids import CampaignId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import utc
from callwright.api.native.validation import parsed
from callwright.campaigns.models import Campaign
from callwright.campaigns.writing import EMAILS, by_email
from callwright.errors import Conflict, FieldError, InvalidRequest

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["campaigns"])

#: Fields of the template that have the same name in a request.
_SAME = ("variables", "metadata", "webhook_url", "webhook_events", "ring_timeout_seconds", "topic", "from", "from_pool")
_SAME_MORE = ("retry", "retry_incomplete", "other_number_after", "do_not_call", "campaign_webhook_url")
#: A request that gives one of these means to replace the other.
_CONTENTS = ("message", "flow", "audio")
_CALLER_ID = ("from", "from_pool")
_TIMES = {"scheduled_at": "starts_at", "expires_at": "ends_at"}


class CloneRequest(BaseModel):
    """What is to differ in the copy."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = Field(default=None, min_length=1, max_length=200, pattern=r"\S")
    recipients: bool = Field(default=False, description="Whether the list is copied, too; nobody of it was called yet.")


@router.patch(
    "/campaigns/{campaign_id}",
    summary="Change a campaign",
    response_model=views.CampaignDetail,
    responses=problems(404, 409),
    openapi_extra=json_body(CampaignChange, {"slower": {"max_concurrent": 5, "schedule": {"time_zone": "account"}}}),
)
async def change_campaign(campaign_id: CampaignId, caller: Caller, services: Provided, submitted: Change) -> Response:
    """Change a draft or a paused campaign. What is absent stays, null takes away; who was called already, was."""
    data = await submitted.read()
    data = await with_saved_flows(services, caller, data)
    wanted = parsed(CampaignChange, data)
    registry = services.campaigns.registry
    before = await registry.get(caller, campaign_id)
    if before.kind != "campaign":
        raise Conflict("these calls were posted together and cannot be changed as a campaign")
    merged = parsed(CampaignFields, merge(request_of(before, await registry.goal(before)), data))
    named = audio_named((merged.audio, merged.flow))
    templates, files = merged.email_templates, merged.email_files
    ground = await look_up(services, caller, merged.from_pool, named, templates=templates, files=files)
    read = read_campaign(services, caller, merged, ground)
    # whose program it was that asked for it, its webhooks keep that program's form
    kept = {**read.new.call_template, "webhook_format": before.webhook_format}
    new = replace(read.new, call_template=kept)
    del wanted

    async def action(connection: Connection) -> tuple[int, Any]:
        locked = await registry.lock(connection, caller, campaign_id)
        if locked.updated_at != before.updated_at:
            raise Conflict("somebody changed the campaign at this moment; look at it and try again")
        if by_email(new.call_template) != by_email(locked.call_template) and await registry.has_people(
            connection, locked
        ):
            message = "the list has people who are reached otherwise; make a new campaign for another list"
            raise InvalidRequest([FieldError(field="channels", message=message)])
        unfilled = await registry.never_filled(connection, locked, read.needed)
        if unfilled:
            message = "no recipient has a value for the placeholder {{{}}}: give it in variables"
            raise InvalidRequest(
                [FieldError(field="message", message=message.format(name), received=name) for name in unfilled]
            )
        after = await registry.change(connection, caller, locked, new)
        await services.campaigns.states.check_opens(connection, after, caller.organisation)
        changed = {name: value for name, value in data.items() if name not in {"variables", "metadata"}}
        # as it is stored: files by their ids
        changed |= {name: after.call_template.get(name) for name in EMAILS if name in changed}
        await audit.record(connection, caller, "campaign.changed", after.id, None, changed)
        return 200, await shown_in(services, connection, after)

    return await submitted.run(action)


@router.post(
    "/campaigns/{campaign_id}/clone",
    summary="Copy a campaign",
    status_code=201,
    responses={201: {"model": views.CampaignDetail}, **problems(404, 409)},
    openapi_extra=json_body(CloneRequest, {"next week": {"name": "Recall, second round", "recipients": True}}),
)
async def clone_campaign(
    campaign_id: CampaignId, request: Request, caller: Caller, services: Provided, submitted: Repeatable
) -> Response:
    """Make a draft with the same content, pace and hours, without its start and end, and with its list on request."""
    data = await submitted.read()
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    wanted = parsed(CloneRequest, data)
    registry = services.campaigns.registry

    async def action(connection: Connection) -> tuple[int, Any]:
        original = await registry.get(caller, campaign_id, connection=connection)
        copy = await registry.clone(connection, caller, original, name=wanted.name, with_recipients=wanted.recipients)
        await audit.record(connection, caller, "campaign.cloned", copy.id, None, {"of": original.id})
        return 201, await shown_in(services, connection, copy)

    answer = await submitted.run(action)
    services.campaigns.registry.wake()
    return answer


def request_of(campaign: Campaign, goal: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the fields of a request that would make this campaign."""
    template = campaign.call_template
    # of a campaign that writes emails nothing is said but what its email says
    fields = {} if by_email(template) else {**(template.get("content") or {})}
    same = [name for name in (*_SAME, *_SAME_MORE) if not (by_email(template) and name in _CALLER_ID)]
    fields |= {name: value for name in same if (value := template.get(name)) not in (None, [], {})}
    schedule: dict[str, Any] = dict(campaign.schedule)
    if "presets" in schedule:
        schedule["legal_hours"] = schedule.pop("presets")
    schedule |= {
        name: utc(moment)
        for name, moment in (("starts_at", campaign.starts_at), ("ends_at", campaign.ends_at))
        if moment is not None
    }
    fields |= {
        "name": campaign.name,
        "purpose": campaign.purpose,
        "priority": campaign.priority,
        "weight": round(campaign.weight, 4),
        "hunt": campaign.hunt,
        "topic": campaign.topic,
        "schedule": schedule,
        "max_concurrent": campaign.max_concurrent,
        "abandonment_limit": campaign.abandonment_limit,
        "calls_per_second": None if campaign.calls_per_second is None else float(campaign.calls_per_second),
    }
    if goal is not None:
        fields["goal"] = goal_request(goal)
    return fields | texts_request(template)


def merge(fields: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request with what another one gives in its place."""
    merged = dict(fields)
    for name, value in change.items():
        for alike in (_CONTENTS, _CALLER_ID):
            if name in alike and value is not None:
                for other in alike:
                    merged.pop(other, None)
        if name in ("flow", "audio") and value is not None:
            for beside in ("voice", "language", "rate", "pitch", "dtmf", "keywords", "machine_detection"):
                if beside not in change:
                    merged.pop(beside, None)
        if name in _TIMES:
            merged["schedule"] = {**(merged.get("schedule") or {}), _TIMES[name]: value}
        elif name == "schedule" and isinstance(value, Mapping):
            merged["schedule"] = {**(merged.get("schedule") or {}), **value}
        else:
            merged[name] = value
    return merged
