"""A person accepts what a campaign offers: on record, with a place or without, before they hear what comes of it.

A goal is locked after the counters of organisation and trunk. An attempt that was claimed holds one of its goal's
undecided; an accept turns that share into a place in one statement, and the end of the attempt gives it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callwright.calls.queries import call_of
from callwright.calls.settlement import announce
from callwright.rules.goals import Goal, Pace, Place, Tally, place_of
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__, "accepting.sql")


async def accept(connection: Connection, attempt_id: str) -> Place:
    """Put it on record that the person of a live attempt accepts; return what they get.

    Asked again, the answer is the same. Outside of a campaign with a goal there is always a place. Of an attempt that
    has ended meanwhile nothing is written.
    """
    row = await connection.fetchrow(SQL["call_that_accepts"], attempt_id)
    if row is None:
        return Place.FILLED
    goal = None
    if row["campaign_id"] is not None and row["recipient_id"] is not None:
        # before its goal, as everybody does: the record names it
        await connection.execute(SQL["hold_campaign"], row["organisation_id"], row["campaign_id"])
        goal = await connection.fetchrow(SQL["lock_goal"], row["organisation_id"], row["campaign_id"])
    if goal is None:
        await announce(connection, call_of(row), "call.accepted", attempt_id=attempt_id, place=Place.TAKEN)
        return Place.TAKEN
    before = await connection.fetchval(SQL["place_of"], row["campaign_id"], row["recipient_id"])
    if before is not None:
        return Place(before)
    place = _place(goal, holds=row["undecided"])
    if place is not Place.FILLED:
        await connection.execute(SQL["insert_accept"], row["campaign_id"], row["recipient_id"], row["id"], place.value)
        if row["undecided"]:
            await connection.execute(SQL["decide_attempt"], attempt_id)
        await connection.execute(
            SQL["count_accept"], row["organisation_id"], row["campaign_id"], place.value, int(row["undecided"])
        )
    reached = place is Place.TAKEN and goal["accepted"] + 1 >= goal["accepts"]
    await announce(
        connection,
        call_of(row),
        "call.accepted",
        attempt_id=attempt_id,
        place=place,
        **({"goal_reached": True} if reached else {}),
    )
    return place


def _place(row: Row, *, holds: bool) -> Place:
    """Return what the next who accepts gets; ``holds``: the attempt was counted when it was claimed."""
    goal = Goal(accepts=row["accepts"], pace=Pace(row["pace"]), stand_by=row["stand_by"])
    tally = tally_of(row)
    if goal.pace is Pace.EXACT and not holds and tally.accepted + tally.undecided >= goal.accepts:
        # the goal came after the claim; its places belong to those who are in the air for it
        return Place.FILLED
    return place_of(goal, tally)


def tally_of(row: Row) -> Tally:
    """Return where a row of ``goals`` says that a campaign stands."""
    return Tally(
        accepted=row["accepted"],
        undecided=row["undecided"],
        declined=row["declined"],
        standing_by=row["standing_by"],
    )


async def release_share(connection: Connection, organisation_id: str, campaign_id: str, *, declined: bool) -> None:
    """Give back the undecided share of an attempt that is over; ``declined``: this person is not asked again."""
    await connection.execute(SQL["release_goal"], organisation_id, campaign_id, int(declined))


async def recount_goals(connection: Connection) -> None:
    """Set every goal's counters to what is really alive and on record; the caller holds the other limits."""
    await connection.execute(SQL["lock_goals"])
    await connection.execute(SQL["recount_goals"])
