"""Caller ids and suppressions: the only writer of both."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from callwright.accounts import audit
from callwright.accounts.models import Actor, Principal, operator
from callwright.clock import Clock
from callwright.errors import FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.numbers.inbound import InboundNumbers, caller_id_of
from callwright.numbers.models import CallerId, Suppression
from callwright.numbers.trunks import Trunks
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)

CHANNELS = ("call", "sms", "email")
SCOPES = ("organisation", "channel", "campaign")
#: What a sandbox call shows when it names no caller id and the organisation has none: a number reserved for fiction.
SANDBOX_CALLER_ID = "+12025550100"


async def opt_out(
    connection: Connection,
    *,
    organisation_id: str,
    e164: str,
    scope: str,
    scope_key: str = "",
    evidence: str,
    call_id: str | None = None,
    who: Actor | None = None,
) -> tuple[Suppression, bool]:
    """Enter a person once per scope and owner, in the caller's transaction; returns the entry and whether it is new.

    ``who``, where somebody entered it and not the person itself, is written into the audit log and is its owner; else
    that is the owner of the call.

    A campaign's scope without a campaign (a single call) becomes the channel's: a wish that would bind nothing is
    read as the wider one. Raises ``InvalidRequest`` for a scope that does not exist.
    """
    if scope == "campaign" and not scope_key:
        scope, scope_key = "channel", "call"
    _check_scope(scope, scope_key)
    owner_id = None if who is None else who.user_id
    key = "" if scope == "organisation" else scope_key
    row = await connection.fetchrow(
        SQL["insert_suppression"], new_id("sup"), organisation_id, e164, scope, key, evidence, call_id, owner_id
    )
    if row is not None:
        if who is not None:
            after = {"e164": e164, "scope": scope, "scope_key": key, "evidence": evidence}
            await audit.record(connection, who, "suppression.added", row["id"], None, after)
        return Suppression(**row), True
    row = await connection.fetchrow(SQL["find_suppression"], organisation_id, e164, scope, key, owner_id, call_id)
    if row is None:
        raise NotFound(f"the entry for {e164} was removed at this moment")
    return Suppression(**row), False


async def is_suppressed(
    connection: Connection, *, organisation_id: str, e164: str, channel: str, campaign_id: str | None
) -> bool:
    """Return whether a person must not be contacted by ``channel`` (for ``campaign_id``)."""
    rows = await connection.fetch(SQL["suppressed"], organisation_id, [e164], channel, campaign_id)
    return bool(rows)


class NumberService:
    """Caller ids and suppressions; ``trunks`` has the lines, ``inbound`` what numbers do when they are called."""

    def __init__(self, database: Database, secrets: SecretBox, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.trunks = Trunks(database, secrets)
        self.inbound = InboundNumbers(database)

    async def add_number(
        self, organisation_id: str, e164: str, *, verified_by: str | None, who: Actor | None = None
    ) -> CallerId:
        """Add a caller id, or verify and enable the one that is there. ``verified_by`` ``None``: not usable yet.

        ``who`` ``None`` is the operator, who adds it for everybody in the organisation.
        """
        owner_id = None if who is None else who.user_id
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                SQL["upsert_number"], new_id("num"), organisation_id, e164, verified_by, self._clock.now(), owner_id
            )
            if row is None:
                raise NotFound(f"there is no organisation {organisation_id!r}")
            added = caller_id_of(row)
            after = {"e164": e164, "verified_by": added.verified_by, "enabled": added.enabled}
            await audit.record(connection, who or operator(organisation_id), "number.added", added.id, None, after)
        return added

    async def numbers(
        self, organisation_id: str, *, limit: int = 200, before: int | None = None, fence: str | None = None
    ) -> list[CallerId]:
        """Return caller ids, newest first, with a ``number`` below ``before``; behind a fence, its own."""
        rows = await self._database.fetch(SQL["page_of_numbers"], organisation_id, before, limit, fence)
        return [caller_id_of(row) for row in rows]

    async def usable_numbers(self, organisation_id: str, *, fence: str | None = None) -> list[str]:
        """Return the verified caller ids in E.164, the oldest first: it is what calls show when they name none.

        A subuser may show its own and the organisation's, not those of other people.
        """
        return [row["e164"] for row in await self._database.fetch(SQL["usable_numbers"], organisation_id, fence)]

    async def usable_caller_id(self, principal: Principal, e164: str) -> bool:
        """Return whether calls of this key may show ``e164``; on a sandbox key any number."""
        return principal.sandbox or e164 in await self.usable_numbers(principal.organisation.id, fence=principal.fence)

    async def suppressions(
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
        return [Suppression(**row) for row in rows]

    async def suppressed(self, organisation_id: str, numbers: Collection[str], *, channel: str) -> frozenset[str]:
        """Return which of ``numbers`` must not be contacted by ``channel``."""
        rows = await self._database.fetch(SQL["suppressed"], organisation_id, list(numbers), channel, None)
        return frozenset(row["e164"] for row in rows)

    async def remove_suppression(self, organisation_id: str, suppression_id: str, *, who: Actor | None = None) -> None:
        """Take a person off the list; ``who`` ``None`` is the operator. Raises ``NotFound``."""
        who = who or operator(organisation_id)
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["delete_suppression"], organisation_id, suppression_id, who.fence)
            if row is None:
                raise NotFound(f"there is no suppression {suppression_id!r}")
            before = {name: row[name] for name in ("e164", "scope", "scope_key", "evidence", "call_id")}
            await audit.record(connection, who, "suppression.removed", suppression_id, before, None)


def _check_scope(scope: str, scope_key: str) -> None:
    if scope not in SCOPES:
        raise InvalidRequest([FieldError(field="scope", message=f"one of {', '.join(SCOPES)}", received=scope)])
    if scope == "channel" and scope_key not in CHANNELS:
        raise InvalidRequest(
            [
                FieldError(
                    field="scope_key",
                    message=f"a channel's scope needs one of {', '.join(CHANNELS)}",
                    received=scope_key,
                )
            ]
        )
