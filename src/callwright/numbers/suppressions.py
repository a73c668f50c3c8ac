"""Opt-outs: one function writes them all, whichever way the wish came, and they bind from its commit on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Literal, get_args

from callwright.accounts import audit
from callwright.accounts.models import Actor, operator
from callwright.errors import FieldError, InvalidRequest, NotFound
from callwright.events import service as events
from callwright.ids import new_id
from callwright.numbers.models import Suppression
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__, "suppressions.sql")

CHANNELS = ("call", "sms", "email")
SCOPES = ("organisation", "channel", "campaign", "topic")
#: Which way a wish came.
Source = Literal["key", "spoken", "sms", "email", "link", "api", "import", "operator"]
SOURCES: tuple[Source, ...] = get_args(Source)
#: Characters of a topic.
MAX_TOPIC = 60


async def opt_out(
    connection: Connection,
    *,
    organisation_id: str,
    e164: str,
    scope: str,
    scope_key: str = "",
    evidence: str,
    source: Source = "api",
    call_id: str | None = None,
    expires_at: datetime | None = None,
    who: Actor | None = None,
) -> tuple[Suppression, bool]:
    """Enter a person once per scope and owner, in the caller's transaction; returns the entry and whether it is new.

    ``e164`` may also be an e-mail address in small letters. ``who``, where somebody entered it and not the person
    itself, is written into the audit log and is its owner; else that is the owner of the call. A new entry is told as
    the event ``contact.optout``, except that of a call, whose ledger tells it together with the call.

    A campaign's or a topic's scope without one (a single call) becomes the channel's: a wish that would bind nothing is
    read as the wider one. A repeated wish never binds for a shorter time than before, and one that has ended begins
    anew. Raises ``InvalidRequest`` for a scope that does not exist.
    """
    if scope in {"campaign", "topic"} and not scope_key:
        scope, scope_key = "channel", "call"
    check_scope(scope, scope_key)
    owner_id = None if who is None else who.user_id
    key = "" if scope == "organisation" else scope_key
    row = await connection.fetchrow(
        SQL["insert_suppression"],
        *(new_id("sup"), organisation_id, e164, scope, key, evidence, call_id, owner_id, source, expires_at),
    )
    if row is None:
        row = await connection.fetchrow(SQL["find_suppression"], organisation_id, e164, scope, key, owner_id, call_id)
        if row is None:
            raise NotFound(f"the entry for {e164} was removed at this moment")
        return _entry(row), False
    entry, new = _entry(row), bool(row["begins"])
    if who is not None:
        after = {"e164": e164, "scope": scope, "scope_key": entry.scope_key, "evidence": evidence, "source": source}
        if expires_at is not None:
            after["expires_at"] = expires_at.isoformat()
        await audit.record(connection, who, "suppression.added", entry.id, None, after)
    if new and call_id is None:
        await _announce(connection, entry)
    return entry, new


async def _announce(connection: Connection, entry: Suppression) -> None:
    body = {
        "event": "contact.optout",
        "suppression_id": entry.id,
        "to": entry.e164,
        "scope": entry.scope,
        "scope_key": entry.scope_key,
        "source": entry.source,
        "evidence": entry.evidence,
        "timestamp": entry.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    await events.append(
        connection,
        organisation_id=entry.organisation_id,
        type="contact.optout",
        subject=entry.id,
        body=body,
        owner_id=entry.owner_id,
    )


async def opt_in(connection: Connection, *, e164: str, who: Actor) -> int:
    """End what a person wished by text, because they wrote START; returns how many entries that were.

    What they wished in other ways, or somebody entered for them, stays. Told as the event ``contact.optin``.
    """
    rows = await connection.fetch(SQL["end_texted"], who.organisation_id, e164)
    for row in rows:
        before = {name: row[name] for name in ("e164", "scope", "scope_key", "evidence", "source")}
        await audit.record(connection, who, "suppression.ended", row["id"], before, None)
    if rows:
        body = {"event": "contact.optin", "to": e164, "source": "sms"}
        await events.append(
            connection,
            organisation_id=who.organisation_id,
            type="contact.optin",
            subject=rows[0]["id"],
            body=body,
            owner_id=rows[0]["owner_id"],
        )
    return len(rows)


class Suppressions:
    """Reads the list of those who must not be contacted, and takes people off it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        organisation_id: str,
        *,
        e164: str | None = None,
        limit: int = 200,
        before: int | None = None,
        fence: str | None = None,
    ) -> list[Suppression]:
        """Return entries, newest first, of one person or of all, with a ``number`` below ``before``."""
        rows = await self._database.fetch(SQL["page_of_suppressions"], organisation_id, e164, before, limit, fence)
        return [_entry(row) for row in rows]

    async def among(
        self, organisation_id: str, numbers: Collection[str], *, channel: str, topic: str | None = None
    ) -> frozenset[str]:
        """Return which of ``numbers`` must not be contacted by ``channel`` about ``topic``."""
        rows = await self._database.fetch(SQL["suppressed"], organisation_id, list(numbers), channel, None, topic)
        return frozenset(row["e164"] for row in rows)

    async def remove(self, organisation_id: str, suppression_id: str, *, who: Actor | None = None) -> None:
        """Take a person off the list; ``who`` ``None`` is the operator. Raises ``NotFound``."""
        who = who or operator(organisation_id)
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["delete_suppression"], organisation_id, suppression_id, who.fence)
            if row is None:
                raise NotFound(f"there is no suppression {suppression_id!r}")
            before = {name: row[name] for name in ("e164", "scope", "scope_key", "evidence", "source", "call_id")}
            await audit.record(connection, who, "suppression.removed", suppression_id, before, None)


def check_scope(scope: str, scope_key: str) -> None:
    """Raise ``InvalidRequest`` for a scope that does not exist or lacks what it is about."""
    if scope not in SCOPES:
        raise _wrong("scope", f"one of {', '.join(SCOPES)}", scope)
    if scope == "channel" and scope_key not in CHANNELS:
        raise _wrong("scope_key", f"the scope 'channel' needs one of {', '.join(CHANNELS)}", scope_key or None)
    if scope == "campaign" and not scope_key:
        raise _wrong("scope_key", "the scope 'campaign' needs the campaign's id", None)
    if scope == "topic" and not 0 < len(scope_key) <= MAX_TOPIC:
        raise _wrong("scope_key", f"the scope 'topic' needs the topic, 1 to {MAX_TOPIC} characters", scope_key or None)


def _entry(row: Row) -> Suppression:
    return Suppression(**{name: row[name] for name in Suppression.__dataclass_fields__})


def _wrong(field: str, message: str, received: str | None) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message, received=received)])
