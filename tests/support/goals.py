"""Campaigns with a goal over the world of ``support.calls``, whose people answer as a test says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from callwright.calls.claims import CallClaims
from callwright.calls.models import Attempt, Settlement
from callwright.campaigns.feeding import CampaignFeeder
from callwright.campaigns.models import Campaign, GoalWanted, NewCampaign, NewRecipient
from callwright.campaigns.pacing import GoalPace, TrialPace
from callwright.campaigns.schedules import place_of
from callwright.campaigns.service import CampaignService
from callwright.campaigns.states import CampaignStates
from callwright.rules.outcomes import Outcome
from callwright.store.database import Row
from support.calls import OWNER, World

FLOW: dict[str, Any] = {
    "version": 1,
    "start": "ask",
    "steps": {
        "ask": {"type": "gather", "prompt": [{"type": "say", "text": "Will you come?"}], "branches": {"1": "yes"}},
        "yes": {"type": "accept", "taken": "thanks"},
        "thanks": {"type": "say", "text": "Thank you."},
    },
}


async def start_campaign(
    world: World,
    numbers: Sequence[str],
    *,
    goal: GoalWanted | None = None,
    hunt: bool = False,
    purpose: str = "emergency",
    **fields: Any,
) -> Campaign:
    """Create and start a campaign to these numbers, in this order; an emergency calls at any hour."""
    service = CampaignService(world.database, calls=world.calls)
    template = {"from_number": "+12125550100", "ring_timeout_seconds": 30, **fields.pop("template", {})}
    zone = world.principal.organisation.time_zone
    people = []
    for number in numbers:
        lane, recipient = place_of(number, contact_zone=None, organisation_zone=zone)
        people.append(NewRecipient(to_number=number, lane=str(lane), zone_source=recipient.source))
    new = NewCampaign(name="Party", purpose=purpose, flow=FLOW, call_template=template, goal=goal, hunt=hunt, **fields)
    async with world.database.transaction() as connection:
        made = await service.create(connection, world.principal, new, recipients=people, source={"kind": "test"})
        made = await service.lock(connection, world.principal, made.id)
        return await CampaignStates(world.clock).start(connection, made)


def claims_of(world: World) -> CallClaims:
    """Return a dialer's claims, with campaigns."""
    feeder = CampaignFeeder(world.clock, [GoalPace(), TrialPace()])
    return CallClaims(world.database, world.clock, feeder=feeder)


async def goal_of(world: World, campaign: Campaign) -> Row:
    """Return the goal's row."""
    row = await world.database.fetchrow("SELECT * FROM goals WHERE campaign_id = $1", campaign.id)
    assert row is not None
    return row


async def answered(world: World, attempt: Attempt) -> None:
    """Let an attempt be dialled and answered."""
    if attempt.permission is None:
        assert await world.dialing.begin(attempt) is not None
    await world.ledger.answered(attempt.id, {"phase": "prompting", "variables": {}}, [])


async def end(world: World, attempt: Attempt, outcome: Outcome = Outcome.ANSWERED) -> None:
    """Let an attempt end."""
    cause = 16 if outcome is Outcome.ANSWERED else 17
    await world.ledger.settle(attempt.id, Settlement(outcome=outcome, cause=cause, sip_status=None, ended_by="callee"))


async def claim(world: World) -> list[Attempt]:
    """Claim as one dialer does."""
    return await claims_of(world).claim(OWNER)
