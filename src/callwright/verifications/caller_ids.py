"""Proof that a number may be shown: whoever answers it is told a code, and gives it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callwright.accounts.audit import record
from callwright.accounts.models import Principal
from callwright.clock import Clock
from callwright.errors import Conflict
from callwright.events import service as events
from callwright.ids import new_id
from callwright.numbers.inbound import InboundNumbers, caller_id_of
from callwright.numbers.models import CallerId
from callwright.numbers.service import SANDBOX_CALLER_ID
from callwright.store.database import Database
from callwright.store.statements import statements
from callwright.verifications.codes import make_code
from callwright.verifications.models import Check, NewVerification, Verification
from callwright.verifications.service import VerificationService, ended, verification_of
from callwright.verifications.wording import spoken_flow, written

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)

CODE_LENGTH = 6
#: How a number is said to be verified by a sandbox key, which proves nothing: no call may show it.
SANDBOX = "sandbox"


@dataclass(frozen=True, kw_only=True)
class ProofSent:
    """A number that waits for its code."""

    caller_id: CallerId
    verification: Verification
    #: Shown to sandbox keys, which reach nobody who could tell it.
    code: str | None


class CallerIdProofs:
    """Sends the code of a caller id by a call or a text, and takes it back."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        verifications: VerificationService,
        on_events: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._verifications = verifications
        self._inbound = InboundNumbers(database)
        self._on_events = on_events

    async def begin(
        self,
        who: Principal,
        e164: str,
        *,
        language: str,
        voice: str | None = None,
        connection: Connection,
    ) -> ProofSent:
        """Add a number, unless it is there, and send it a code, in the caller's transaction.

        With a ``voice`` by a call, without one by a text.

        Raises ``Conflict`` for a number that is verified, disabled, or somebody else's in the organisation, and where
        there is nothing to call from; ``RateLimited`` when too many codes were sent.
        """
        organisation_id = who.organisation.id
        row = await connection.fetchrow(SQL["caller_id_to_prove"], new_id("num"), organisation_id, e164, who.user_id)
        if row is None or (who.fence is not None and row["owner_id"] != who.fence):
            raise Conflict("somebody else in the organisation has added this number")
        caller_id = caller_id_of(row)
        if not caller_id.enabled:
            raise Conflict("this number is disabled; ask the operator")
        if caller_id.verified_at is not None:
            raise Conflict("this number is verified already")
        code = make_code(CODE_LENGTH)
        await connection.execute(SQL["end_earlier"], organisation_id, caller_id.id, who.sandbox, self._clock.now())
        if voice is None:
            new = NewVerification(
                to_number=e164,
                from_number=await self._verifications.sender_for(who, e164),
                method="sms",
                code=code,
                text=written(language, who.organisation.name),
                language=language,
                number_id=caller_id.id,
            )
        else:
            new = NewVerification(
                to_number=e164,
                from_number=await self._from(connection, who, e164),
                method="spoken",
                code=code,
                flow=spoken_flow(language, voice),
                language=language,
                number_id=caller_id.id,
            )
        sent = await self._verifications.send(who, new, connection=connection)
        told = {"e164": e164, "method": "sms" if voice is None else "call"}
        await record(connection, who.actor, "number.code_sent", caller_id.id, None, told)
        return ProofSent(caller_id=caller_id, verification=sent, code=code if who.sandbox else None)

    async def verify(self, who: Principal, number_id: str, code: str) -> tuple[Check, CallerId]:
        """Try the code that was sent last. Raises ``NotFound``, and ``Conflict`` when no code is awaited."""
        organisation_id = who.organisation.id
        caller_id = await self._inbound.find(organisation_id, number_id, fence=who.fence)
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                SQL["lock_verification_of_number"], organisation_id, caller_id.id, who.sandbox
            )
            if row is None:
                raise Conflict("no code was sent to this number; POST it to /api/v1/numbers")
            pending = verification_of(row, self._clock.now())
            if pending.state != "pending":
                raise ended(pending)
            checked = await self._verifications.try_code(connection, row, code)
            if checked.valid:
                how = "sms" if pending.method == "sms" else "call"
                caller_id = await self._proved(connection, who, caller_id, how)
        self._on_events()
        return checked, caller_id

    async def _proved(self, connection: Connection, who: Principal, caller_id: CallerId, by: str) -> CallerId:
        how, at = (SANDBOX, None) if who.sandbox else (by, self._clock.now())
        row = await connection.fetchrow(SQL["caller_id_proved"], caller_id.organisation_id, caller_id.id, how, at)
        if row is None:
            # the operator was faster
            return caller_id
        proved = caller_id_of(row)
        if who.sandbox:
            return proved
        await record(connection, who.actor, "number.verified", proved.id, {"verified_by": None}, {"verified_by": how})
        await events.append(
            connection,
            organisation_id=proved.organisation_id,
            type="number.verified",
            subject=proved.id,
            body={"event": "number.verified", "number_id": proved.id, "e164": proved.e164, "verified_by": how},
            owner_id=proved.owner_id,
        )
        return proved

    @staticmethod
    async def _from(connection: Connection, who: Principal, e164: str) -> str:
        number: str | None = await connection.fetchval(SQL["number_to_call_from"], who.organisation.id, e164)
        if number is None and who.sandbox:
            return SANDBOX_CALLER_ID
        if number is None:
            raise Conflict("there is no number yet from which the code could be sent; ask the operator to add one")
        return number
