"""Attempts whose dialer is gone: taken over when their channel lives, closed when it does not, never dialled twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callwright.calls.claims import LEASE, Owner
from callwright.calls.dialing import CallDialing
from callwright.calls.ledger import CallLedger
from callwright.calls.models import Attempt, Settlement
from callwright.calls.queries import SQL
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Orphan:
    """An attempt in the air that we have taken over."""

    attempt: Attempt
    answered: bool
    flow_state: Mapping[str, Any] | None


class CallRecovery:
    """Finds attempts without a living owner and decides what becomes of each."""

    def __init__(self, database: Database, *, dialing: CallDialing, ledger: CallLedger) -> None:
        self._database = database
        self._dialing = dialing
        self._ledger = ledger

    async def take_over(self, owner: Owner, living: frozenset[str], *, held: frozenset[str]) -> list[Orphan]:
        """Settle what is gone and return what lives; ``living`` are the engine's channels, ``held`` our own."""
        orphans = []
        for row in await self._database.fetch(SQL["lapsed_attempts"], owner.node, owner.epoch):
            attempt_id = row["id"]
            if attempt_id in held:
                continue
            taken = await self._database.fetchval(SQL["take_over"], attempt_id, owner.node, owner.epoch, LEASE)
            if taken is None:
                continue
            if row["state"] == "claimed":
                await self._dialing.put_back(attempt_id, reason="its dialer stopped before it was dialled")
            elif attempt_id in living:
                orphan = await self._load(attempt_id)
                if orphan is not None:
                    orphans.append(orphan)
            else:
                await self._ledger.settle(
                    attempt_id,
                    Settlement(
                        outcome=Outcome.INTERRUPTED,
                        cause=0,
                        sip_status=None,
                        ended_by="engine",
                        reason="the engine lost the call while nobody watched it; whether it rang is not known",
                    ),
                )
        await self.recount_limits()
        return orphans

    async def without_attempt(self, living: frozenset[str]) -> frozenset[str]:
        """Return those of the engine's channels whose attempt has ended, or never was: nobody looks after them."""
        known = await self._database.fetch(SQL["live_among"], list(living)) if living else []
        return living - {row["id"] for row in known}

    async def recount_limits(self) -> None:
        """Set every counter to the attempts that are really alive, in case a crash of PostgreSQL's host lost some."""
        async with self._database.transaction() as connection:
            # locked first: a claim or a settlement in the middle would otherwise be counted half
            await connection.execute(SQL["lock_limits"])
            await connection.execute(SQL["recount_limits"])

    async def _load(self, attempt_id: str) -> Orphan | None:
        row = await self._database.fetchrow(SQL["attempt_for_runner"], attempt_id)
        if row is None:
            return None
        return Orphan(
            attempt=Attempt(
                id=row["id"],
                organisation_id=row["organisation_id"],
                call_id=row["call_id"],
                ordinal=row["ordinal"],
                to_number=row["to_number"],
                from_number=row["from_number"],
                sandbox=row["sandbox"],
                purpose=row["purpose"],
                ring_timeout_seconds=row["ring_timeout_seconds"],
                not_before=row["not_before"],
                flow_id=row["flow_id"],
                flow=row["flow"],
                variables=row["variables"],
                voice=row["voice"],
                direction=row["direction"],
            ),
            answered=row["state"] == "answered",
            flow_state=row["flow_state"],
        )
