"""A hunt: the people of a list in their order, one at a time, until one accepts.

Its goal is one accept, so that "one at a time" and "until one accepts" hold for the reason that goals do. Who may not
be called now, because of their calling hours, is passed over and has their turn when it is time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from callwright.calls.feeding import Wish
from callwright.campaigns.models import GoalWanted, NewCampaign
from callwright.errors import FieldError
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__, "hunting.sql")

#: A hunt that nobody gave an end ends after a week: an offer that old surprises whoever is called.
EXPIRES_AFTER = timedelta(days=7)


def as_hunt(new: NewCampaign, *, now: datetime) -> NewCampaign:
    """Return a hunt with the goal and the end that it needs; any other campaign as it is."""
    if not new.hunt:
        return new
    ends_at = new.ends_at or max(now, new.starts_at or now) + EXPIRES_AFTER
    return replace(new, goal=new.goal or GoalWanted(accepts=1), ends_at=ends_at)


def hunt_errors(new: NewCampaign) -> list[FieldError]:
    """Return what is wrong with a hunt."""
    if new.hunt and new.goal is not None and (new.goal.pace != "exact" or new.goal.stand_by):
        message = "a hunt calls one person at a time, so nobody comes too late: leave pace and stand_by out"
        return [FieldError(field="goal.pace", message=message, received=new.goal.pace)]
    return []


async def take_next(connection: Connection, wishes: Sequence[Wish], now: datetime) -> list[Row]:
    """Return the next one of each hunt, as rows of ``feeding.take_recipients``; their goals' rows are held."""
    return await connection.fetch(
        SQL["take_next"], [wish.campaign_id for wish in wishes], [wish.prefixes for wish in wishes], now
    )
