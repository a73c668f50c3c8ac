"""Claiming calls that are due: a batch an organisation, inside the limits of organisations and trunks.

Counters are locked organisation first, then trunk, always; a claim takes them, settlement and release give them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callwright.calls import routing
from callwright.calls.models import Attempt
from callwright.calls.queries import SQL
from callwright.ids import new_id
from callwright.rules.gcra import next_slot
from callwright.store.database import Connection, Database, Row

#: How far ahead of a trunk's rate a dialer may claim: longer would hoard calls that another process could place.
CLAIM_HORIZON = timedelta(seconds=1)
#: How long an attempt belongs to its dialer without a renewal.
LEASE = timedelta(seconds=30)
#: When another attempt to the same number is in the air.
NUMBER_BUSY_DELAY = timedelta(seconds=2)
#: Most calls that one claim takes.
MAX_BATCH = 200


#: A row of ``pick_calls`` with the ``trunk_id`` that it was given.
Picked = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Who claims: the engine node and the epoch in which it is owned."""

    node: str
    epoch: int


@dataclass(kw_only=True)
class _Lane:
    """Live or sandbox calls of one organisation, over the trunks that may carry them now."""

    organisation_id: str
    sandbox: bool
    trunks: list[Row]
    free: int


class CallClaims:
    """Takes due calls for a dialer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        #: Whether the last claim left calls that are due, for want of room: look again when a call has ended.
        self.bounded = False

    async def claim(self, owner: Owner) -> list[Attempt]:
        """Return attempts to be dialled now, each at its ``not_before``; committed when this returns."""
        async with self._database.transaction() as connection:
            due = await connection.fetch(SQL["organisations_with_due_calls"])
            rooms = [room for room in due if room["free"] > 0]
            self.bounded = len(rooms) < len(due)
            if not rooms:
                return []
            trunks = await connection.fetch(SQL["trunks_with_room"])
            lanes = _lanes(rooms, trunks)
            if not lanes:
                self.bounded = True
                return []
            due = await connection.fetch(
                SQL["pick_calls"],
                [lane.organisation_id for lane in lanes],
                [lane.sandbox for lane in lanes],
                [routing.prefixes_of(lane.trunks) for lane in lanes],
                [lane.free for lane in lanes],
            )
            picked = _routed(due, rooms, lanes)
            self.bounded = self.bounded or len(picked) < len(due) or len(due) >= min(lane.free for lane in lanes)
            return await self._take(connection, owner, picked, trunks) if picked else []

    async def _take(
        self, connection: Connection, owner: Owner, picked: list[Picked], trunks: list[Row]
    ) -> list[Attempt]:
        slots = await _pace(connection, picked, trunks)
        records = [
            {
                "id": new_id("att"),
                "organisation_id": row["organisation_id"],
                "call_id": row["id"],
                "ordinal": row["attempts"] + 1,
                "to_number": row["to_number"],
                "from_number": row["from_number"],
                "trunk_id": row["trunk_id"],
                "not_before": slot,
            }
            for row, slot in zip(picked, slots, strict=True)
        ]
        inserted = {
            row["call_id"]
            for row in await connection.fetch(SQL["insert_attempts"], records, owner.node, owner.epoch, LEASE)
        }
        refused = [row["id"] for row in picked if row["id"] not in inserted]
        if refused:
            await connection.execute(
                SQL["postpone_calls"], refused, NUMBER_BUSY_DELAY, "another call to this number is in the air"
            )
        taken = [(row, record) for row, record in zip(picked, records, strict=True) if row["id"] in inserted]
        if not taken:
            return []
        await connection.execute(SQL["mark_claimed"], [row["id"] for row, _ in taken])
        await _count(connection, [row for row, _ in taken])
        flows = {
            row["id"]: row["body"]
            for row in await connection.fetch(SQL["flow_bodies"], list({row["flow_id"] for row, _ in taken}))
        }
        voices = {
            row["id"]: row["voice"]
            for row in await connection.fetch(
                SQL["organisation_voices"], list({row["organisation_id"] for row, _ in taken})
            )
        }
        return [
            Attempt(
                id=record["id"],
                organisation_id=row["organisation_id"],
                call_id=row["id"],
                ordinal=record["ordinal"],
                to_number=row["to_number"],
                from_number=row["from_number"],
                sandbox=row["sandbox"],
                purpose=row["purpose"],
                ring_timeout_seconds=row["ring_timeout_seconds"],
                not_before=record["not_before"],
                flow_id=row["flow_id"],
                flow=flows[row["flow_id"]],
                variables=row["variables"],
                voice=voices[row["organisation_id"]],
            )
            for row, record in taken
        ]


def _lanes(rooms: list[Row], trunks: list[Row]) -> list[_Lane]:
    """Pair each organisation with the trunks that carry its live calls and with those of its sandbox calls."""
    lanes = []
    for room in rooms:
        for sandbox in (False, True):
            mine = [
                t
                for t in trunks
                if (t["kind"] == "lab") is sandbox
                and (t["shared"] or t["organisation_id"] == room["organisation_id"])
                and t["next_call_at"] < t["now"] + CLAIM_HORIZON
            ]
            if mine:
                free = min(room["free"], MAX_BATCH, sum(_room(trunk) for trunk in mine))
                lanes.append(_Lane(organisation_id=room["organisation_id"], sandbox=sandbox, trunks=mine, free=free))
    return lanes


def _room(trunk: Row) -> int:
    """Return how many calls the trunk takes now: its free channels and its rate."""
    return min(int(trunk["free"]), _in_horizon(trunk))


def _in_horizon(trunk: Row) -> int:
    """Return how many calls the trunk's rate allows until the horizon, at least one."""
    start = max(trunk["next_call_at"], trunk["now"])
    seconds = (trunk["now"] + CLAIM_HORIZON - start).total_seconds()
    return max(1, int(seconds * float(trunk["calls_per_second"])))


def _routed(due: list[Row], rooms: list[Row], lanes: list[_Lane]) -> list[Picked]:
    """Give each call its trunk; what lanes together took beyond an organisation's or a trunk's room stays queued."""
    trunks_of = {(lane.organisation_id, lane.sandbox): lane.trunks for lane in lanes}
    free_of_organisation = {room["organisation_id"]: room["free"] for room in rooms}
    free_of_trunk = {trunk["id"]: _room(trunk) for lane in lanes for trunk in lane.trunks}
    kept = []
    for row in due:
        if free_of_organisation[row["organisation_id"]] <= 0:
            continue
        trunk = routing.choose(
            row["to_number"],
            [t for t in trunks_of[row["organisation_id"], row["sandbox"]] if free_of_trunk[t["id"]] > 0],
        )
        if trunk is not None:
            free_of_organisation[row["organisation_id"]] -= 1
            free_of_trunk[trunk["id"]] -= 1
            kept.append({**row, "trunk_id": trunk["id"]})
    return kept


async def _pace(connection: Connection, picked: list[Picked], trunks: list[Row]) -> list[datetime]:
    """Give each call its time on the trunk (GCRA, burst 1) and store the trunk's next free time."""
    trunk_of = {trunk["id"]: trunk for trunk in trunks}
    next_at = {trunk["id"]: trunk["next_call_at"] for trunk in trunks}
    slots = []
    for row in picked:
        trunk = trunk_of[row["trunk_id"]]
        next_at[trunk["id"]], slot = next_slot(
            next_at[trunk["id"]], trunk["now"], rate=float(trunk["calls_per_second"]), burst=1
        )
        slots.append(slot)
    for trunk_id in sorted({row["trunk_id"] for row in picked}):
        await connection.execute(SQL["set_next_call_at"], trunk_id, next_at[trunk_id])
    return slots


async def _count(connection: Connection, taken: list[Picked]) -> None:
    counts: dict[tuple[str, str], int] = {}
    for row in taken:
        for key in (("organisation", row["organisation_id"]), ("trunk", row["trunk_id"])):
            counts[key] = counts.get(key, 0) + 1
    keys: list[tuple[str, str]] = sorted(counts)
    values: list[Any] = [counts[key] for key in keys]
    await connection.execute(SQL["take_limits"], [kind for kind, _ in keys], [key for _, key in keys], values)
