"""What only emails have: signatures of senders' domains, addresses that are gone, openings and clicks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from callwright.messages.bodies import announce
from callwright.messages.queries import message_of
from callwright.numbers.suppressions import opt_out
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

SQL = statements(__package__, "emails.sql")

#: Set beside a message's own variables: where its reader unsubscribes.
UNSUBSCRIBE_VARIABLE = "unsubscribe_url"
#: Whom sandbox emails come from when nobody says.
SANDBOX_SENDER = "sandbox@example.com"
#: Different links of one mail that are counted.
_MOST_LINKS = 200

Kind = Literal["opened", "clicked"]


@dataclass(frozen=True, kw_only=True)
class EmailSender:
    """Who an address is, and how its domain signs."""

    name: str | None = None
    dkim_domain: str | None = None
    dkim_selector: str | None = None
    #: A private key in PEM.
    dkim_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class EmailCount:
    """How often something was seen."""

    kind: Kind
    #: Of a click: where it led.
    url: str | None
    times: int
    first_at: datetime
    last_at: datetime


class Emails:
    """Reads and writes them."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._database, self._secrets = database, secrets

    async def sender(self, organisation_id: str, address: str) -> EmailSender:
        """Return who an address of an organisation is; an unknown one has no name and no signature."""
        row = await self._database.fetchrow(SQL["sender_of_email"], organisation_id, address)
        if row is None:
            return EmailSender()
        return EmailSender(
            name=row["name"],
            dkim_domain=row["dkim_domain"],
            dkim_selector=row["dkim_selector"],
            dkim_key=None if row["dkim_key"] is None else self._secrets.open(row["dkim_key"]),
        )

    async def gone(self, message_id: str, evidence: str) -> None:
        """Enter the person of an email whose address does not exist, or who complained; twice changes nothing.

        A sandbox's are not entered: its people are the lab's.
        """
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["person_of_email"], message_id)
            if row is None or row["sandbox"]:
                return
            await opt_out(
                connection,
                organisation_id=row["organisation_id"],
                e164=row["to_address"],
                scope="channel",
                scope_key="email",
                evidence=evidence[:500],
                source="email",
            )

    async def count(self, message_id: str, kind: Kind, url: str = "") -> None:
        """Count an opening or a click; the first one is told as ``email.opened`` or ``email.clicked``."""
        async with self._database.transaction() as connection:
            times = await connection.fetchval(SQL["count_email"], message_id, kind, url, _MOST_LINKS)
            if times != 1:
                return
            row = await connection.fetchrow(SQL["email_by_id"], message_id)
            if row is not None:
                more = {"url": url} if url else {}
                await announce(connection, [message_of(row)], event=kind, **more)

    async def counts(self, organisation_id: str, message_id: str) -> Sequence[EmailCount]:
        """Return what was counted of an email."""
        rows = await self._database.fetch(SQL["counts_of_email"], organisation_id, message_id)
        return [
            EmailCount(
                kind=row["kind"],
                url=row["url"] or None,
                times=row["times"],
                first_at=row["first_at"],
                last_at=row["last_at"],
            )
            for row in rows
        ]
