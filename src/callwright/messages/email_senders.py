"""How an organisation shows that an address is its own, and how its domain signs what it sends."""

from __future__ import annotations

import hmac
import re
import secrets as randomness
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from callwright.accounts.audit import record
from callwright.accounts.models import Principal
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound, RateLimited
from callwright.mail.addresses import domain_of
from callwright.mail.dkim import KeyFault, Signer, new_key
from callwright.messages.emails import SQL
from callwright.store.database import Connection, Database, Row
from callwright.store.secrets import SecretBox

#: How long a code counts, how often it may be wrong, and how soon another may be asked for.
CODE_LIVES = timedelta(minutes=30)
MAX_WRONG = 5
PAUSE = timedelta(minutes=1)
_DIGITS = 6
DEFAULT_SELECTOR = "callwright"
_SELECTOR = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

#: Sends a mail of the appliance's own in the caller's transaction: address, subject, text.
Bring = Callable[[Connection, str, str, str], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class DkimRecord:
    """What an organisation publishes so that receivers can check its signatures."""

    domain: str
    selector: str
    #: The name of a TXT record, and its value.
    name: str
    value: str


class EmailSenders:
    """Proves addresses by a code that is mailed to them, and makes keys."""

    def __init__(self, database: Database, secrets: SecretBox, *, bring: Bring | None = None) -> None:
        """``bring``: ``None`` where the appliance has no mail of its own; then only the operator proves addresses."""
        self._database, self._secrets, self._bring = database, secrets, bring

    async def send_code(self, who: Principal, sender_id: str) -> None:
        """Mail a code to the address. Raises ``NotFound``, ``Conflict``, ``RateLimited``."""
        code = "".join(randomness.choice("0123456789") for _ in range(_DIGITS))
        async with self._database.transaction() as connection:
            row = await self._locked(connection, who, sender_id)
            if self._bring is None:
                raise Conflict("this appliance sends no mail of its own; ask its operator to prove the address")
            if row["verified_at"] is not None:
                raise Conflict(f"{row['address']} is proved already")
            if await connection.fetchval(SQL["recent_code"], sender_id, PAUSE):
                raise RateLimited(PAUSE.total_seconds(), "a code was sent a moment ago; look for it, or wait a minute")
            await connection.execute(SQL["set_code"], sender_id, self._digest(sender_id, code), CODE_LIVES)
            text = (
                f"{code} is the code that shows that {who.organisation.name} may send mails from {row['address']}.\n\n"
                f"It counts for {CODE_LIVES.total_seconds() / 60:.0f} minutes. If you did not ask for it, do nothing.\n"
            )
            await self._bring(connection, row["address"], f"Your code: {code}", text)
            await record(connection, who.actor, "sender.code_sent", sender_id)

    async def verify(self, who: Principal, sender_id: str, code: str) -> bool:
        """Take a code; returns whether it is the right one. Raises ``NotFound``, ``Conflict``."""
        async with self._database.transaction() as connection:
            row = await self._locked(connection, who, sender_id)
            if row["verified_at"] is not None:
                raise Conflict(f"{row['address']} is proved already")
            known = await connection.fetchrow(SQL["lock_code"], sender_id)
            if known is None or not known["fresh"] or known["wrong"] >= MAX_WRONG:
                raise Conflict("there is no code that counts; ask for another")
            if not hmac.compare_digest(known["hash"], self._digest(sender_id, code.strip())):
                await connection.execute(SQL["wrong_code"], sender_id)
                return False
            await connection.execute(SQL["used_code"], sender_id)
            await connection.execute(SQL["prove_sender"], who.organisation.id, sender_id)
            await record(connection, who.actor, "sender.verified", sender_id, None, {"verified_by": "code"})
        return True

    async def make_key(self, who: Principal, sender_id: str, *, selector: str | None = None) -> DkimRecord:
        """Make a key that signs mails of the address's domain; an earlier one of the sender is forgotten.

        Raises ``NotFound``, ``InvalidRequest``, and ``Conflict`` for an address that is not proved.
        """
        selector = DEFAULT_SELECTOR if selector is None else selector.strip().lower()
        if not _SELECTOR.fullmatch(selector):
            message = "must have 1 to 63 small letters, digits and hyphens"
            raise InvalidRequest([FieldError(field="selector", message=message, received=selector)])
        key = new_key()
        async with self._database.transaction() as connection:
            row = await self._locked(connection, who, sender_id)
            if row["verified_at"] is None:
                raise Conflict(f"{row['address']} is not proved yet; a signature speaks for its domain")
            domain = _in_ascii(domain_of(row["address"]))
            sealed = self._secrets.seal(key.private)
            await connection.execute(SQL["set_dkim"], who.organisation.id, sender_id, domain, selector, sealed)
            after = {"domain": domain, "selector": selector}
            await record(connection, who.actor, "sender.key_made", sender_id, None, after)
        return _record(domain, selector, key.record)

    async def remove_key(self, who: Principal, sender_id: str) -> None:
        """Sign no more with the key of a sender. Raises ``NotFound``."""
        async with self._database.transaction() as connection:
            row = await self._locked(connection, who, sender_id)
            await connection.execute(SQL["set_dkim"], who.organisation.id, sender_id, None, None, None)
            before = {"domain": row["dkim_domain"], "selector": row["dkim_selector"]}
            await record(connection, who.actor, "sender.key_removed", sender_id, before, None)

    async def key(self, who: Principal, sender_id: str) -> DkimRecord:
        """Return what is to be published of a sender's key. Raises ``NotFound``."""
        async with self._database.transaction() as connection:
            row = await self._locked(connection, who, sender_id)
        if row["dkim_key"] is None:
            raise NotFound("this sender has no key; make one")
        try:
            signer = Signer(
                domain=row["dkim_domain"], selector=row["dkim_selector"], key=self._secrets.open(row["dkim_key"])
            )
        except KeyFault as error:
            raise Conflict(f"the sender's key cannot be used: {error}") from None
        return _record(row["dkim_domain"], row["dkim_selector"], signer.record)

    def _digest(self, sender_id: str, code: str) -> bytes:
        return self._secrets.digest(f"{sender_id} {code}")

    async def _locked(self, connection: Connection, who: Principal, sender_id: str) -> Row:
        row: Row | None = await connection.fetchrow(SQL["lock_email_sender"], who.organisation.id, sender_id, who.fence)
        if row is None:
            raise NotFound(f"there is no sender of emails {sender_id!r}")
        return row


def _record(domain: str, selector: str, value: str) -> DkimRecord:
    return DkimRecord(domain=domain, selector=selector, name=f"{selector}._domainkey.{domain}", value=value)


def _in_ascii(domain: str) -> str:
    return domain.encode("idna").decode()
