"""Consents: recorded, withdrawn, read. Records are never changed; the newest one of an address counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callwright.accounts.audit import record
from callwright.accounts.models import Actor
from callwright.clock import Clock
from callwright.consents.models import Consent, NewConsent
from callwright.errors import FieldError, InvalidRequest, NotFound
from callwright.ids import new_id
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

SQL = statements(__package__)


@dataclass(frozen=True, kw_only=True)
class ConsentFilter:
    """What a list of consents is narrowed to."""

    address: str | None = None
    channel: str | None = None
    purpose: str | None = None
    state: str | None = None


class ConsentRecords:
    """The only writer of ``consents``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, connection: Connection, who: Actor, new: NewConsent) -> Consent:
        """Record a consent, or a withdrawal, in the caller's transaction. Raises ``InvalidRequest``."""
        if new.given_at > self._clock.now():
            raise _wrong("given_at", "must not lie in the future", new.given_at.isoformat())
        if new.expires_at is not None and new.expires_at <= new.given_at:
            raise _wrong("expires_at", "must be later than given_at", new.expires_at.isoformat())
        if new.expires_at is not None and new.state == "withdrawn":
            raise _wrong("expires_at", "a withdrawal does not end; record a new consent", new.expires_at.isoformat())
        await connection.execute(SQL["lock_address"], who.organisation_id, new.address)
        return await self._write(connection, who, new)

    async def withdraw(
        self, connection: Connection, who: Actor, consent_id: str, *, source: str, proof: Mapping[str, Any]
    ) -> tuple[Consent, bool]:
        """Withdraw what a record says, by a new one; returns that and ``True``, or what withdrew it already.

        Raises ``NotFound``.
        """
        consent = await self._get(connection, who.organisation_id, consent_id, who.fence)
        await connection.execute(SQL["lock_address"], who.organisation_id, consent.address)
        row = await connection.fetchrow(
            SQL["newest_consent"], who.organisation_id, consent.address, consent.channel, consent.purpose
        )
        newest = consent if row is None else _consent(row)
        if newest.state == "withdrawn":
            return newest, False
        withdrawal = NewConsent(
            address=consent.address,
            channel=consent.channel,
            purpose=consent.purpose,
            state="withdrawn",
            source=source,
            proof={**proof, "consent_id": consent.id},
            # never older than what it withdraws, whichever machine's clock said so
            given_at=max(self._clock.now(), newest.given_at),
        )
        return await self._write(connection, who, withdrawal), True

    async def get(self, organisation_id: str, consent_id: str, *, fence: str | None = None) -> Consent:
        """Return a record. Raises ``NotFound``."""
        return await self._get(self._database, organisation_id, consent_id, fence)

    async def page(
        self,
        organisation_id: str,
        narrowed: ConsentFilter,
        *,
        limit: int,
        before: int | None = None,
        fence: str | None = None,
    ) -> list[Consent]:
        """Return records, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_consents"],
            organisation_id,
            fence,
            narrowed.address,
            narrowed.channel,
            narrowed.purpose,
            narrowed.state,
            before,
            limit,
        )
        return [_consent(row) for row in rows]

    async def _get(
        self, reader: Connection | Database, organisation_id: str, consent_id: str, fence: str | None
    ) -> Consent:
        row = await reader.fetchrow(SQL["get_consent"], organisation_id, consent_id, fence)
        if row is None:
            raise NotFound(f"there is no consent {consent_id!r}")
        return _consent(row)

    async def _write(self, connection: Connection, who: Actor, new: NewConsent) -> Consent:
        row = await connection.fetchrow(
            SQL["insert_consent"],
            new_id("cns"),
            who.organisation_id,
            who.user_id,
            new.address,
            new.channel,
            new.purpose,
            new.state,
            new.wording,
            new.source,
            dict(new.proof),
            new.given_at,
            new.expires_at,
            who.user_id or who.key_id or who.kind,
        )
        if row is None:
            raise NotFound(f"there is no organisation {who.organisation_id!r}")
        consent = _consent(row)
        action = "consent.recorded" if consent.state == "given" else "consent.withdrawn"
        # the record itself says what; the log only that it was made, so that nothing of it need be erased
        await record(connection, who, action, consent.id, None, {"channel": new.channel, "purpose": new.purpose})
        return consent


def _consent(row: Row) -> Consent:
    return Consent(**dict(row))


def _wrong(field: str, message: str, received: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message, received=received)])
