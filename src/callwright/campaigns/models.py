"""Campaigns and their recipients, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from callwright.rules.timetables import LaneKey
from callwright.store.database import Row

#: Several calls that were posted together, and a list of recipients.
BATCH, CAMPAIGN = "batch", "campaign"
STATES = ("draft", "scheduled", "running", "paused", "completed", "cancelled")
#: Why a campaign does nothing yet.
HELD = "waits for the approval of its text"
#: Nothing happens in it any more.
OVER = frozenset({"completed", "cancelled"})

#: Keys of ``campaigns.call_template``: what ``calls.service.columns_of`` returns of a ``NewCall`` that is the same for
#: all recipients, without the keys of ``OWN``, and with those of ``MORE``.
#: The feeder lays a recipient's own columns over it: ``template | own``, ``variables`` merged (the recipient's win).
OWN = frozenset({"to_number", "priority", "due_at", "not_after", "purpose", "sealed"})
MORE: Mapping[str, Any] = {
    #: Takes the place of ``from_number``, which is then empty: id of a number pool, and the fence of who chose it.
    "pool_id": None,
    "fence": None,
    #: Outcomes after which another number of the same person is tried.
    "other_number_after": [],
    #: Do-not-call lists that are attached, by id or name as the request named them.
    "do_not_call": [],
    #: What the event ``call.ordered`` of each call says, where a dialect's program sent what the dialect does not know.
    "ordered": None,
    #: Where the campaign's own events are sent; ``None``: where its calls' are.
    "campaign_webhook_url": None,
    #: The fields of the request that made the flow, for those who look at the campaign or change it.
    "content": {},
}


@dataclass(frozen=True, kw_only=True)
class GoalWanted:
    """See ``rules.goals.Goal``."""

    accepts: int
    pace: str = "exact"
    stand_by: int = 0
    #: As the request gave it; the flow has been made of it: the keys that accept, at which step, and what those hear
    #: who get no place.
    answer: str | None = None
    step: str | None = None
    stand_by_message: str | None = None
    filled_message: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewCampaign:
    """A campaign to be created, or what it is changed to; every field is already validated."""

    name: str
    purpose: str
    #: Canonical JSON of the flow, as of ``NewCall``.
    flow: Mapping[str, Any]
    call_template: Mapping[str, Any]
    schedule: Mapping[str, Any] = field(default_factory=dict)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    priority: int = 5
    weight: float = 1.0
    topic: str | None = None
    max_concurrent: int | None = None
    calls_per_second: Decimal | None = None
    hunt: bool = False
    goal: GoalWanted | None = None
    #: Fields of its breaker's terms that are not the default (``rules.breakers.Terms``); ``None``: as they were.
    breaker: Mapping[str, Any] | None = None
    #: Most of the calls that people answered that may be abandoned, 0 to 1; ``None``: no limit.
    abandonment_limit: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRecipient:
    """A person to be added to a campaign; every field is already validated."""

    #: E.164, ``Ext:1000``, or an address where the campaign writes emails.
    to_number: str
    #: ``rules.timetables.LaneKey`` as text, and where its zones are known from.
    lane: str
    zone_source: str
    other_numbers: Sequence[str] = ()
    contact_id: str | None = None
    variables: Mapping[str, str] | None = None
    #: Nobody will be called: the outcome and why. The row says so, and is done.
    outcome: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """Many recipients who hear the same, each with values of their own."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    key_id: str | None
    kind: str
    name: str
    state: str
    #: Why it is paused or over, in words.
    state_reason: str | None
    #: What it says waits for an approval.
    held: bool
    sandbox: bool
    purpose: str
    priority: int
    #: Its share among the organisation's campaigns of the same priority.
    weight: float
    topic: str | None
    flow_id: str | None
    call_template: Mapping[str, Any]
    #: See ``rules.timetables``.
    schedule: Mapping[str, Any]
    starts_at: datetime | None
    ends_at: datetime | None
    max_concurrent: int | None
    calls_per_second: Decimal | None
    abandonment_limit: float | None
    #: Where the recipients came from: ``kind`` and what it was, and how many were ``duplicates`` or ``refused``.
    source: Mapping[str, Any]
    filling: bool
    hunt: bool
    metadata: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def left_over(self) -> str | None:
        """The outcome of who still waits when it is over: they are a million rows that nobody touches any more."""
        return {"cancelled": "cancelled", "completed": "expired"}.get(self.state) if self.kind == CAMPAIGN else None

    @property
    def webhook_url(self) -> str | None:
        """Where its events are sent."""
        return self.call_template.get("campaign_webhook_url") or self.call_template.get("webhook_url")

    @property
    def webhook_events(self) -> Sequence[str]:
        """Which of its calls' events are sent there beside the usual ones."""
        return self.call_template.get("webhook_events") or ()

    @property
    def webhook_format(self) -> str | None:
        """Whose body they have: a dialect's name; ``None``: the native one."""
        return self.call_template.get("webhook_format")


def campaign_of(row: Row) -> Campaign:
    """Return the value of a row of ``campaigns``."""
    return Campaign(
        id=row["id"],
        number=row["number"],
        organisation_id=row["organisation_id"],
        owner_id=row["owner_id"],
        key_id=row["key_id"],
        kind=row["kind"],
        name=row["name"],
        state=row["state"],
        state_reason=row["state_reason"] or (HELD if row["held"] else None),
        held=row["held"],
        sandbox=row["sandbox"],
        purpose=row["purpose"],
        priority=row["priority"],
        weight=row["weight"],
        topic=row["topic"],
        flow_id=row["flow_id"],
        call_template=row["call_template"],
        schedule=row["schedule"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        max_concurrent=row["max_concurrent"],
        calls_per_second=row["calls_per_second"],
        abandonment_limit=row["abandonment_limit"],
        source=row["source"],
        filling=row["filling"],
        hunt=row["hunt"],
        metadata=row["metadata"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A person of a campaign's list."""

    id: int
    campaign_id: str
    #: From 1, in the order of the list.
    position: int
    contact_id: str | None
    to_number: str
    other_numbers: Sequence[str]
    #: IANA names: it must be time to call in all of them.
    zones: Sequence[str]
    #: See ``rules.zones``.
    zone_source: str
    variables: Mapping[str, str]
    #: ``waiting``, ``again``, ``active`` or ``done``.
    state: str
    again_at: datetime | None
    #: Of the last call.
    outcome: str | None
    reason: str | None
    call_id: str | None
    #: The text or email, alone or beside the call.
    message_id: str | None
    ended_at: datetime | None


def seen_in(recipient: Recipient, campaign: Campaign) -> Recipient:
    """Return a recipient as the campaign's state makes them: of one that is over nobody waits."""
    if campaign.left_over is None or recipient.state not in {"waiting", "again"}:
        return recipient
    return replace(
        recipient,
        state="done",
        outcome=recipient.outcome or campaign.left_over,
        reason=recipient.reason or campaign.state_reason or f"the campaign was {campaign.state}",
        ended_at=recipient.ended_at or campaign.ended_at,
    )


def recipient_of(row: Row) -> Recipient:
    """Return the value of a row of ``recipients`` with its lane's ``zones``."""
    return Recipient(
        id=row["id"],
        campaign_id=row["campaign_id"],
        position=row["position"],
        contact_id=row["contact_id"],
        to_number=row["to_number"],
        other_numbers=row["other_numbers"] or (),
        zones=sorted(LaneKey.read(row["zones"]).zones),
        zone_source=row["zone_source"],
        variables=row["variables"] or {},
        state=row["state"],
        again_at=row["again_at"],
        outcome=row["outcome"],
        reason=row["reason"],
        call_id=row["call_id"],
        message_id=row["message_id"],
        ended_at=row["ended_at"],
    )
