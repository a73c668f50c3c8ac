"""What a campaign is told beside what its calls say: its goal, its breaker, how many calls it may abandon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg

from callwright.campaigns.breakers import change_terms
from callwright.campaigns.models import Campaign, GoalWanted, NewCampaign, campaign_of
from callwright.errors import Conflict, FieldError, InvalidRequest
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)


async def put_terms(connection: Connection, campaign: Campaign, new: NewCampaign, *, fresh: bool = False) -> Campaign:
    """Write them for a campaign whose row the caller holds; ``fresh``: it has none before.

    Raises ``Conflict`` when more people have a place, or may still get one, than the goal is to want.
    """
    if not fresh or new.goal is not None:
        await _put_goal(connection, campaign, new.goal)
    lists = new.call_template.get("do_not_call") or ()
    if not fresh or lists:
        await _attach_lists(connection, campaign, lists)
    if new.breaker is not None:
        await change_terms(connection, campaign.organisation_id, "campaign", campaign.id, new.breaker)
    if new.abandonment_limit == campaign.abandonment_limit:
        return campaign
    row = await connection.fetchrow(SQL["set_safety"], campaign.organisation_id, campaign.id, new.abandonment_limit)
    assert row is not None  # noqa: S101  (the caller holds it)
    return campaign_of(row)


async def _attach_lists(connection: Connection, campaign: Campaign, named: Sequence[str]) -> None:
    """Let these do-not-call lists, and no others, stop calls of the campaign alone."""
    await connection.execute(SQL["detach_lists"], campaign.organisation_id, campaign.id)
    if not named:
        return
    rows = await connection.fetch(SQL["attach_lists"], campaign.organisation_id, campaign.id, list(named))
    known = {row["named"] for row in rows}
    unknown = [(place, name) for place, name in enumerate(named) if name not in known]
    if unknown:
        message = "there is no such do-not-call list"
        raise InvalidRequest(
            [FieldError(field=f"do_not_call[{place}]", message=message, received=name) for place, name in unknown]
        )


async def _put_goal(connection: Connection, campaign: Campaign, goal: GoalWanted | None) -> None:
    if goal is None:
        await connection.execute(SQL["drop_goal"], campaign.organisation_id, campaign.id)
        return
    try:
        await connection.execute(
            SQL["put_goal"],
            campaign.id,
            campaign.organisation_id,
            goal.accepts,
            goal.pace,
            goal.stand_by,
            goal.answer,
            goal.step,
            goal.stand_by_message,
            goal.filled_message,
        )
    except asyncpg.CheckViolationError as error:
        message = (
            f"goal.accepts: {goal.accepts} are fewer than have accepted or are in the air now; "
            "wait until those calls have ended, or want more"
        )
        raise Conflict(message) from error
