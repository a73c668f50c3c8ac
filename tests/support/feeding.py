"""Campaigns written straight into the database, and a claim that feeds from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from callwright.calls.claims import CallClaims
from callwright.calls.models import Attempt, Settlement
from callwright.campaigns import lanes
from callwright.campaigns.feeding import CampaignFeeder, Restraint
from callwright.campaigns.schedules import place_of
from callwright.ids import new_id
from callwright.rules.outcomes import Outcome
from support.calls import FLOW, World

ANSWERED = Settlement(outcome=Outcome.HUMAN, cause=16, sip_status=200, ended_by="callee")
BUSY = Settlement(outcome=Outcome.BUSY, cause=17, sip_status=486, ended_by="callee")


async def make_campaign(
    world: World,
    *numbers: str,
    state: str = "running",
    template: Mapping[str, Any] | None = None,
    organisation_id: str | None = None,
    purpose: str = "emergency",
    **columns: Any,
) -> str:
    """Return the id of a campaign with recipients of these numbers, in this order."""
    database, organisation = world.database, organisation_id or world.principal.organisation.id
    campaign_id = new_id("cmp")
    body = {"from_number": "+12125550100", **(template or {})}
    async with database.transaction() as connection:
        flow_id = await connection.fetchval(
            "INSERT INTO flows (id, organisation_id, hash, body) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (organisation_id, hash) DO UPDATE SET hash = excluded.hash RETURNING id",
            *(new_id("flw"), organisation, b"feeding", FLOW),
        )
        await connection.execute(
            "INSERT INTO campaigns (id, organisation_id, name, kind, state, purpose, flow_id, call_template)"
            " VALUES ($1, $2, $1, 'campaign', $3, $4, $5, $6)",
            *(campaign_id, organisation, state, purpose, flow_id, body),
        )
        for name, value in columns.items():
            await connection.execute(f"UPDATE campaigns SET {name} = $2 WHERE id = $1", campaign_id, value)
        await add_recipients(world, connection, campaign_id, organisation, numbers)
    return campaign_id


async def add_recipients(
    world: World, connection: Any, campaign_id: str, organisation_id: str, numbers: Sequence[str]
) -> None:
    """Add recipients behind those that a campaign has, and compute its lanes."""
    zone = await connection.fetchval("SELECT time_zone FROM organisations WHERE id = $1", organisation_id)
    keys = [str(place_of(number, contact_zone=None, organisation_zone=zone)[0]) for number in numbers]
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('campaign ' || $1, 0))", campaign_id)
    await connection.execute(
        "INSERT INTO lanes (organisation_id, campaign_id, zones) SELECT $1, $2, unnest($3::text[])"
        " ON CONFLICT DO NOTHING",
        *(organisation_id, campaign_id, sorted(set(keys))),
    )
    await connection.execute(
        "INSERT INTO recipients (organisation_id, campaign_id, lane_id, position, to_number)"
        " SELECT $1, $2, l.id, n.position, n.number"
        " FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS n(number, zones, position)"
        " JOIN lanes l ON l.campaign_id = $2 AND l.zones = n.zones ORDER BY n.position",
        *(organisation_id, campaign_id, list(numbers), keys),
    )
    await lanes.recompute(connection, campaign_id, now=world.clock.now())


def feeding_claims(world: World, *restraints: Restraint, deciding: bool = True) -> CallClaims:
    """Return claims that feed from campaigns; ``deciding``: what may go now is decided in the claim."""
    feeder = CampaignFeeder(world.clock, restraints)
    return CallClaims(world.database, world.clock if deciding else None, feeder=feeder)


async def states(world: World, campaign_id: str) -> dict[str, int]:
    """Return how many recipients are in each state."""
    rows = await world.database.fetch(
        "SELECT state, count(*) AS n FROM recipients WHERE campaign_id = $1 GROUP BY state", campaign_id
    )
    return {row["state"]: row["n"] for row in rows}


async def settle_all(world: World, attempts: Sequence[Attempt], end: Settlement = ANSWERED) -> None:
    """Let the calls take place and end."""
    for attempt in attempts:
        await world.ledger.settle(attempt.id, end)


async def set_hours(world: World, campaign_id: str, opens: datetime | None, ends: datetime) -> None:
    """Let the campaign's lanes be open then, whatever its schedule says."""
    await world.database.execute(
        "UPDATE lanes SET open_from = $2, open_until = $3 WHERE campaign_id = $1", campaign_id, opens, ends
    )
