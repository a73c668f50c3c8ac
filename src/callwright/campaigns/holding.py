"""Campaigns that wait for somebody's approval of what they say: released, or stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callwright.approvals.models import Approval
from callwright.campaigns.announcing import announce
from callwright.campaigns.models import campaign_of
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "holding.sql")


async def on_decision(connection: Connection, decided: Approval) -> None:
    """Release the campaigns whose last approval this was; pause those whose text was rejected, until it is changed."""
    if decided.state == "approved":
        await connection.execute(SQL["release"], decided.organisation_id, decided.id)
    elif decided.state == "rejected":
        reason = f"its text was rejected ({decided.id}); change it"
        for row in await connection.fetch(SQL["reject"], decided.organisation_id, decided.id, reason):
            if row["was"] != "paused":
                await announce(connection, campaign_of(row), "campaign.paused")
