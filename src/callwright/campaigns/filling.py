"""Adding recipients to a campaign: in the order in which they were given, each number once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from callwright.campaigns import lanes
from callwright.campaigns.models import NewRecipient
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
    records = [
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
    tag = await connection.execute(SQL["insert_recipients"], organisation_id, campaign_id, position, records)
    return int(tag.rpartition(" ")[2])


async def ensure_lanes(
    connection: Connection, organisation_id: str, campaign_id: str, keys: Sequence[str]
) -> Mapping[str, int]:
    """Return the lanes of these keys by key; new ones are made, and told when they are open."""
    rows = await connection.fetch(SQL["lanes_for"], organisation_id, campaign_id, list(dict.fromkeys(keys)))
    if any(row["is_new"] for row in rows):
        await lanes.recompute(connection, campaign_id)
    return {row["zones"]: row["id"] for row in rows}
