"""The end of a call: its final status, exactly one terminal event, and the webhook that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callwright.calls.bodies import event_body
from callwright.calls.emailing import send_fallback_email
from callwright.calls.models import Call
from callwright.calls.proofs import call_ended
from callwright.calls.queries import SQL, call_of
from callwright.calls.texting import NOT_REACHED, NotSent, send_fallback
from callwright.errors import Conflict
from callwright.events import service as events
from callwright.events import webhooks
from callwright.events.formats import unasked
from callwright.rules.outcomes import OUTCOMES, Outcome
from callwright.store.database import Connection


class Announcements:
    """The events of one transaction, in their order; ``write`` puts them down with one statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._events: list[events.NewEvent] = []

    async def add(self, call: Call, event: str, **more: Any) -> None:
        """Take an event of a call, and write its webhook where the call's owner wants it."""
        body = event_body(event, call, **more)
        self._events.append(
            events.NewEvent(organisation_id=call.organisation_id, type=event, subject=call.id, body=body)
        )
        await _enqueue(self._connection, call, event, body)

    def take(self, event: events.NewEvent) -> None:
        """Take an event that no webhook tells."""
        self._events.append(event)

    def columns(self) -> tuple[list[str], list[str], list[Mapping[str, Any]]]:
        """Return types, subjects and bodies of what was taken, for a statement that writes them with something else."""
        events, self._events = self._events, []
        return [event.type for event in events], [event.subject for event in events], [event.body for event in events]

    async def write(self) -> None:
        """Write what was taken; the last act of the transaction but those that hold locks for others."""
        await events.append_many(self._connection, self._events)
        self._events = []


async def announce(connection: Connection, call: Call, event: str, **more: Any) -> None:
    """Write one event of a call, and its webhook where the call's owner wants it, in the caller's transaction."""
    announcements = Announcements(connection)
    await announcements.add(call, event, **more)
    await announcements.write()


async def _enqueue(connection: Connection, call: Call, event: str, body: dict[str, Any]) -> None:
    if call.webhook_url is not None and (event in unasked(call.webhook_format) or event in call.webhook_events):
        await webhooks.enqueue(
            connection,
            organisation_id=call.organisation_id,
            url=call.webhook_url,
            subject=call.id,
            event_type=event,
            body=body,
            format=call.webhook_format,
        )


async def finish_call(
    connection: Connection,
    call: Call,
    outcome: Outcome,
    *,
    reason: str | None = None,
    duration_seconds: int | None = None,
    announcements: Announcements | None = None,
) -> Call:
    """End a call for good. Raises ``Conflict`` when it has ended already, so that no call ends twice.

    With ``announcements`` its event is left to them; else it is written here.
    """
    row = await connection.fetchrow(
        SQL["finish_call"], call.id, OUTCOMES[outcome].status, outcome, reason, duration_seconds
    )
    if row is None:
        raise Conflict(f"call {call.id} has ended already")
    ended = call_of(row)
    if row["not_after"] is not None:
        await call_ended(connection, ended)
    more = {"reason": ended.reason} if ended.reason and outcome not in {Outcome.HUMAN, Outcome.ANSWERED} else {}
    told = announcements or Announcements(connection)
    if row["fallback_sms"] is not None and outcome in NOT_REACHED:
        more |= await _text_instead(connection, ended, row["fallback_sms"])
    if row["fallback_email"] is not None and outcome in NOT_REACHED:
        more |= await _email_instead(connection, ended, row["fallback_email"])
    await told.add(ended, OUTCOMES[outcome].event, **more)
    if announcements is None:
        await told.write()
    return ended


async def _text_instead(connection: Connection, call: Call, fallback: dict[str, Any]) -> dict[str, Any]:
    """Write the text to somebody whom the call did not reach; return what the call's last event says of it."""
    try:
        message = await send_fallback(connection, call, fallback)
    except NotSent as error:
        return {"fallback_sms": {"not_sent": str(error)}}
    return {"fallback_sms": {"message_id": message.id}}


async def _email_instead(connection: Connection, call: Call, fallback: dict[str, Any]) -> dict[str, Any]:
    """Do what ``_text_instead`` does by email."""
    try:
        message = await send_fallback_email(connection, call, fallback)
    except NotSent as error:
        return {"fallback_email": {"not_sent": str(error)}}
    return {"fallback_email": {"message_id": message.id}}
