"""The audit log: who changed what, written in the transaction of the change, so that there is no change without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from callwright.accounts.models import Actor, Principal
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "audit.sql")

#: Fields that are never written down, whatever is passed.
SECRET_FIELDS = frozenset(
    {"hash", "password", "password_hash", "recovery_codes", "secret", "token", "totp_secret", "webhook_secret"}
)


async def record(
    connection: Connection,
    who: Actor | Principal,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write that ``who`` changed ``subject`` (an id), in the caller's transaction.

    ``action`` is ``thing.past_tense``, such as ``key.created``. ``before`` and ``after`` are the thing's fields; of two
    only those that differ are kept, and secrets never. Use ``operator(organisation_id)`` for the command line.
    """
    actor = who.actor if isinstance(who, Principal) else who
    old, new = _changes(before, after)
    await connection.execute(
        SQL["record"],
        *(actor.organisation_id, actor.kind, actor.user_id, actor.key_id, action, subject, old, new, actor.address),
    )


def _changes(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    old, new = _plain(before), _plain(after)
    if old is None or new is None:
        return old, new
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    return (
        {name: value for name, value in old.items() if name in changed},
        {name: value for name, value in new.items() if name in changed},
    )


def _plain(fields: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the fields as JSON holds them, without secrets."""
    if fields is None:
        return None
    kept = {name: value for name, value in fields.items() if name not in SECRET_FIELDS}
    plain: dict[str, Any] = orjson.loads(orjson.dumps(kept, default=_as_json))
    return plain


def _as_json(value: Any) -> Any:
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """A change, as the log shows it."""

    #: Grows with time; also the cursor of the list.
    number: int
    at: datetime
    #: ``user``, ``key``, ``operator`` or ``system``.
    actor: str
    user_id: str | None
    user_email: str | None
    key_id: str | None
    key_name: str | None
    action: str
    object: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    address: str | None


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """What a page of the log is narrowed to."""

    object: str | None = None
    #: ``key.created``, or ``key`` for every action on keys.
    action: str | None = None
    user_id: str | None = None
    key_id: str | None = None
    at_after: datetime | None = None
    at_before: datetime | None = None


class AuditQueries:
    """Reads the log. Nobody writes it but ``record``; the database refuses changes to what is written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, organisation_id: str, narrowed: AuditFilter, *, limit: int, before: int | None = None
    ) -> list[AuditEntry]:
        """Return up to ``limit`` changes, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page"],
            organisation_id,
            narrowed.object,
            narrowed.action,
            narrowed.user_id,
            narrowed.key_id,
            narrowed.at_after,
            narrowed.at_before,
            before,
            limit,
        )
        return [
            AuditEntry(
                number=row["id"],
                at=row["at"],
                actor=row["actor"],
                user_id=row["user_id"],
                user_email=row["user_email"],
                key_id=row["key_id"],
                key_name=row["key_name"],
                action=row["action"],
                object=row["object"],
                before=row["before"],
                after=row["after"],
                address=row["address"],
            )
            for row in rows
        ]
