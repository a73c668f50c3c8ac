"""Calls that wait for somebody's approval of what they say: held, released, or ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.approvals.content import texts_of
from callwright.approvals.models import Approval
from callwright.approvals.service import ask_for_texts, refused, settings_of
from callwright.calls.queries import call_of
from callwright.calls.settlement import finish_call
from callwright.rules.outcomes import Outcome
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "holding.sql")

#: What a held call says of itself.
REASON = "waits for the approval of its text"


async def flows_to_hold(
    connection: Connection, who: Principal, flows: Mapping[str, Mapping[str, Any]]
) -> frozenset[str]:
    """Return the ids of those flows that may not be heard yet, and ask for the approval of their texts.

    ``flows`` are bodies by id. Raises ``InvalidRequest`` when one holds a text that was rejected. A sandbox key reaches
    nobody and waits for nobody.
    """
    if who.sandbox or not (await settings_of(connection, who.organisation.id)).texts:
        return frozenset()
    held = set()
    for flow_id, body in flows.items():
        asked = await ask_for_texts(connection, who, texts_of(body))
        if rejected := [approval for approval in asked if approval.state == "rejected"]:
            raise refused(rejected, "message")
        if any(approval.state == "pending" for approval in asked):
            held.add(flow_id)
        await connection.execute(SQL["link_flow"], who.organisation.id, flow_id, [approval.id for approval in asked])
    return frozenset(held)


async def on_decision(connection: Connection, decided: Approval) -> None:
    """Release the calls whose last approval this was; end those whose text was rejected."""
    if decided.state == "rejected":
        rows = await connection.fetch(SQL["held_with"], decided.organisation_id, decided.id)
        for row in rows:
            await finish_call(connection, call_of(row), Outcome.SKIPPED, reason=f"its text was rejected ({decided.id})")
    elif decided.state == "approved":
        await connection.execute(SQL["release_held"], decided.organisation_id, decided.id)
