"""Campaigns that wait for somebody's approval of what they say: held, released, or stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callwright.accounts.models import Principal
from callwright.approvals.models import Approval
from callwright.approvals.service import ask_for_texts, refused, settings_of
from callwright.campaigns.announcing import announce
from callwright.campaigns.models import Campaign, campaign_of
from callwright.campaigns.writing import texts_of
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "holding.sql")


async def hold_for_texts(
    connection: Connection, who: Principal, campaign: Campaign, *, fresh: bool = False
) -> Campaign:
    """Ask for the approval of a campaign's texts and emails; the campaign, whose row the caller holds, waits for it.

    ``fresh``: it waited for none before. Raises ``InvalidRequest`` when one of them was rejected. A sandbox key reaches
    nobody and waits for nobody.
    """
    args = (campaign.organisation_id, campaign.id)
    if not fresh:
        await connection.execute(SQL["forget_texts"], *args)
    texts = texts_of(campaign.call_template)
    if not texts or who.sandbox or not (await settings_of(connection, campaign.organisation_id)).texts:
        return campaign
    asked = await ask_for_texts(connection, who, texts)
    if rejected := [approval for approval in asked if approval.state == "rejected"]:
        raise refused(rejected, "message")
    await connection.execute(SQL["link_texts"], *args, [approval.id for approval in asked])
    if all(approval.state == "approved" for approval in asked):
        return campaign
    row = await connection.fetchrow(SQL["hold"], *args)
    assert row is not None  # noqa: S101  (the caller holds it)
    return campaign_of(row)


async def on_decision(connection: Connection, decided: Approval) -> None:
    """Release the campaigns whose last approval this was; pause those whose text was rejected, until it is changed."""
    if decided.state == "approved":
        await connection.execute(SQL["release"], decided.organisation_id, decided.id)
    elif decided.state == "rejected":
        reason = f"its text was rejected ({decided.id}); change it"
        for row in await connection.fetch(SQL["reject"], decided.organisation_id, decided.id, reason):
            if row["was"] != "paused":
                await announce(connection, campaign_of(row), "campaign.paused")
