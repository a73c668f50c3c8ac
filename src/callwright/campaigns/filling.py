"""Adding recipients to a campaign: in the order in which they were given, each number once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Organisation
from callwright.campaigns import lanes
from callwright.campaigns.models import Campaign, NewRecipient
from callwright.rules.timetables import CampaignHours, LaneKey
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)


async def add_recipients(
    connection: Connection, organisation_id: str, campaign_id: str, recipients: Sequence[NewRecipient]
) -> int:
    """Add recipients in the caller's transaction; returns how many were new: a number that is there stays as it is."""
    if not recipients:
        return 0
    await connection.execute(SQL["lock_filling"], campaign_id)
    await ensure_lanes(connection, organisation_id, campaign_id, [recipient.lane for recipient in recipients])
    position = await connection.fetchval(SQL["last_position"], campaign_id)
    records = _records(recipients)
    fixed = (organisation_id, campaign_id, position, records)
    return _count(await connection.execute(SQL["insert_recipients"], *fixed, [], [], []))


async def first_recipients(
    connection: Connection, campaign: Campaign, organisation: Organisation, recipients: Sequence[NewRecipient]
) -> int:
    """Add the first recipients of a campaign that was written in the caller's transaction; returns how many those are.

    Nobody else sees it yet, and nothing is there: so nothing is held or looked for. ``organisation`` is as the
    transaction sees it.
    """
    if not recipients:
        return 0
    hours = hours_of_campaign(campaign, organisation)
    keys = list(dict.fromkeys(recipient.lane for recipient in recipients))
    spans = [lanes.next_hours(hours.of(LaneKey.read(key)), now=campaign.created_at) for key in keys]
    fixed = (campaign.organisation_id, campaign.id, 0, _records(recipients))
    opens, ends = [opens for opens, _ in spans], [ends for _, ends in spans]
    return _count(await connection.execute(SQL["insert_recipients"], *fixed, keys, opens, ends))


def hours_of_campaign(campaign: Campaign, organisation: Organisation) -> CampaignHours:
    """Return what decides when the lanes of a campaign are open."""
    return CampaignHours(
        schedule=campaign.schedule,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        purpose=campaign.purpose,
        sandbox=campaign.sandbox,
        organisation_zone=organisation.time_zone,
        calling_from=organisation.calling_from,
        calling_until=organisation.calling_until,
    )


def _records(recipients: Sequence[NewRecipient]) -> list[dict[str, Any]]:
    return [
        {
            "ordinal": ordinal,
            "to_number": recipient.to_number,
            "lane": recipient.lane,
            "zone_source": recipient.zone_source,
            "other_numbers": list(recipient.other_numbers),
            "contact_id": recipient.contact_id,
            "variables": dict(recipient.variables) if recipient.variables else None,
            "outcome": recipient.outcome,
            "reason": recipient.reason,
        }
        for ordinal, recipient in enumerate(recipients, start=1)
    ]


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])


async def ensure_lanes(
    connection: Connection, organisation_id: str, campaign_id: str, keys: Sequence[str]
) -> Mapping[str, int]:
    """Return the lanes of these keys by key; new ones are made, and told when they are open."""
    rows = await connection.fetch(SQL["lanes_for"], organisation_id, campaign_id, list(dict.fromkeys(keys)))
    if any(row["is_new"] for row in rows):
        await lanes.recompute(connection, campaign_id)
    return {row["zones"]: row["id"] for row in rows}
