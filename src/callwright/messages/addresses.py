"""Whom messages come from: numbers, short codes and names of texts, addresses of emails. The only writer of senders."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.accounts.audit import record
from callwright.accounts.models import Actor, Principal, operator
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.numbers.parsing import read_number
from callwright.rules.sms_segments import alphanumeric_sender_problem
from callwright.store.database import Database, Row
from callwright.store.statements import statements

SQL = statements(__package__, "addresses.sql")

#: What a sandbox text comes from when nobody says: a number reserved for fiction.
SANDBOX_SENDER = "+12025550100"
_SHORT_CODE = re.compile(r"[0-9]{3,7}")


@dataclass(frozen=True, kw_only=True)
class SenderAddress:
    """Somebody whom messages may come from."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    channel: str
    #: E.164, a short code, up to eleven characters, or an address in small letters.
    address: str
    name: str | None
    #: ``operator``, ``number`` (a verified caller id), ``code`` or ``dkim``; ``None``: not yet.
    verified_by: str | None
    verified_at: datetime | None
    is_default: bool
    #: What texts to it start (``messages.inbound_rules``).
    inbound: Mapping[str, Any]
    dkim_domain: str | None
    dkim_selector: str | None
    created_at: datetime


def read_text_sender(value: str, *, region: str, field: str = "from", sandbox: bool = False) -> str:
    """Return whom a text may come from as it is kept: E.164, a short code, or a name. Raises ``InvalidRequest``."""
    text = value.strip()
    if _SHORT_CODE.fullmatch(text):
        return text
    if any(character.isalpha() for character in text) and not text.startswith("+"):
        if problem := alphanumeric_sender_problem(text):
            raise InvalidRequest([FieldError(field=field, message=problem, received=value)])
        return text
    return read_number(value, field=field, region=region, sandbox=sandbox)


class SenderAddresses:
    """Adds, proves and lists senders, and says which one a message comes from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        organisation_id: str,
        *,
        channel: str,
        address: str,
        name: str | None = None,
        default: bool = False,
        verified_by: str | None = None,
        who: Actor | None = None,
    ) -> SenderAddress:
        """Add a sender; ``address`` is read already. ``who`` ``None`` is the operator.

        A number that is a verified caller id is proved by it; everything else waits for the operator's proof, or for
        another one. Raises ``Conflict`` when it is there.
        """
        async with self._database.transaction() as connection:
            if (
                verified_by is None
                and channel == "sms"
                and await connection.fetchval(SQL["number_is_proved"], organisation_id, address)
            ):
                verified_by = "number"
            row = await connection.fetchrow(
                SQL["insert_sender"],
                *(new_id("snd"), organisation_id, None if who is None else who.user_id),
                *(channel, address, name, verified_by),
            )
            if row is None:
                raise Conflict(f"{address} is a sender of this organisation already")
            if default:
                await connection.execute(SQL["make_default"], organisation_id, channel, row["id"])
            after = {"channel": channel, "address": address, "verified_by": verified_by}
            await record(connection, who or operator(organisation_id), "sender.added", row["id"], None, after)
        return _sender(row, is_default=default)

    async def page(
        self,
        organisation_id: str,
        *,
        channel: str | None = None,
        limit: int = 200,
        before: int | None = None,
        fence: str | None = None,
    ) -> list[SenderAddress]:
        """Return senders, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(SQL["page_of_senders"], organisation_id, channel, before, limit, fence)
        return [_sender(row) for row in rows]

    async def get(self, organisation_id: str, sender_id: str, *, fence: str | None = None) -> SenderAddress:
        """Return a sender. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_sender"], organisation_id, sender_id, fence)
        if row is None:
            raise NotFound(f"there is no sender {sender_id!r}")
        return _sender(row)

    async def change(
        self,
        organisation_id: str,
        sender_id: str,
        *,
        who: Actor,
        name: str | None = None,
        default: bool | None = None,
        inbound: Mapping[str, Any] | None = None,
    ) -> SenderAddress:
        """Change what is given; ``inbound`` are rules that were read. Raises ``NotFound``."""
        async with self._database.transaction() as connection:
            row = await self._locked(connection, organisation_id, sender_id, who.fence)
            rules = row["inbound"] if inbound is None else dict(inbound)
            changed = await connection.fetchrow(
                SQL["change_sender"], organisation_id, sender_id, row["name"] if name is None else name, rules
            )
            assert changed is not None  # noqa: S101  (it is locked)
            is_default = row["is_default"] if default is None else default
            if is_default != row["is_default"]:
                wanted = sender_id if is_default else None
                await connection.execute(SQL["make_default"], organisation_id, row["channel"], wanted)
            before = {"name": row["name"], "default": row["is_default"], "inbound": row["inbound"]}
            after = {"name": changed["name"], "default": is_default, "inbound": rules}
            await record(connection, who, "sender.changed", sender_id, before, after)
        return _sender(changed, is_default=is_default)

    async def verify(
        self, organisation_id: str, id_or_address: str, *, by: str = "operator", who: Actor | None = None
    ) -> SenderAddress:
        """Put it on record that the organisation may use a sender. Raises ``NotFound``."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["verify_sender"], organisation_id, id_or_address, by)
            if row is None:
                raise NotFound(f"there is no sender {id_or_address!r}")
            actor = who or operator(organisation_id)
            await record(connection, actor, "sender.verified", row["id"], None, {"verified_by": by})
        return _sender(row)

    async def remove(self, organisation_id: str, sender_id: str, *, who: Actor | None = None) -> None:
        """Remove a sender; what was sent keeps its address. Raises ``NotFound``."""
        actor = who or operator(organisation_id)
        async with self._database.transaction() as connection:
            row = await self._locked(connection, organisation_id, sender_id, actor.fence)
            await connection.execute(SQL["delete_sender"], organisation_id, sender_id)
            before = {"channel": row["channel"], "address": row["address"]}
            await record(connection, actor, "sender.removed", sender_id, before, None)

    async def usable(self, organisation_id: str, channel: str, *, fence: str | None = None) -> Mapping[str, str | None]:
        """Return the proved senders with their names: the default, or the oldest, first."""
        rows = await self._database.fetch(SQL["usable_senders"], organisation_id, channel, fence)
        found: dict[str, str | None] = {}
        for row in rows:
            found.setdefault(row["address"], row["name"])
        return found

    async def text_sender(self, principal: Principal, given: str | None, *, field: str = "from") -> str:
        """Return whom a text of this principal comes from; raises ``InvalidRequest`` naming ``field``."""
        usable = await self.usable(principal.organisation.id, "sms", fence=principal.fence)
        return choose_text_sender(principal, usable, given, field=field)

    async def _locked(self, connection: Any, organisation_id: str, sender_id: str, fence: str | None) -> Row:
        row: Row | None = await connection.fetchrow(SQL["lock_sender"], organisation_id, sender_id, fence)
        if row is None:
            raise NotFound(f"there is no sender {sender_id!r}")
        return row


def choose_text_sender(
    principal: Principal, usable: Mapping[str, Any] | Sequence[str], given: str | None, *, field: str = "from"
) -> str:
    """Return the sender that was given, or the first usable one; a sandbox key may write from any.

    Raises ``InvalidRequest`` naming ``field``.
    """
    region, sandbox = principal.organisation.region, principal.sandbox
    return choose_sender(
        principal,
        usable,
        given,
        field=field,
        read=lambda written: read_text_sender(written, region=region, field=field, sandbox=sandbox),
        stand_in=SANDBOX_SENDER,
        called="sender",
        add="add one at /api/v1/senders or verify a number",
    )


def choose_sender(
    principal: Principal,
    usable: Mapping[str, Any] | Sequence[str],
    given: str | None,
    *,
    field: str,
    read: Callable[[str], str],
    stand_in: str,
    called: str,
    add: str,
) -> str:
    """Return the sender that was given, or the first usable one; a sandbox key may write from any.

    It writes from ``stand_in`` when it gives none and there is none. ``read`` brings what was given into its
    stored form; ``called`` and ``add`` are words of what people are told.
    Raises ``InvalidRequest`` naming ``field``.
    """
    addresses = list(usable)
    if given is None:
        if addresses:
            return str(addresses[0])
        if principal.sandbox:
            return stand_in
        message = f"is needed: this organisation has no proved {called}; {add}"
        raise InvalidRequest([FieldError(field=field, message=message)])
    wanted = read(given)
    if principal.sandbox or wanted in addresses:
        return wanted
    known = ", ".join(addresses[:5]) or "none yet"
    message = f"is not a proved {called} of this organisation (proved: {known}); add it at /api/v1/senders"
    raise InvalidRequest([FieldError(field=field, message=message, received=given)])


def _sender(row: Row, *, is_default: bool | None = None) -> SenderAddress:
    columns = {name: row[name] for name in SenderAddress.__dataclass_fields__}
    if is_default is not None:
        columns["is_default"] = is_default
    return SenderAddress(**columns)
