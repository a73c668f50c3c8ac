"""How campaigns and recipients look in answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.amounts import Amount
from callwright.api.native.campaign_goals import AbandonmentView, GoalView
from callwright.api.native.problems import ProblemError
from callwright.api.native.times import Utc, utc
from callwright.campaigns.models import Campaign, Recipient
from callwright.campaigns.statistics import Counts, Times
from callwright.campaigns.writing import by_email, channels_of


class Standing(BaseModel):
    """Recipients by what became of them so far."""

    total: int
    waiting: int = Field(description="Not contacted yet.")
    again: int = Field(description="To be contacted once more.")
    active: int = Field(description="With a call that has not ended for good.")
    done: int = Field(description="With an outcome.")


class CampaignStats(BaseModel):
    """Numbers about a campaign, exact at the moment of asking."""

    outcomes: dict[str, int] = Field(description="Recipients that are done, by outcome.")
    answers: dict[str, dict[str, int]] = Field(description="By step, how often each key or word was given.")
    attempts: dict[str, int] = Field(description="Attempts that were dialled, by outcome.")
    seconds: int = Field(description="Talked, all calls together.")
    cost: Amount | None = Field(description="Charged so far; null: nothing is.")
    abandonment: AbandonmentView


class CampaignSummary(BaseModel):
    """A campaign as lists show it."""

    model_config = ConfigDict(populate_by_name=True)

    campaign_id: str = Field(examples=["cmp_06e4k1q0s8b2n4p6r8t2"])
    number: int
    name: str
    kind: str = Field(description="campaign, or batch: several calls that were posted together.")
    state: str = Field(description="draft, scheduled, running, paused, completed or cancelled.")
    state_reason: str | None
    held: bool = Field(description="Its text waits for an approval: nobody is called before.")
    sandbox: bool
    purpose: str
    priority: int
    weight: float
    topic: str | None
    recipients: Standing
    progress: float = Field(description="Part of the recipients that is done, 0 to 1.")
    filling: bool = Field(description="Recipients are still being added.")
    stats: CampaignStats
    created_at: Utc
    updated_at: Utc
    started_at: Utc | None
    ended_at: Utc | None


class CampaignDetail(CampaignSummary):
    """A campaign with what it says and when."""

    content: dict[str, Any] = Field(description="`message`, `voice`, `dtmf`, … or `flow`, as they were given.")
    from_: str | int | None = Field(alias="from")
    from_pool: str | None
    channels: list[str] = Field(
        description="What a recipient gets: `call`, `sms` or `email`; or a call and one of the others."
    )
    sms: dict[str, Any] | None = Field(description="The text, where `channels` has `sms`.")
    email: dict[str, Any] | None = Field(description="The email, where `channels` has `email`.")
    fallback_sms: dict[str, Any] | None = Field(description="The text to whom a call did not reach.")
    fallback_email: dict[str, Any] | None = Field(description="The email to whom a call did not reach.")
    variables: dict[str, str] = Field(description="Values for recipients who bring none of their own.")
    retry: dict[str, Any] | None
    retry_incomplete: dict[str, Any] | None
    other_number_after: list[str]
    do_not_call: list[str] = Field(description="Do-not-call lists that are attached.")
    ring_timeout_seconds: int | None
    schedule: dict[str, Any]
    max_concurrent: int | None
    calls_per_second: float | None
    abandonment_limit: float | None
    goal: GoalView | None
    hunt: bool
    metadata: dict[str, Any]
    webhook_url: str | None
    webhook_events: list[str]
    source: dict[str, Any] = Field(description="Where the recipients came from.")
    first_call_at: Utc | None
    last_call_at: Utc | None
    estimated_end_at: Utc | None = Field(description="At the speed of the newest calls; retries left aside.")


class CreatedCampaign(CampaignDetail):
    """A campaign that was created, and recipients that were left out."""

    errors: list[ProblemError] = Field(default_factory=list, description="The first 100; only with `skip`.")


class CampaignList(BaseModel):
    """A page of campaigns, newest first."""

    campaigns: list[CampaignSummary]
    next_cursor: str | None


class RecipientView(BaseModel):
    """A person of a campaign's list."""

    recipient_id: int
    campaign_id: str
    position: int = Field(description="In the list, from 1.")
    to: str
    other_numbers: list[str]
    contact_id: str | None
    variables: dict[str, str]
    time_zones: list[str] = Field(description="It must be time to call in all of them.")
    time_zone_source: str = Field(description="contact, number or organisation.")
    state: str = Field(description="waiting, again, active or done.")
    again_at: Utc | None
    outcome: str | None
    reason: str | None
    call_id: str | None = Field(description="The last call.")
    message_id: str | None = Field(description="The text or email.")
    ended_at: Utc | None

    @classmethod
    def of(cls, recipient: Recipient) -> RecipientView:
        """Return the view of a recipient."""
        return cls(
            recipient_id=recipient.id,
            campaign_id=recipient.campaign_id,
            position=recipient.position,
            to=recipient.to_number,
            other_numbers=list(recipient.other_numbers),
            contact_id=recipient.contact_id,
            variables=dict(recipient.variables),
            time_zones=list(recipient.zones),
            time_zone_source=recipient.zone_source,
            state=recipient.state,
            again_at=recipient.again_at if recipient.state == "again" else None,
            outcome=recipient.outcome,
            reason=recipient.reason,
            call_id=recipient.call_id,
            message_id=recipient.message_id,
            ended_at=recipient.ended_at,
        )


class RecipientList(BaseModel):
    """A page of recipients, in the order of the list."""

    recipients: list[RecipientView]
    next_cursor: str | None


def summary(campaign: Campaign, counts: Counts) -> CampaignSummary:
    """Return a campaign as lists show it."""
    return CampaignSummary(**_fields(campaign, counts))


def detail(campaign: Campaign, counts: Counts, times: Times, goal: Mapping[str, Any] | None) -> CampaignDetail:
    """Return all of a campaign."""
    return CampaignDetail(**_fields(campaign, counts), **_more(campaign, times, goal))


def _fields(campaign: Campaign, counts: Counts) -> dict[str, Any]:
    return {
        "campaign_id": campaign.id,
        "number": campaign.number,
        "name": campaign.name,
        "kind": campaign.kind,
        "state": campaign.state,
        "state_reason": campaign.state_reason,
        "held": campaign.held,
        "sandbox": campaign.sandbox,
        "purpose": campaign.purpose,
        "priority": campaign.priority,
        "weight": round(campaign.weight, 4),
        "topic": campaign.topic,
        "recipients": Standing(
            total=counts.total, **{name: counts.states.get(name, 0) for name in ("waiting", "again", "active", "done")}
        ),
        "progress": counts.progress,
        "filling": campaign.filling,
        "stats": CampaignStats(
            outcomes=dict(counts.outcomes),
            answers={step: dict(answers) for step, answers in counts.answers.items()},
            attempts=dict(counts.attempts),
            seconds=counts.seconds,
            cost=counts.cost,
            abandonment=AbandonmentView.of(counts.abandonment),
        ),
        "created_at": campaign.created_at,
        "updated_at": campaign.updated_at,
        "started_at": campaign.started_at,
        "ended_at": campaign.ended_at,
    }


def _more(campaign: Campaign, times: Times, goal: Mapping[str, Any] | None) -> dict[str, Any]:
    template = campaign.call_template
    schedule = {("legal_hours" if name == "presets" else name): value for name, value in campaign.schedule.items()}
    span = {"starts_at": campaign.starts_at, "ends_at": campaign.ends_at}
    schedule = {**{name: None if at is None else utc(at) for name, at in span.items()}, **schedule}
    return {
        "content": {} if by_email(template) else dict(template.get("content") or {}),
        "from_": template.get("from"),
        "from_pool": template.get("from_pool"),
        "channels": channels_of(template),
        "sms": template.get("sms"),
        "email": template.get("email"),
        "fallback_sms": template.get("fallback_sms"),
        "fallback_email": template.get("fallback_email"),
        "variables": dict(template.get("variables") or {}),
        "retry": template.get("retry"),
        "retry_incomplete": template.get("retry_incomplete"),
        "other_number_after": list(template.get("other_number_after") or ()),
        "do_not_call": list(template.get("do_not_call") or ()),
        "ring_timeout_seconds": template.get("ring_timeout_seconds"),
        "schedule": schedule,
        "max_concurrent": campaign.max_concurrent,
        "calls_per_second": None if campaign.calls_per_second is None else float(campaign.calls_per_second),
        "abandonment_limit": campaign.abandonment_limit,
        "goal": None if goal is None else GoalView(**goal),
        "hunt": campaign.hunt,
        "metadata": dict(campaign.metadata),
        "webhook_url": campaign.webhook_url,
        "webhook_events": list(campaign.webhook_events),
        "source": {name: value for name, value in campaign.source.items() if not name.startswith("_")},
        "first_call_at": times.first_call_at,
        "last_call_at": times.last_call_at,
        "estimated_end_at": times.estimated_end_at,
    }
