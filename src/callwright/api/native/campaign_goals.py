"""Goals, hunts and safety of campaigns: what requests say of them, how they look, and who accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts import audit
from callwright.api.native.ids import CampaignId
from callwright.api.native.openapi import problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.campaigns.goals import Acceptance
from callwright.campaigns.hunting import as_hunt, hunt_errors
from callwright.campaigns.models import GoalWanted, NewCampaign
from callwright.errors import FieldError, InvalidRequest
from callwright.flows.accepting import accept_with, can_accept
from callwright.flows.language import Flow
from callwright.rules.abandonment import Abandonment

router = APIRouter(tags=["campaigns"])

#: More people with a place are shown in several requests.
MAX_SHOWN = 10_000


class GoalFields(BaseModel):
    """How many people are to accept; then the campaign ends."""

    model_config = ConfigDict(extra="forbid", strict=True)

    accepts: int = Field(ge=1, le=1_000_000, description="So many people; never one more.")
    answer: str | None = Field(
        default=None,
        pattern=r"^[0-9*#]{1,20}$",
        description="The keys that accept. Absent: the flow has a step `accept`.",
        examples=["1"],
    )
    step: str | None = Field(
        default=None, max_length=64, description="At which step of the flow, when several know these keys."
    )
    pace: Literal["exact", "expected"] = Field(
        default="exact",
        description="exact: never more people in the air than places are left. expected: as many as will fill them.",
    )
    stand_by: int = Field(
        default=0, ge=0, le=1_000_000, description="How many may wait for a place; with the pace expected."
    )
    stand_by_message: str | None = Field(
        default=None, min_length=1, max_length=1000, description="What they hear; with `answer`."
    )
    filled_message: str | None = Field(
        default=None, min_length=1, max_length=1000, description="What those hear who come too late; with `answer`."
    )


class BreakerFields(BaseModel):
    """When a campaign pauses by itself because too much fails. Absent or null: the default."""

    model_config = ConfigDict(extra="forbid", strict=True)

    enabled: bool = True
    share: float | None = Field(default=None, ge=0.01, le=1, description="Of the calls of the window; default 0.5.")
    least_calls: int | None = Field(default=None, ge=1, le=100_000, description="Before nothing is judged; default 20.")
    window_seconds: int | None = Field(default=None, ge=10, le=3600, description="Default 120.")
    pause_seconds: int | None = Field(
        default=None,
        ge=1,
        le=86_400,
        description="Then one call is tried; twice as long each time in a row; default 300.",
    )


class GoalView(BaseModel):
    """What a campaign wants, and where it stands."""

    accepts: int
    answer: str | None
    step: str | None
    pace: str
    stand_by: int
    stand_by_message: str | None
    filled_message: str | None
    accepted: int
    undecided: int = Field(description="In the air, without an answer yet.")
    declined: int
    standing_by: int


class AbandonmentView(BaseModel):
    """Calls in which a person waited longer than two seconds for somebody or something; of the last 30 days."""

    answered: int = Field(description="Calls that a person answered.")
    abandoned: int
    rate: float = Field(description="0 to 1.")

    @classmethod
    def of(cls, seen: Abandonment) -> AbandonmentView:
        """Return the view of a rate."""
        return cls(answered=seen.answered, abandoned=seen.abandoned, rate=seen.rate)


class BreakerView(BaseModel):
    """When it opens, and where it stands."""

    enabled: bool
    share: float
    least_calls: int
    window_seconds: int
    pause_seconds: int
    state: str = Field(description="closed, open, or trying: one call is let through.")
    open_until: Utc | None
    reason: str | None


class AcceptView(BaseModel):
    """A person who accepted."""

    recipient_id: int
    position: int
    to: str
    contact_id: str | None
    call_id: str
    place: str = Field(description="taken or stand_by.")
    accepted_at: Utc

    @classmethod
    def of(cls, each: Acceptance) -> AcceptView:
        """Return the view of a person who accepted."""
        values = {one.name: getattr(each, one.name) for one in fields_of(each)}
        return cls(to=values.pop("to_number"), **values)


class AcceptList(BaseModel):
    """People who accepted."""

    accepts: list[AcceptView]


class Withdrawn(BaseModel):
    """What became of a place that was given back."""

    moved_up: int | None = Field(description="The recipient who stood by and has the place now.")


RecipientId = Annotated[int, Path(ge=1, le=2**62)]


@router.get("/campaigns/{campaign_id}/accepts", summary="List who accepted", responses=problems(404))
async def list_accepts(
    campaign_id: CampaignId,
    caller: Caller,
    services: Provided,
    limit: Annotated[int, Query(ge=1, le=MAX_SHOWN)] = 1000,
) -> AcceptList:
    """List those with a place, then those who stand by, each in the order in which they accepted."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    found = await services.campaigns.acceptances.of(campaign, limit=limit)
    return AcceptList(accepts=[AcceptView.of(each) for each in found])


@router.delete("/campaigns/{campaign_id}/accepts/{recipient_id}", summary="Give a place back", responses=problems(404))
async def withdraw_accept(
    campaign_id: CampaignId, recipient_id: RecipientId, caller: Caller, services: Provided
) -> Withdrawn:
    """Take back that somebody accepted. The first who stands by moves up; else the campaign calls on."""
    registry = services.campaigns.registry
    async with registry.transaction() as connection:
        campaign = await registry.lock(connection, caller, campaign_id)
        moved_up = await services.campaigns.acceptances.withdraw(connection, campaign, recipient_id)
        after = {"moved_up": moved_up}
        await audit.record(
            connection, caller, "campaign.accept_withdrawn", campaign.id, {"recipient_id": recipient_id}, after
        )
    registry.wake()
    return Withdrawn(moved_up=moved_up)


@router.get("/campaigns/{campaign_id}/breaker", summary="Show what would pause a campaign", responses=problems(404))
async def show_breaker(campaign_id: CampaignId, caller: Caller, services: Provided) -> BreakerView:
    """Show when the campaign pauses by itself because too much fails, and whether it has."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    found = await services.campaigns.breakers.of(campaign.organisation_id, "campaign", [campaign.id])
    breaker = found[campaign.id]
    return BreakerView(
        **{one.name: getattr(breaker.terms, one.name) for one in fields_of(breaker.terms)},
        state=breaker.standing.state.value,
        open_until=breaker.standing.open_until,
        reason=breaker.standing.reason,
    )


def goal_of(fields: GoalFields | None, errors: list[FieldError]) -> GoalWanted | None:
    """Return the goal that a request wants; what is wrong with it is added to ``errors``."""
    if fields is None:
        return None
    if fields.stand_by and fields.pace == "exact":
        message = "a stand-by list needs the pace expected: at the exact pace nobody comes too late"
        errors.append(FieldError(field="goal.stand_by", message=message, received=fields.stand_by))
    if fields.answer is None:
        for name in ("step", "stand_by_message", "filled_message"):
            if getattr(fields, name) is not None:
                message = "goes with answer; a flow with a step accept says it itself"
                errors.append(FieldError(field=f"goal.{name}", message=message, received=getattr(fields, name)))
    return GoalWanted(**fields.model_dump())


def with_goal(new: NewCampaign, flow: Flow, *, now: datetime) -> NewCampaign:
    """Return a campaign whose flow lets people accept when it wants them to, and a hunt with its end.

    Raises ``InvalidRequest`` when nobody could accept.
    """
    wanted = as_hunt(new, now=now)
    if errors := hunt_errors(wanted):
        raise InvalidRequest(errors)
    goal = wanted.goal
    if goal is None:
        return wanted
    if goal.answer is None:
        if not can_accept(flow):
            message = "nobody could accept: say which key does, or give the flow a step of the type accept"
            raise InvalidRequest([FieldError(field="goal.answer", message=message)])
        return wanted
    try:
        asking = accept_with(
            flow, goal.answer, step=goal.step, stand_by=goal.stand_by_message, filled=goal.filled_message
        )
    except InvalidRequest as error:
        raise InvalidRequest([replace(each, field=f"goal.{each.field}") for each in error.errors]) from None
    return replace(wanted, flow=asking.to_json())


def goal_request(goal: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a request that would want this goal."""
    return {each.name: goal[each.name] for each in fields_of(GoalWanted) if goal[each.name] is not None}
