"""Caller ids: the only writer; with it go lines, what numbers do when they are called, and opt-outs."""

from __future__ import annotations

from callwright.accounts import audit
from callwright.accounts.models import Actor, Principal, operator
from callwright.clock import Clock
from callwright.errors import FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.numbers.inbound import InboundNumbers, caller_id_of
from callwright.numbers.models import CallerId
from callwright.numbers.suppressions import Suppressions
from callwright.numbers.trunks import Trunks
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements

SQL = statements(__package__)

#: Full, partial and gateway attestation (RFC 8588).
ATTESTATIONS = ("A", "B", "C")
#: What a sandbox call shows when it names no caller id and the organisation has none: a number reserved for fiction.
SANDBOX_CALLER_ID = "+12025550100"


class NumberService:
    """Caller ids; ``trunks`` has the lines, ``inbound`` what numbers do when called, ``suppressions`` the opt-outs."""

    def __init__(self, database: Database, secrets: SecretBox, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.trunks = Trunks(database, secrets)
        self.inbound = InboundNumbers(database)
        self.suppressions = Suppressions(database)

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

    async def set_attestation(self, organisation_id: str, reference: str, level: str | None) -> CallerId:
        """Say with which level (``A``, ``B``, ``C``; RFC 8588) calls that show a number are signed, for the operator.

        ``None``: the usual, A once it is verified and B before; A means the same, for an unproved number never has it.
        Raises ``NotFound`` and ``InvalidRequest``.
        """
        if level is not None and level not in ATTESTATIONS:
            message = f"one of {', '.join(ATTESTATIONS)}"
            raise InvalidRequest([FieldError(field="attestation", message=message, received=level)])
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["set_attestation"], organisation_id, reference, level)
            if row is None:
                raise NotFound(f"there is no number {reference!r}")
            changed = caller_id_of(row)
            before, after = {"attestation": row["attested_before"]}, {"attestation": level}
            await audit.record(connection, operator(organisation_id), "number.attested", changed.id, before, after)
        return changed

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
