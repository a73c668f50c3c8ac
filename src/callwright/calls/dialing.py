"""The last look before an INVITE, and the ways back for an attempt that is not dialled after all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from callwright.calls import charging
from callwright.calls.claims import LEASE, Owner
from callwright.calls.ledger import release
from callwright.calls.models import Attempt, Permission
from callwright.calls.permission import permission_of, question_of
from callwright.calls.queries import SQL, call_of
from callwright.calls.settlement import announce, finish_call
from callwright.clock import Clock
from callwright.rules.contactability import Decision, Verdict, decide
from callwright.rules.outcomes import Outcome
from callwright.store.database import Connection, Database, Row

#: A call whose trunk or engine is not there now is looked at again after this time.
UNAVAILABLE_DELAY = timedelta(seconds=5)
_CLAIMED = ("claimed",)
_UNDIALLED = ("claimed", "dialing")


class CallDialing:
    """Moves attempts from claimed to dialing, or back."""

    def __init__(self, database: Database, clock: Clock, *, signs: bool = False) -> None:
        """``signs``: the engine signs calls (STIR/SHAKEN)."""
        self._database = database
        self._clock = clock
        self._signs = signs

    async def begin(self, attempt: Attempt, owner: Owner | None = None) -> Permission | None:
        """Decide for the last time, store the decision, and commit ``dialing``; ``None`` when it must not ring.

        With ``owner`` it is asked again, because the answer to the first commit was lost: when that commit took
        effect and the attempt is still this owner's, it may be dialled, for nobody has dialled it.
        """
        async with self._database.transaction(planned_once=True) as connection:
            if attempt.campaign_id is not None:
                await connection.execute(SQL["hold_campaign"], attempt.campaign_id)
            row = await connection.fetchrow(SQL["before_dialing"], attempt.id)
            if row is None:
                return None
            if (
                owner is not None
                and row["state"] == "dialing"
                and (row["node"], row["epoch"]) == (owner.node, owner.epoch)
            ):
                return await self._permit(connection, attempt, row)
            if row["state"] != "claimed":
                return None
            now = self._clock.now()
            decision = decide(question_of(row, now))
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
            permission = await self._permit(connection, attempt, row)
            dialling = await connection.fetchrow(SQL["lock_call"], row["organisation_id"], row["call_id"])
            if dialling is None:
                return None
            await announce(
                connection, call_of(dialling), "call.dialing", attempt_id=attempt.id, attempt=attempt.ordinal
            )
            return permission

    async def _permit(self, connection: Connection, attempt: Attempt, row: Row) -> Permission:
        permission = permission_of(row, to_number=attempt.to_number, from_number=attempt.from_number, signs=self._signs)
        await connection.execute(SQL["mark_dialing"], attempt.id, LEASE, permission.attestation)
        return permission

    async def put_back(self, attempt_id: str, *, reason: str, undialled: bool = False) -> None:
        """Return a claimed attempt to the queue without a trace: it was never dialled.

        With ``undialled`` one that may be dialled, too: only who holds it can know that it was not.
        """
        async with self._database.transaction() as connection:
            due_at = self._clock.now() + UNAVAILABLE_DELAY
            await self._requeue(connection, attempt_id, due_at, reason, states=_UNDIALLED if undialled else _CLAIMED)

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
        await release(connection, ended, declined=True)
        await self._give_back(connection, ended)
        outcome = {
            "cancelled": Outcome.CANCELLED,
            "invalid_number": Outcome.INVALID_NUMBER,
            "too_late": Outcome.EXPIRED,
            # outside of its hours for good: its campaign's end comes first
            "campaign_hours": Outcome.EXPIRED,
        }.get(decision.rule, Outcome.SKIPPED)
        await finish_call(connection, call_of(row), outcome, reason=decision.reason)

    async def _give_back(self, connection: Connection, attempt: Row) -> None:
        if attempt["paying"]:
            await charging.give_back(connection, attempt["organisation_id"], [attempt["id"]])

    async def _requeue(
        self,
        connection: Connection,
        attempt_id: str,
        due_at: datetime,
        reason: str,
        *,
        states: Sequence[str] = _CLAIMED,
    ) -> Row | None:
        deleted = await connection.fetchrow(SQL["delete_attempt"], attempt_id, states)
        if deleted is None:
            return None
        await release(connection, deleted)
        await self._give_back(connection, deleted)
        return await connection.fetchrow(SQL["requeue_call"], deleted["call_id"], due_at, reason, 1)
