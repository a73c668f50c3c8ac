"""Claiming calls that are due: a batch an organisation, inside the limits of organisations and trunks.

Counters are locked organisation first, then trunk, always; a claim takes them, settlement and release give them back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callwright.calls import charging, routing
from callwright.calls.bodies import event_body
from callwright.calls.extension_claims import extensions_due
from callwright.calls.models import Attempt, Permission
from callwright.calls.permission import permission_of, question_of
from callwright.calls.queries import SQL, call_of
from callwright.clock import Clock
from callwright.ids import new_id
from callwright.rules.contactability import Verdict, decide
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


#: A stored flow never changes: its body is kept by its id.
_MOST_FLOWS = 1000

#: A row of ``pick_calls`` with the columns of the trunk that it was given.
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
    """Takes due calls for a dialer.

    A call whose turn on the trunk is now is decided in the claim itself, with the clock that is given: one commit, and
    the INVITE may leave. The others are claimed for their turn and asked for then (``CallDialing.begin``).
    ``signs``: the engine signs calls (STIR/SHAKEN).
    """

    def __init__(self, database: Database, clock: Clock | None = None, *, signs: bool = False) -> None:
        self._database = database
        self._clock = clock
        self._signs = signs
        self._flows: dict[str, Any] = {}
        #: Sent to the database; whether they are there is known when the commit was answered.
        self._sent: list[Attempt] = []
        #: Whether the last claim left calls that are due, for want of room: look again when a call has ended.
        self.bounded = False

    async def claim(self, owner: Owner) -> list[Attempt]:
        """Return attempts to be dialled now, each at its ``not_before``; committed when this returns."""
        found = await self._committed_unheard(owner) if self._sent else []
        async with self._database.transaction() as connection:
            self._sent = await self._claim(connection, owner)
        claimed, self._sent = self._sent, []
        return found + claimed

    async def _committed_unheard(self, owner: Owner) -> list[Attempt]:
        """Return what an earlier claim committed although the connection broke before its answer came."""
        ids = [attempt.id for attempt in self._sent]
        rows = await self._database.fetch(SQL["hold_sent"], ids, owner.node, owner.epoch, LEASE)
        held = {row["id"] for row in rows}
        found = [attempt for attempt in self._sent if attempt.id in held]
        self._sent = []
        return found

    async def _claim(self, connection: Connection, owner: Owner) -> list[Attempt]:
        due = await connection.fetch(SQL["organisations_with_due_calls"])
        rooms: Sequence[Mapping[str, Any]] = [dict(room) for room in due if (room["free"] or 0) > 0]
        self.bounded = len(rooms) < len(due)
        if not rooms:
            return []
        trunks = await connection.fetch(SQL["trunks_with_room"])
        to_extensions, rooms = await extensions_due(connection, rooms, most=MAX_BATCH)
        to_extensions = await _not_in_the_air(connection, to_extensions)
        lanes = _lanes(rooms, trunks)
        if not lanes:
            # of those that wait for money nothing is due soon
            self.bounded = any(not room["stopped"] for room in rooms)
            return await self._take(connection, owner, to_extensions, trunks) if to_extensions else []
        due = await connection.fetch(
            SQL["pick_calls"],
            [lane.organisation_id for lane in lanes],
            [lane.sandbox for lane in lanes],
            [routing.prefixes_of(lane.trunks) for lane in lanes],
            [lane.free for lane in lanes],
        )
        routed = _routed(due, rooms, lanes)
        self.bounded = self.bounded or len(routed) < len(due) or len(due) >= min(lane.free for lane in lanes)
        picked = to_extensions + await charging.hold_picked(connection, await _not_in_the_air(connection, routed))
        return await self._take(connection, owner, picked, trunks) if picked else []

    async def _take(
        self, connection: Connection, owner: Owner, picked: list[Picked], trunks: list[Row]
    ) -> list[Attempt]:
        slots, next_at = _pace(picked, trunks)
        # of one transaction, so all that the database calls now is the same
        now_on_trunk = trunks[0]["now"] if trunks else slots[0]
        records: list[dict[str, Any]] = []
        permissions: list[Permission | None] = []
        for row, slot in zip(picked, slots, strict=True):
            record = {
                "id": row.get("attempt_id") or new_id("att"),
                "organisation_id": row["organisation_id"],
                "call_id": row["id"],
                "ordinal": row["attempts"] + 1,
                "to_number": row["to_number"],
                "from_number": row["from_number"],
                "trunk_id": row["trunk_id"],
                "not_before": slot,
            }
            permission = self._decided(row, record) if slot <= now_on_trunk else None
            record["state"] = "claimed" if permission is None else "dialing"
            record["attestation"] = None if permission is None else permission.attestation
            records.append(record)
            permissions.append(permission)
        inserted = {
            row["call_id"]
            for row in await connection.fetch(
                SQL["take_calls"], records, owner.node, owner.epoch, LEASE, list(next_at), list(next_at.values())
            )
        }
        refused = [row["id"] for row in picked if row["id"] not in inserted]
        if refused:
            await _postpone(connection, refused)
            for row in picked:
                if row["id"] not in inserted and row.get("attempt_id") is not None:
                    await charging.give_back(connection, row["organisation_id"], [row["attempt_id"]])
        await self._learn_flows(connection, {row["flow_id"] for row in picked if row["id"] in inserted})
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
                flow=self._flows[row["flow_id"]],
                variables=row["variables"],
                voice=row["voice"],
                sealed=row["sealed"],
                ring_only_seconds=row["ring_only_seconds"],
                permission=permission,
            )
            for row, record, permission in zip(picked, records, permissions, strict=True)
            if row["id"] in inserted
        ]

    def _decided(self, row: Picked, record: dict[str, Any]) -> Permission | None:
        """Decide about a call whose turn is now; what is not simply allowed is left to ``CallDialing.begin``."""
        if self._clock is None or (row["webhook_url"] is not None and "call.dialing" in row["webhook_events"]):
            return None
        now = self._clock.now()
        decision = decide(question_of(row, now))
        if decision.verdict is not Verdict.ALLOWED:
            return None
        record["rule"], record["reason"], record["inputs"] = decision.rule, decision.reason, decision.inputs
        record["decided_at"] = now
        call = call_of({**row, "status": "dialing"})
        record["event"] = event_body("call.dialing", call, attempt_id=record["id"], attempt=record["ordinal"])
        return permission_of(row, to_number=row["to_number"], from_number=row["from_number"], signs=self._signs)

    async def _learn_flows(self, connection: Connection, wanted: set[str]) -> None:
        unknown = [flow_id for flow_id in wanted if flow_id not in self._flows]
        if not unknown:
            return
        if len(self._flows) + len(unknown) > _MOST_FLOWS:
            self._flows.clear()
            unknown = list(wanted)
        for row in await connection.fetch(SQL["flow_bodies"], unknown):
            self._flows[row["id"]] = row["body"]


async def _not_in_the_air(connection: Connection, picked: list[Picked]) -> list[Picked]:
    """Postpone calls to numbers of which one is in the air; return the others.

    They are not left to the unique index: an insert would wait for a settlement that is ending the other call, and the
    settlement waits for the counters that this claim holds.
    """
    busy = [row["id"] for row in picked if row["in_the_air"]]
    if not busy:
        return picked
    await _postpone(connection, busy)
    return [row for row in picked if not row["in_the_air"]]


async def _postpone(connection: Connection, call_ids: list[str]) -> None:
    reason = "another call to this number is in the air"
    await connection.execute(SQL["postpone_calls"], call_ids, NUMBER_BUSY_DELAY, reason)


def _lanes(rooms: Sequence[Mapping[str, Any]], trunks: list[Row]) -> list[_Lane]:
    """Pair each organisation with the trunks that carry its live calls and with those of its sandbox calls."""
    lanes = []
    for room in rooms:
        for sandbox in (False, True):
            if room["stopped"] and not sandbox:
                continue
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


def _routed(due: list[Row], rooms: Sequence[Mapping[str, Any]], lanes: list[_Lane]) -> list[Picked]:
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
            line = {"trunk_id": trunk["id"], "trunk": trunk["name"], "number_format": trunk["number_format"]}
            line |= {"trunk_region": trunk["region"], "withheld": trunk["withheld"], "signs": trunk["signs"]}
            kept.append({**row, **line})
    return kept


def _pace(picked: list[Picked], trunks: list[Row]) -> tuple[list[datetime], dict[str, datetime]]:
    """Give each call its time on the trunk (GCRA, burst 1); return those, and the next free time of each trunk used."""
    trunk_of = {trunk["id"]: trunk for trunk in trunks}
    next_at: dict[str, datetime] = {}
    slots = []
    for row in picked:
        if row["trunk_id"] is None:
            slots.append(row["now"])
            continue
        trunk = trunk_of[row["trunk_id"]]
        next_at[trunk["id"]], slot = next_slot(
            next_at.get(trunk["id"], trunk["next_call_at"]),
            trunk["now"],
            rate=float(trunk["calls_per_second"]),
            burst=1,
        )
        slots.append(slot)
    return slots, dict(sorted(next_at.items()))
