"""Claiming calls that are due: a batch an organisation, inside the limits of organisations and trunks.

Counters are locked organisation first, then trunk, then campaign, always; a claim takes them, settlement and release
give them back. A campaign belongs to one organisation, so its counter is safe behind the organisation's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from callwright.calls import charging, routing
from callwright.calls.bodies import event_body
from callwright.calls.extension_claims import extensions_due
from callwright.calls.feeding import Feeder, Offer
from callwright.calls.models import Attempt, Permission
from callwright.calls.permission import permission_of, question_of
from callwright.calls.queries import SQL, call_of
from callwright.calls.rooms import MAX_BATCH, Picked, Rooms, Shares, free_by_rate, lanes_of, pace, routed
from callwright.clock import Clock
from callwright.ids import new_id
from callwright.rules.contactability import Verdict, decide
from callwright.store.database import Connection, Database, Row

#: How long an attempt belongs to its dialer without a renewal.
LEASE = timedelta(seconds=30)
#: When another attempt to the same number is in the air.
NUMBER_BUSY_DELAY = timedelta(seconds=2)
#: A stored flow never changes: its body is kept by its id.
_MOST_FLOWS = 1000


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Who claims: the engine node and the epoch in which it is owned."""

    node: str
    epoch: int


@dataclass(kw_only=True)
class _Work:
    """What one claim holds: locked counters of organisations and trunks, and what it learnt of them."""

    now: datetime
    rooms: Rooms
    trunks: list[Row]
    offers: Sequence[Offer] = ()
    #: Rows of ``limits`` that change beside the counts.
    kept: Sequence[Mapping[str, Any]] = field(default_factory=list)


class CallClaims:
    """Takes due calls for a dialer.

    A call whose turn on the trunk is now is decided in the claim itself, with the clock that is given: one commit, and
    the INVITE may leave. The others are claimed for their turn and asked for then (``CallDialing.begin``).
    ``feeder``: makes calls of the recipients of campaigns; ``signs``: the engine signs calls (STIR/SHAKEN).
    """

    def __init__(
        self, database: Database, clock: Clock | None = None, *, feeder: Feeder | None = None, signs: bool = False
    ) -> None:
        self._database = database
        self._feeder = feeder
        self._clock = clock
        self._signs = signs
        self._flows: dict[str, Any] = {}
        #: Sent to the database; whether they are there is known when the commit was answered.
        self._sent: list[Attempt] = []
        #: Whether the last claim left calls that are due, for want of room: look again when a call has ended.
        self.bounded = False

    async def claim(self, owner: Owner) -> list[Attempt]:
        """Return attempts to be dialled now, each at its ``not_before``; committed when this returns."""
        if self._sent and (found := await self._committed_unheard(owner)):
            # at once, and alone: with a further claim that fails they would be lost once more
            self.bounded = True
            return found
        # the statements that pick are large, and are run for every call of an appliance that is not busy
        async with self._database.transaction(planned_once=True) as connection:
            self._sent = await self._claim(connection, owner)
        claimed, self._sent = self._sent, []
        return claimed

    async def _committed_unheard(self, owner: Owner) -> list[Attempt]:
        """Return what an earlier claim committed although the connection broke before its answer came."""
        ids = [attempt.id for attempt in self._sent]
        rows = await self._database.fetch(SQL["hold_sent"], ids, owner.node, owner.epoch, LEASE)
        held = {row["id"] for row in rows}
        found = [attempt for attempt in self._sent if attempt.id in held]
        self._sent = []
        return found

    async def _claim(self, connection: Connection, owner: Owner) -> list[Attempt]:
        campaigns = await self._feeder.look(connection) if self._feeder is not None else {}
        due = await connection.fetch(SQL["organisations_with_due_calls"], list(campaigns))
        held: Rooms = [dict(room) for room in due if room["free"] is not None]
        rooms: Rooms = [{**room, "free": free_by_rate(room)} for room in held]
        rooms = [room for room in rooms if room["free"] > 0]
        self.bounded = len(rooms) < len(due)
        if not rooms:
            return []
        work = _Work(now=rooms[0]["now"], rooms=rooms, trunks=await _trunks(connection))
        to_extensions: list[Picked] = []
        if any(room["has_extensions"] for room in rooms):
            to_extensions, rooms = await extensions_due(connection, rooms, most=MAX_BATCH)
            to_extensions = await _not_in_the_air(connection, to_extensions)
        lanes = lanes_of(rooms, work.trunks)
        if not lanes:
            # of those that wait for money nothing is due soon
            self.bounded = any(not room["stopped"] for room in rooms)
            return await self._take(connection, owner, to_extensions, work) if to_extensions else []
        due = await connection.fetch(
            SQL["pick_calls"],
            [lane.organisation_id for lane in lanes],
            [lane.sandbox for lane in lanes],
            [routing.prefixes_of(lane.trunks) for lane in lanes],
            [lane.free for lane in lanes],
        )
        shares = Shares(rooms=rooms, lanes=lanes, singles=due, offers=await self._offers(connection, campaigns, rooms))
        work.offers = shares.offers
        turns = shares.in_order(await self._feed(connection, shares))
        work.kept = shares.kept()
        going = routed(turns, rooms, lanes)
        full = len(due) >= min(lane.free for lane in lanes)
        # a goal, or a breaker, may have room again as soon as a call ends
        held_back = any(offer.wants <= 0 for offer in shares.offers)
        self.bounded = self.bounded or len(going) < len(turns) or full or shares.unserved or held_back
        picked = to_extensions + await charging.hold_picked(connection, await _not_in_the_air(connection, going))
        return await self._take(connection, owner, picked, work) if picked else []

    async def _offers(
        self, connection: Connection, campaigns: Mapping[str, Sequence[str]], rooms: Rooms
    ) -> Sequence[Offer]:
        """Ask the campaigns of the organisations that this claim holds."""
        ids = [campaign_id for room in rooms for campaign_id in campaigns.get(room["organisation_id"], ())]
        return await self._feeder.offers(connection, ids) if self._feeder is not None and ids else []

    async def _feed(self, connection: Connection, shares: Shares) -> list[Picked]:
        """Let campaigns make the calls for which there is room; what one cannot use goes to the others, once."""
        fed: list[Picked] = []
        for _ in range(2):
            wanted = shares.give()
            if self._feeder is None or not wanted:
                break
            taken = await self._feeder.take(connection, shares.wishes(wanted), without=[row["id"] for row in fed])
            fed += taken
            made = Counter(row["campaign_id"] for row in taken)
            short = {key: count - made[key] for key, count in wanted.items() if made[key] < count}
            for campaign_id, calls in short.items():
                shares.missing(campaign_id, calls)
            if not short:
                break
        return fed

    async def _take(self, connection: Connection, owner: Owner, unpaced: list[Picked], work: _Work) -> list[Attempt]:
        paced = pace(unpaced, work.trunks, work.rooms, work.offers, now=work.now)
        picked, slots = paced.picked, paced.slots
        # of one transaction, so all that the database calls now is the same
        now_on_trunk = work.now
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
                # those of batches have no counter
                "campaign_id": row["campaign_id"] if row["lane_id"] is not None else None,
            }
            permission = self._decided(row, record) if slot <= now_on_trunk else None
            record["state"] = "claimed" if permission is None else "dialing"
            record["attestation"] = None if permission is None else permission.attestation
            records.append(record)
            permissions.append(permission)
        inserted = {
            row["call_id"]
            for row in await connection.fetch(
                SQL["take_calls"], records, owner.node, owner.epoch, LEASE, *_kept(work.kept, paced.next_at)
            )
        }
        refused = [row["id"] for row in picked if row["id"] not in inserted]
        if refused:
            await _postpone(connection, refused)
            for row in picked:
                if row["id"] not in inserted and row.get("attempt_id") is not None:
                    await charging.give_back(connection, row["organisation_id"], [row["attempt_id"]])
        await self._tell_feeder(connection, [record for record in records if record["call_id"] in inserted])
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
                campaign_id=record["campaign_id"],
                permission=permission,
            )
            for row, record, permission in zip(picked, records, permissions, strict=True)
            if row["id"] in inserted
        ]

    async def _tell_feeder(self, connection: Connection, records: Sequence[Mapping[str, Any]]) -> None:
        attempts: dict[str, list[str]] = defaultdict(list)
        for record in records:
            if record["campaign_id"] is not None:
                attempts[record["campaign_id"]].append(record["id"])
        if self._feeder is not None and attempts:
            await self._feeder.claimed(connection, attempts)

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


async def _trunks(connection: Connection) -> list[Row]:
    """Hold and return the trunks with room. Where one is tried by one call, who has it is known when it is held."""
    trunks = await connection.fetch(SQL["trunks_with_room"])
    return await connection.fetch(SQL["trunks_with_room"]) if any(trunk["trying"] for trunk in trunks) else trunks


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


def _kept(
    kept: Sequence[Mapping[str, Any]], next_at: Mapping[tuple[str, str], datetime]
) -> tuple[list[str], list[datetime], list[Mapping[str, Any]]]:
    """Return what ``take_calls`` writes: next times of trunks, and of the other limits with how they were served."""
    trunks = {key: moment for (kind, key), moment in next_at.items() if kind == "trunk"}
    rates: list[dict[str, Any]] = [
        {"kind": kind, "key": key, "next_call_at": moment} for (kind, key), moment in next_at.items() if kind != "trunk"
    ]
    return list(trunks), list(trunks.values()), [*kept, *rates]
