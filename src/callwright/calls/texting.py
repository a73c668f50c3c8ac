"""Texts that calls send: those of a flow's step, and the one to somebody whom the call did not reach.

They are written in the transaction of the call, and are messages like others afterwards: with consent, hours and price.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from callwright.accounts.keys import organisation_of
from callwright.accounts.models import Principal
from callwright.calls.models import INBOUND, Call
from callwright.errors import InvalidRequest
from callwright.messages.addresses import SQL as SENDERS
from callwright.messages.models import Message, NewMessage
from callwright.messages.routes import SQL as ROUTES
from callwright.messages.service import write_messages
from callwright.messages.texts import render
from callwright.rules.outcomes import Outcome
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "texting.sql")

#: The person did not hear the message. Of an invalid number, or of a call that was not made, nothing follows.
NOT_REACHED = frozenset(
    {
        Outcome.NO_ANSWER,
        Outcome.BUSY,
        Outcome.REJECTED,
        Outcome.MACHINE,
        Outcome.FAX,
        Outcome.FAILED,
        Outcome.CONGESTION,
        Outcome.INTERRUPTED,
    }
)


class NotSent(Exception):
    """There will be no text; the message says why."""


async def send_text(
    connection: Connection,
    call: Call,
    text: str,
    *,
    to: str,
    sender: str | None = None,
    variables: Mapping[str, str] | None = None,
    plain: bool = False,
) -> Message:
    """Write a text of a call and return it; raises ``NotSent``.

    ``variables``: ``text`` has placeholders that are filled; ``None``: it has none.
    """
    if not to.startswith("+"):
        raise NotSent(f"{to} is no number that gets texts")
    row = await connection.fetchrow(SQL["organisation"], call.organisation_id)
    assert row is not None  # noqa: S101  (the call names it)
    if not await connection.fetchval(ROUTES["can_carry"], call.organisation_id, "sms", call.sandbox, False):
        raise NotSent("no route carries texts of this organisation")
    try:
        cut = render(text, variables or {}, plain=plain, literal=variables is None)
    except InvalidRequest as error:
        raise NotSent("; ".join(fault.message for fault in error.errors)) from None
    who = Principal(
        organisation=organisation_of(row),
        key_id=None,
        sandbox=call.sandbox,
        purpose=call.purpose,
        user_id=call.owner_id,
    )
    new = NewMessage(
        channel="sms",
        to_address=to,
        from_address=sender or await _sender_of(connection, call),
        content={"text": text} if variables is not None else {},
        variables=variables or {},
        text=cut.text,
        parts=cut.parts,
        encoding=cut.encoding,
        metadata=call.metadata,
        webhook_url=call.webhook_url,
        webhook_events=call.webhook_events,
        priority=call.priority,
        topic=call.topic,
        call_id=call.id,
        # of a flow it was approved with the flow
        own_text=variables is None,
    )
    try:
        [message] = await write_messages(connection, who, [new], campaign_id=call.campaign_id)
    except InvalidRequest as error:
        raise NotSent(str(error)) from None
    return message


async def send_fallback(connection: Connection, call: Call, fallback: Mapping[str, Any]) -> Message:
    """Write the text to somebody whom a call did not reach; raises ``NotSent``.

    ``fallback`` is ``calls.fallback_sms``: ``message``, ``from``, ``plain``.
    """
    return await send_text(
        connection,
        call,
        fallback["message"],
        to=call.person,
        sender=fallback.get("from"),
        variables=call.variables,
        plain=bool(fallback.get("plain")),
    )


async def _sender_of(connection: Connection, call: Call) -> str:
    """Return the number of the call where texts may come from it, else the organisation's default."""
    own = call.to_number if call.direction == INBOUND else call.from_number
    rows = await connection.fetch(SENDERS["usable_senders"], call.organisation_id, "sms", None)
    usable = [row["address"] for row in rows]
    if call.sandbox or own in usable:
        return own
    if not usable:
        raise NotSent("the organisation has no proved sender of texts")
    return str(usable[0])
