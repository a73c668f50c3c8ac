"""Emails that calls send: those of a flow's step, and the one to somebody whom the call did not reach.

They are written in the transaction of the call, and are messages like others afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from callwright.accounts.keys import organisation_of
from callwright.accounts.models import Principal
from callwright.calls.models import Call
from callwright.calls.texting import SQL, NotSent
from callwright.errors import InvalidRequest
from callwright.flows.commands import SendEmail
from callwright.flows.templates import fill, lookup
from callwright.mail.content import names_in
from callwright.messages.addresses import SQL as SENDERS
from callwright.messages.emails import SANDBOX_SENDER, UNSUBSCRIBE_VARIABLE
from callwright.messages.models import Message, NewMessage
from callwright.messages.routes import SQL as ROUTES
from callwright.messages.service import write_messages
from callwright.numbers.addresses import read_email

if TYPE_CHECKING:
    from callwright.store.database import Connection

#: The same for all: what a step says is filled already, and a brace in it is one of the person's. Its HTML is not:
#: values are escaped where they stand, when the mail is built.
_SUBJECT, _TEXT = "subject", "text"


async def send_email(connection: Connection, call: Call, command: SendEmail) -> Message:
    """Write an email of a call's step and return it; raises ``NotSent``."""
    try:
        address = read_email(command.to, field="to")
    except InvalidRequest:
        raise NotSent(f"{command.to} is no e-mail address") from None
    text = (command.text or "").strip() and command.text
    if not command.subject.strip() or not (text or command.html):
        raise NotSent("its subject or its text is empty")
    # a placeholder of the HTML may have the name of one of ours
    mark = "" if not {_SUBJECT, _TEXT} & {name.casefold() for name in command.values} else "step."
    content = {"subject": f"{{{mark}{_SUBJECT}}}"}
    variables = {**command.values, f"{mark}{_SUBJECT}": command.subject}
    if text:
        content["text"] = f"{{{mark}{_TEXT}}}"
        variables[f"{mark}{_TEXT}"] = text
    if command.html is not None:
        content["html"] = command.html
    # it was approved with the flow
    return await _write(connection, call, address, content, variables, sender=None, own_text=True)


async def send_fallback_email(connection: Connection, call: Call, fallback: Mapping[str, Any]) -> Message:
    """Write the email to somebody whom a call did not reach; raises ``NotSent``.

    ``fallback`` is ``calls.fallback_email``: a mail's content, ``from``, and ``to``, else the contact's first address.
    """
    content = {name: value for name, value in fallback.items() if name not in {"from", "to"}}
    variables = {**call.variables}
    if fallback.get("to") is not None:
        to = fill(fallback["to"], variables).strip()
    else:
        to = await connection.fetchval(SQL["email_of_callee"], call.organisation_id, call.id) or ""
        if not to:
            raise NotSent("the person has no e-mail address: it is given in fallback_email.to, or with the contact")
    try:
        address = read_email(to, field="to")
    except InvalidRequest:
        raise NotSent(f"{to} is no e-mail address") from None
    known = {UNSUBSCRIBE_VARIABLE: "", **variables}
    missing = sorted(name for name in names_in(content) if lookup(name, known) is None)
    if missing:
        raise NotSent(f"the placeholder {{{missing[0]}}} has no value")
    return await _write(connection, call, address, content, variables, sender=fallback.get("from"), own_text=False)


async def _write(
    connection: Connection,
    call: Call,
    address: str,
    content: Mapping[str, Any],
    variables: Mapping[str, str],
    *,
    sender: str | None,
    own_text: bool,
) -> Message:
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
        from_address=sender or await _sender_of(connection, call),
        content=content,
        variables=variables,
        metadata=call.metadata,
        webhook_url=call.webhook_url,
        webhook_events=call.webhook_events,
        priority=call.priority,
        topic=call.topic,
        call_id=call.id,
        own_text=own_text,
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
