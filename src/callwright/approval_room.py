"""Approvals with all that waits for them, put together for one process."""

from __future__ import annotations

from collections.abc import Callable

from callwright.approvals.service import ApprovalService
from callwright.calls.holding import on_decision as calls_on_decision
from callwright.campaigns.holding import on_decision as campaigns_on_decision
from callwright.messages.holding import on_decision as messages_on_decision
from callwright.store.database import Database


def open_approvals(database: Database, *, on_events: Callable[[], None] = lambda: None) -> ApprovalService:
    """Return the service, whose decisions release or end calls, campaigns and messages."""
    approvals = ApprovalService(database, on_events=on_events)
    for listener in (calls_on_decision, campaigns_on_decision, messages_on_decision):
        approvals.add_listener(listener)
    return approvals
