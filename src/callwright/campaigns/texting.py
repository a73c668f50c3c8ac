"""Recipients of running campaigns that write, and do not call, become messages here, a little ahead of their routes.

A recipient is ``active`` while the message waits, and done with what the provider said (``sent``), which a receipt may
turn into ``delivered`` or ``undelivered`` later. Of campaigns that call and write, the text, or the email, is written
with the call. Those of a campaign that writes emails alone are addresses, in ``to_number``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from callwright.accounts.keys import organisation_of
from callwright.accounts.models import Principal
from callwright.campaigns.writing import by_email, content_of
from callwright.clock import Clock
from callwright.errors import InvalidRequest
from callwright.flows.templates import fill, lookup
from callwright.mail.content import names_in
from callwright.messages.emails import UNSUBSCRIBE_VARIABLE
from callwright.messages.models import NewMessage
from callwright.messages.service import write_messages
from callwright.messages.texts import render
from callwright.numbers.addresses import read_email
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

log = logging.getLogger(__name__)

SQL = statements(__package__, "texting.sql")

#: Recipients of one campaign in one transaction, and how many of its messages may wait for their routes.
BATCH = 200
BACKLOG = 1000


class TextFeeder:
    """Makes messages of campaigns; the sender asks it before each claim."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def feed(self) -> int:
        """Make messages of the recipients whose turn it is; return how many."""
        made = 0
        now = self._clock.now()
        for row in await self._database.fetch(SQL["campaigns_to_text"], now):
            try:
                async with self._database.transaction() as connection:
                    made += await self._feed(connection, row["id"])
            except InvalidRequest as error:
                # what it says was rejected at this moment: whoever rejected it pauses the campaign
                log.warning("campaign %s writes nothing: %s", row["id"], error)
        return made

    async def _feed(self, connection: Connection, campaign_id: str) -> int:
        campaign = await connection.fetchrow(SQL["hold_to_text"], campaign_id, BACKLOG)
        if campaign is None or campaign["room"] <= 0:
            return 0
        wanted = min(BATCH, campaign["room"])
        due = await connection.fetch(SQL["take_to_text"], campaign_id, wanted, self._clock.now())
        if not due:
            return 0
        write = write_emails if by_email(campaign["call_template"]) else write_texts
        written = await write(connection, campaign, due)
        ids = [row["recipient_id"] for row in due]
        await connection.execute(SQL["mark_texted"], ids, [written.get(each) for each in ids])
        await connection.execute(SQL["advance_lanes"], list({row["lane_id"] for row in due}))
        rate = campaign["calls_per_second"]
        await connection.execute(SQL["count_texts"], campaign_id, 0.0 if rate is None else len(due) / float(rate))
        return len(due)


async def write_texts(
    connection: Connection, campaign: Row | Mapping[str, Any], due: Sequence[Mapping[str, Any] | Row]
) -> dict[int, str]:
    """Write a text to each recipient of ``due``; return the messages by recipient, without those that cannot be.

    ``due`` has ``recipient_id``, ``lane_id``, ``contact_id``, ``to_number``, ``variables``.
    """
    template = campaign["call_template"]
    said = template["sms"]
    content = {"text": said["message"]}
    if said.get("forward_replies_to"):
        content["forward_replies_to"] = said["forward_replies_to"]
    recipients: list[int] = []
    texts: list[NewMessage] = []
    for each in due:
        variables = {**(template.get("variables") or {}), **(each["variables"] or {})}
        try:
            cut = render(said["message"], variables, plain=bool(said.get("plain")))
        except InvalidRequest as error:
            log.warning("recipient %s gets no text: %s", each["recipient_id"], error)
            continue
        if not each["to_number"].startswith("+"):
            continue
        recipients.append(each["recipient_id"])
        texts.append(
            NewMessage(
                channel="sms",
                to_address=each["to_number"],
                from_address=said["from"],
                content=content,
                variables=variables,
                text=cut.text,
                parts=cut.parts,
                encoding=cut.encoding,
                **_shared(campaign, each),
            )
        )
    return await _write(connection, campaign, recipients, texts)


async def write_emails_beside(
    connection: Connection, campaign: Row | Mapping[str, Any], due: Sequence[Mapping[str, Any] | Row]
) -> dict[int, str]:
    """Do what ``write_texts`` does by email, for recipients who are numbers.

    Whom to is ``email.to`` of the campaign, else the contact's first address; who has none gets no email.
    """
    to = campaign["call_template"]["email"].get("to")
    first: dict[str, str] = {}
    if to is None:
        contacts = list({each["contact_id"] for each in due if each["contact_id"] is not None})
        rows = await connection.fetch(SQL["first_addresses"], campaign["organisation_id"], contacts)
        first = {row["contact_id"]: row["address"] for row in rows}
    addressed = []
    for each in due:
        address = first.get(each["contact_id"] or "") if to is None else fill(to, each["variables"] or {}).strip()
        try:
            addressed.append({**each, "to_number": read_email(address, field="to")})
        except InvalidRequest:
            log.info("recipient %s gets no email: there is no address", each["recipient_id"])
    return await write_emails(connection, campaign, addressed) if addressed else {}


async def write_emails(
    connection: Connection, campaign: Row | Mapping[str, Any], due: Sequence[Mapping[str, Any] | Row]
) -> dict[int, str]:
    """Do what ``write_texts`` does by email: ``to_number`` is an address."""
    template = campaign["call_template"]
    content = content_of(template["email"])
    needed = names_in(content)
    recipients: list[int] = []
    emails: list[NewMessage] = []
    for each in due:
        variables = {**(template.get("variables") or {}), **(each["variables"] or {})}
        missing = [name for name in needed if lookup(name, {UNSUBSCRIBE_VARIABLE: "", **variables}) is None]
        if missing or "@" not in each["to_number"]:
            log.warning("recipient %s gets no email: %s", each["recipient_id"], missing[:1] or each["to_number"])
            continue
        recipients.append(each["recipient_id"])
        emails.append(
            NewMessage(
                channel="email",
                to_address=each["to_number"],
                from_address=template["email"]["from"],
                content=content,
                variables=variables,
                **_shared(campaign, each),
            )
        )
    return await _write(connection, campaign, recipients, emails)


def _shared(campaign: Row | Mapping[str, Any], each: Mapping[str, Any] | Row) -> dict[str, Any]:
    """Return what a message has of its campaign and of its recipient, whatever carries it."""
    template = campaign["call_template"]
    return {
        "metadata": template.get("metadata") or {},
        "webhook_url": template.get("webhook_url"),
        "webhook_events": template.get("webhook_events") or (),
        "priority": campaign["priority"],
        "not_after": campaign["ends_at"],
        "topic": campaign["topic"] or template.get("topic"),
        "recipient_id": each["recipient_id"],
        "lane_id": each["lane_id"],
        "contact_id": each["contact_id"],
    }


async def _write(
    connection: Connection,
    campaign: Row | Mapping[str, Any],
    recipients: Sequence[int],
    messages: Sequence[NewMessage],
) -> dict[int, str]:
    if not messages:
        return {}
    row = await connection.fetchrow(SQL["organisation"], campaign["organisation_id"])
    assert row is not None  # noqa: S101  (the campaign names it)
    who = Principal(
        organisation=organisation_of(row),
        key_id=campaign["key_id"],
        sandbox=campaign["sandbox"],
        purpose=campaign["purpose"],
        user_id=campaign["owner_id"],
    )
    written = await write_messages(connection, who, messages, campaign_id=campaign["id"])
    return {recipient: message.id for recipient, message in zip(recipients, written, strict=True)}
