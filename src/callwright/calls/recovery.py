"""Attempts whose dialer is gone: put back when they were not dialled, else taken over, never dialled twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.calls import charging
from callwright.calls.accepting import recount_goals
from callwright.calls.claims import LEASE, Owner
from callwright.calls.dialing import CallDialing
from callwright.calls.models import Attempt
from callwright.calls.queries import SQL
from callwright.calls.transfers import SQL as TRANSFER_SQL
from callwright.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Orphan:
    """An attempt that was dialled, and that is ours now. Whether its channel lives is the engine's knowledge."""

    attempt: Attempt
    dialled_at: datetime
    rang: bool
    answered: bool
    flow_state: Mapping[str, Any] | None
    #: Its owner wants it ended.
    cancelled: bool = False


class CallRecovery:
    """Finds attempts without a living owner and decides what becomes of each."""

    def __init__(self, database: Database, *, dialing: CallDialing) -> None:
        self._database = database
        self._dialing = dialing

    async def take_over(self, owner: Owner, *, held: frozenset[str]) -> list[Orphan]:
        """Put back what was never dialled and return the others, leased to us; ``held`` are our own."""
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
            elif (orphan := await self._load(attempt_id)) is not None:
                orphans.append(orphan)
        await self.recount_limits()
        await self.release_leaked_holds()
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
            await connection.execute(TRANSFER_SQL["end_stray_transfers"])
            await connection.execute(SQL["recount_limits"])
            await recount_goals(connection)

    async def release_leaked_holds(self) -> None:
        """Give back money that is held for attempts and transfers that do not live, however that came about."""
        for row in await self._database.fetch(charging.SQL["leaked_holds"]):
            async with self._database.transaction() as connection:
                await charging.give_back(connection, row["organisation_id"], [row["subject"]])

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
                sealed=row["sealed"],
                ring_only_seconds=row["ring_only_seconds"],
                direction=row["direction"],
            ),
            dialled_at=row["dialled_at"],
            rang=row["state"] == "ringing",
            answered=row["state"] == "answered",
            flow_state=row["flow_state"],
            cancelled=row["cancel_requested"],
        )
