"""The end of a call: its final status, exactly one terminal event, and the webhook that carries it."""

from __future__ import annotations

from typing import Any

from callwright.calls.bodies import event_body
from callwright.calls.models import Call
from callwright.calls.queries import SQL, call_of
from callwright.errors import Conflict
from callwright.events import service as events
from callwright.events import webhooks
from callwright.events.catalogue import DEFAULT_EVENTS
from callwright.rules.outcomes import OUTCOMES, Outcome
from callwright.store.database import Connection


async def announce(connection: Connection, call: Call, event: str, **more: Any) -> None:
    """Write an event of a call, and its webhook where the call's owner wants it, in the caller's transaction."""
    body = event_body(event, call, **more)
    await events.append(connection, organisation_id=call.organisation_id, type=event, subject=call.id, body=body)
    if call.webhook_url is not None and (event in DEFAULT_EVENTS or event in call.webhook_events):
        await webhooks.enqueue(
            connection,
            organisation_id=call.organisation_id,
            url=call.webhook_url,
            subject=call.id,
            event_type=event,
            body=body,
        )


async def finish_call(
    connection: Connection,
    call: Call,
    outcome: Outcome,
    *,
    reason: str | None = None,
    duration_seconds: int | None = None,
) -> Call:
    """End a call for good. Raises ``Conflict`` when it has ended already, so that no call ends twice."""
    row = await connection.fetchrow(
        SQL["finish_call"], call.id, OUTCOMES[outcome].status, outcome, reason, duration_seconds
    )
    if row is None:
        raise Conflict(f"call {call.id} has ended already")
    ended = call_of(row)
    more = {"reason": ended.reason} if ended.reason and outcome not in {Outcome.HUMAN, Outcome.ANSWERED} else {}
    await announce(connection, ended, OUTCOMES[outcome].event, **more)
    return ended
