"""Sending codes and taking them back: the only writer of verifications, beside the end of a call (``calls.proofs``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING

from callwright.accounts.audit import record
from callwright.accounts.models import Principal
from callwright.calls.models import NewCall
from callwright.calls.proofs import tell
from callwright.calls.service import CallService
from callwright.clock import Clock
from callwright.errors import Conflict, NotFound
from callwright.flows.sealed import MARK
from callwright.ids import new_id
from callwright.messages.addresses import SANDBOX_SENDER
from callwright.messages.models import NewMessage
from callwright.messages.service import MessageService
from callwright.rules.sms_segments import segment
from callwright.store.database import Database, Row
from callwright.store.secrets import SecretBox
from callwright.store.statements import statements
from callwright.verifications import limits
from callwright.verifications.codes import hash_of, is_code
from callwright.verifications.models import (
    FLASH_RING_SECONDS,
    MAX_ATTEMPTS,
    Check,
    NewVerification,
    Verification,
    VerificationLimits,
)

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)

#: Codes are awaited: they go before other calls.
_PRIORITY = 9
_RING_TIMEOUT_SECONDS = 40


class VerificationService:
    """Codes for people's numbers; ``caller_ids`` uses it for an organisation's own."""

    def __init__(
        self,
        database: Database,
        secrets: SecretBox,
        clock: Clock,
        *,
        calls: CallService,
        messages: MessageService | None = None,
        on_events: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self.secrets = secrets
        self._clock = clock
        self._calls = calls
        self._messages = messages
        self._on_events = on_events

    async def send(self, who: Principal, wanted: NewVerification, *, connection: Connection) -> Verification:
        """Write the verification and its call, or text, in the caller's transaction; call ``wake`` after the commit.

        Raises ``RateLimited`` when too many were sent.
        """
        organisation_id, now = who.organisation.id, self._clock.now()
        await connection.execute(SQL["lock_sending"], organisation_id)
        await limits.check(connection, who, wanted, now)
        expires_at = now + wanted.lives_for
        call_id = message_id = None
        if wanted.method == "sms":
            message_id = await self._text(connection, who, wanted, expires_at)
        else:
            call_id = await self._call(connection, who, wanted, expires_at)
        verification_id = new_id("ver")
        row = await connection.fetchrow(
            SQL["insert_verification"],
            verification_id,
            organisation_id,
            wanted.number_id,
            who.key_id,
            who.user_id,
            who.sandbox,
            wanted.to_number,
            wanted.method,
            hash_of(self.secrets, verification_id, wanted.code),
            len(wanted.code),
            wanted.language,
            call_id,
            message_id,
            expires_at,
            now,
        )
        return self._found(row, verification_id)

    async def _call(self, connection: Connection, who: Principal, wanted: NewVerification, expires_at: datetime) -> str:
        flash = wanted.method == "flash"
        new = NewCall(
            to_number=wanted.to_number,
            from_number=wanted.from_number,
            flow=wanted.flow,
            purpose=_purpose(who),
            priority=_PRIORITY,
            ring_timeout_seconds=_RING_TIMEOUT_SECONDS,
            not_after=expires_at,
            sealed=None if flash else self.secrets.seal(wanted.code).decode(),
            ring_only_seconds=FLASH_RING_SECONDS if flash else None,
            own_text=True,
        )
        (call,) = await self._calls.create(who, [new], connection=connection)
        return call.id

    async def _text(self, connection: Connection, who: Principal, wanted: NewVerification, expires_at: datetime) -> str:
        if self._messages is None or wanted.text is None:
            raise Conflict("this process sends no texts")
        cut = segment(wanted.text.replace(MARK, wanted.code), shifts=())
        new = NewMessage(
            channel="sms",
            to_address=wanted.to_number,
            from_address=wanted.from_number,
            content={"text": wanted.text},
            text=wanted.text,
            parts=cut.count,
            encoding=cut.alphabet.name,
            purpose=_purpose(who),
            priority=_PRIORITY,
            not_after=expires_at,
            own_text=True,
        )
        sealed = self.secrets.seal(wanted.code).decode()
        (message,) = await self._messages.create(who, [new], connection=connection, automatic="code", sealed=sealed)
        return message.id

    async def sender_for(self, who: Principal, to_number: str) -> str:
        """Return what a code to this number comes from by text.

        Raises ``Conflict`` where no route carries texts, or there is nothing to send from.
        """
        organisation_id = who.organisation.id
        if not await self._database.fetchval(SQL["can_text"], organisation_id, who.sandbox):
            raise Conflict("no route carries texts of this organisation; ask the operator to add one")
        sender: str | None = await self._database.fetchval(SQL["sender_to_text_from"], organisation_id, to_number)
        if sender is None and who.sandbox:
            return SANDBOX_SENDER
        if sender is None:
            raise Conflict("there is nothing yet that a text could come from; add a sender at /api/v1/senders")
        return sender

    def wake(self) -> None:
        """Tell who makes calls and sends texts that a code was committed."""
        self._calls.wake()
        if self._messages is not None:
            self._messages.wake()

    async def get(self, who: Principal, verification_id: str) -> Verification:
        """Return one. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_verification"], who.organisation.id, verification_id, who.sandbox)
        return self._found(row, verification_id)

    async def page(
        self, who: Principal, *, to_number: str | None = None, limit: int, before: int | None
    ) -> list[Verification]:
        """Return up to ``limit`` verifications, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_verifications"], who.organisation.id, who.sandbox, before, limit, to_number
        )
        now = self._clock.now()
        return [verification_of(row, now) for row in rows]

    async def check(self, who: Principal, verification_id: str, code: str) -> Check:
        """Try a code. Raises ``NotFound``, and ``Conflict`` for a verification that has ended."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_verification"], who.organisation.id, verification_id, who.sandbox)
            checked = await self.try_code(connection, self._pending(row, verification_id), code)
        self._on_events()
        return checked

    async def cancel(self, who: Principal, verification_id: str) -> Verification:
        """End a pending verification, and its call or text. Raises ``NotFound`` and ``Conflict``."""
        organisation_id = who.organisation.id
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_verification"], organisation_id, verification_id, who.sandbox)
            row = self._pending(row, verification_id)
            row = await connection.fetchrow(
                SQL["end_verification"], organisation_id, row["id"], "cancelled", "cancelled", self._clock.now()
            )
        cancelled = self._found(row, verification_id)
        if cancelled.call_id is not None:
            try:
                await self._calls.cancel(who, cancelled.call_id)
            except (Conflict, NotFound):
                # it has ended
                pass
        if cancelled.message_id is not None and self._messages is not None:
            try:
                await self._messages.cancel(who, cancelled.message_id, channel="sms")
            except (Conflict, NotFound):
                # it is on its way
                pass
        self._on_events()
        return cancelled

    async def limits(self, organisation_id: str) -> VerificationLimits:
        """Return how many codes the organisation may send."""
        return await limits.limits_of(self._database, organisation_id)

    async def change_limits(self, who: Principal, given: Mapping[str, int]) -> VerificationLimits:
        """Set the named fields, which the caller has checked."""
        organisation_id = who.organisation.id
        async with self._database.transaction() as connection:
            await connection.execute(SQL["lock_sending"], organisation_id)
            before = await limits.limits_of(connection, organisation_id)
            after = replace(before, **given)
            await connection.execute(
                SQL["set_limits"],
                organisation_id,
                after.per_destination_hour,
                after.per_key_hour,
                after.per_organisation_day,
            )
            await record(
                connection, who.actor, "verification_limits.changed", organisation_id, asdict(before), asdict(after)
            )
        return after

    async def try_code(self, connection: Connection, row: Row, code: str) -> Check:
        """Count a try of a pending verification, whose row the caller holds, and end it if it was right or the last."""
        organisation_id, now = row["organisation_id"], self._clock.now()
        valid = is_code(self.secrets, row["id"], code, row["code_hash"])
        counted = await connection.fetchrow(SQL["count_attempt"], organisation_id, row["id"])
        if counted is not None and (valid or counted["attempts"] >= MAX_ATTEMPTS):
            state, reason = ("verified", None) if valid else ("failed", f"{MAX_ATTEMPTS} wrong codes")
            counted = await connection.fetchrow(SQL["end_verification"], organisation_id, row["id"], state, reason, now)
            if counted is not None:
                await tell(connection, f"verification.{state}", counted)
        return Check(valid=valid, verification=self._found(counted, row["id"]))

    def _pending(self, row: Row | None, verification_id: str) -> Row:
        found = self._found(row, verification_id)
        if row is None or found.state != "pending":
            raise ended(found)
        return row

    def _found(self, row: Row | None, verification_id: str) -> Verification:
        if row is None:
            raise NotFound(f"there is no verification {verification_id!r}")
        return verification_of(row, self._clock.now())


def _purpose(who: Principal) -> str:
    # a key for emergencies sends its codes at night too
    return "emergency" if who.purpose == "emergency" else "transactional"


def ended(verification: Verification) -> Conflict:
    """Return the error for a use of a verification that is over."""
    why = f" ({verification.reason})" if verification.reason else ""
    return Conflict(f"the verification is {verification.state}{why}; ask for a new code")


def verification_of(row: Row, now: datetime) -> Verification:
    """Return the value of a row."""
    values = {each.name: row[each.name] for each in fields(Verification)}
    if row["state"] == "pending" and row["expires_at"] <= now:
        values["state"] = "expired"
    return Verification(**values)
