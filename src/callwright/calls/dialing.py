"""The last look before an INVITE, and the ways back for an attempt that is not dialled after all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from callwright.calls.claims import LEASE
from callwright.calls.ledger import release
from callwright.calls.models import Attempt
from callwright.calls.queries import SQL, call_of
from callwright.calls.settlement import announce, finish_call
from callwright.clock import Clock
from callwright.numbers.formats import is_dialable, written
from callwright.numbers.parsing import is_forbidden, is_valid
from callwright.rules.contactability import ContactQuestion, Decision, Verdict, decide
from callwright.rules.outcomes import Outcome
from callwright.store.database import Connection, Database, Row

#: A call whose trunk or engine is not there now is looked at again after this time.
UNAVAILABLE_DELAY = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Permission:
    """The attempt may be dialled: this is how."""

    trunk: str
    dial_string: str
    caller_number: str


class CallDialing:
    """Moves attempts from claimed to dialing, or back."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, attempt: Attempt) -> Permission | None:
        """Decide for the last time, store the decision, and commit ``dialing``; ``None`` when it must not ring."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["before_dialing"], attempt.id)
            if row is None or row["state"] != "claimed":
                return None
            now = self._clock.now()
            decision = decide(_question(row, now))
            await connection.execute(
                SQL["insert_decision"],
                row["organisation_id"],
                row["call_id"],
                attempt.id,
                decision.verdict,
                decision.rule,
                decision.reason,
                decision.inputs,
                now,
            )
            if decision.verdict is not Verdict.ALLOWED:
                await self._turn_down(connection, attempt, decision)
                return None
            await connection.execute(SQL["mark_dialing"], attempt.id, LEASE)
            dialling = await connection.fetchrow(SQL["lock_call"], row["organisation_id"], row["call_id"])
            if dialling is None:
                return None
            await announce(
                connection, call_of(dialling), "call.dialing", attempt_id=attempt.id, attempt=attempt.ordinal
            )
            return Permission(
                trunk=row["trunk"],
                dial_string=_on_trunk(attempt.to_number, row),
                caller_number=_on_trunk(attempt.from_number, row),
            )

    async def put_back(self, attempt_id: str, *, reason: str) -> None:
        """Return a claimed attempt to the queue without a trace: it was never dialled."""
        async with self._database.transaction() as connection:
            await self._requeue(connection, attempt_id, self._clock.now() + UNAVAILABLE_DELAY, reason)

    async def _turn_down(self, connection: Connection, attempt: Attempt, decision: Decision) -> None:
        if decision.verdict is Verdict.DEFERRED and decision.until is not None:
            row = await self._requeue(connection, attempt.id, decision.until, decision.reason)
            if row is not None:
                await announce(
                    connection,
                    call_of(row),
                    "call.deferred",
                    reason=decision.reason,
                    until=decision.until.isoformat(),
                )
            return
        ended = await connection.fetchrow(SQL["end_attempt"], attempt.id, Outcome.SKIPPED, None, None, "us")
        row = await connection.fetchrow(SQL["lock_call"], attempt.organisation_id, attempt.call_id)
        if ended is None or row is None:
            return
        await release(connection, ended)
        outcome = {"cancelled": Outcome.CANCELLED, "invalid_number": Outcome.INVALID_NUMBER}.get(
            decision.rule, Outcome.SKIPPED
        )
        await finish_call(connection, call_of(row), outcome, reason=decision.reason)

    async def _requeue(self, connection: Connection, attempt_id: str, due_at: datetime, reason: str) -> Row | None:
        deleted = await connection.fetchrow(SQL["delete_attempt"], attempt_id)
        if deleted is None:
            return None
        await release(connection, deleted)
        return await connection.fetchrow(SQL["requeue_call"], deleted["call_id"], due_at, reason, 1)


def _question(row: Row, now: datetime) -> ContactQuestion:
    return ContactQuestion(
        number=row["to_number"],
        purpose=row["purpose"],
        sandbox=row["sandbox"],
        now=now,
        organisation_zone=row["time_zone"],
        calling_from=row["calling_from"],
        calling_until=row["calling_until"],
        suppression=row["suppression"],
        cancelled=row["cancel_requested"],
        # checked again where it is dialled: nothing but a number may ever leave, whatever got into the database
        valid=is_valid(row["to_number"]) and is_dialable(_on_trunk(row["to_number"], row)),
        forbidden=None if row["sandbox"] else is_forbidden(row["to_number"]),
    )


def _on_trunk(number: str, row: Row) -> str:
    return written(number, row["number_format"] or "e164", row["trunk_region"])
