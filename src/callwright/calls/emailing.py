"""Emails that a flow's step sends: written in the transaction of the call, messages like others afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callwright.accounts.keys import organisation_of
from callwright.accounts.models import Principal
from callwright.calls.models import Call
from callwright.calls.texting import SQL, NotSent
from callwright.errors import InvalidRequest
from callwright.messages.addresses import SQL as SENDERS
from callwright.messages.emails import SANDBOX_SENDER
from callwright.messages.models import Message, NewMessage
from callwright.messages.routes import SQL as ROUTES
from callwright.messages.service import write_messages
from callwright.numbers.addresses import read_email

if TYPE_CHECKING:
    from callwright.store.database import Connection

#: The same for all: what a step says is filled already, and a brace in it is one of the person's.
_CONTENT = {"subject": "{subject}", "text": "{text}"}


async def send_email(connection: Connection, call: Call, *, to: str, subject: str, text: str) -> Message:
    """Write an email of a call, with its placeholders filled, and return it; raises ``NotSent``."""
    try:
        address = read_email(to, field="to")
    except InvalidRequest:
        raise NotSent(f"{to} is no e-mail address") from None
    if not subject.strip() or not text.strip():
        raise NotSent("its subject or its text is empty")
    row = await connection.fetchrow(SQL["organisation"], call.organisation_id)
    assert row is not None  # noqa: S101  (the call names it)
    if not await connection.fetchval(ROUTES["can_carry"], call.organisation_id, "email", call.sandbox, False):
        raise NotSent("no route carries emails of this organisation")
    who = Principal(
        organisation=organisation_of(row),
        key_id=None,
        sandbox=call.sandbox,
        purpose=call.purpose,
        user_id=call.owner_id,
    )
    new = NewMessage(
        channel="email",
        to_address=address,
        from_address=await _sender_of(connection, call),
        content=_CONTENT,
        variables={"subject": subject, "text": text},
        metadata=call.metadata,
        webhook_url=call.webhook_url,
        webhook_events=call.webhook_events,
        priority=call.priority,
        topic=call.topic,
        call_id=call.id,
        # it was approved with the flow
        own_text=True,
    )
    try:
        [message] = await write_messages(connection, who, [new], campaign_id=call.campaign_id)
    except InvalidRequest as error:
        raise NotSent(str(error)) from None
    return message


async def _sender_of(connection: Connection, call: Call) -> str:
    """Return the organisation's default address; a sandbox's people never see whose it is."""
    rows = await connection.fetch(SENDERS["usable_senders"], call.organisation_id, "email", None)
    if rows:
        return str(rows[0]["address"])
    if call.sandbox:
        return SANDBOX_SENDER
    raise NotSent("the organisation has no proved address that emails may come from")
