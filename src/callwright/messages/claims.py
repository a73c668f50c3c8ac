"""Claiming messages that are due: a batch over the routes of one sender, decided and paid for in one transaction.

Locks, always in this order: routes, messages, balances. A route belongs to one sender, so nobody waits for the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from callwright.clock import Clock
from callwright.flows.sealed import MARK
from callwright.messages import charging
from callwright.messages.bodies import announce
from callwright.messages.files import bring_octets
from callwright.messages.models import Outgoing
from callwright.messages.permission import question_of
from callwright.messages.queries import SENDING, message_of
from callwright.messages.routing import choose, prefixes_of
from callwright.rules.contactability import Decision, Verdict, decide
from callwright.store.database import Connection, Database, Row

#: Most messages of one claim.
MAX_BATCH = 500
#: How far ahead of a route's rate is claimed: what a sender that is killed had in hand is unknown, so not far.
HORIZON = timedelta(seconds=1)
#: A content never changes: its body is kept by its id.
_MOST_CONTENTS = 1000

#: A row of ``pick_messages``, by column.
Picked = Mapping[str, Any]


@dataclass(kw_only=True)
class _Room:
    """What a route can take in this claim."""

    row: dict[str, Any]
    #: Messages that fit into its channel's window.
    free: int
    #: When its rate lets the next unit go.
    next_at: datetime
    taken: bool = False

    def take(self, units: int) -> datetime:
        """Return when the message may go, and let the rate count its units."""
        start = self.next_at
        self.next_at += timedelta(seconds=units / self.row["per_second"])
        self.free -= 1
        self.taken = True
        return start


@dataclass(kw_only=True)
class _Work:
    now: datetime
    rooms: dict[str, _Room]
    going: list[tuple[Picked, Decision]] = field(default_factory=list)
    put_off: list[tuple[Picked, Decision]] = field(default_factory=list)
    skipped: list[tuple[Picked, Decision]] = field(default_factory=list)

    def open(self, row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the routes with room that may carry messages of this organisation and kind."""
        return [
            room.row
            for room in self.rooms.values()
            if room.free > 0
            and room.next_at < self.now + HORIZON
            and room.row["channel"] == row["channel"]
            and room.row["sandbox"] == row["sandbox"]
            and (room.row["shared"] or room.row["organisation_id"] == row["organisation_id"])
        ]


class MessageClaims:
    """Takes due messages for a sender."""

    def __init__(self, database: Database, clock: Clock, *, unseal: Callable[[str], str] | None = None) -> None:
        """``unseal`` opens codes that messages bring; without it those are not sent."""
        self._database = database
        self._clock = clock
        self._unseal = unseal
        self._contents: dict[str, Mapping[str, Any]] = {}
        #: Sent to the database; whether they are there is known when the commit was answered.
        self._unheard: list[Outgoing] = []
        #: Whether the last claim left messages that are due, for want of room.
        self.bounded = False

    async def claim(self, sender_id: str, windows: Mapping[str, int]) -> list[Outgoing]:
        """Return messages to be sent now, each at its ``not_before``; committed when this returns.

        ``windows``: how many more messages each ready route takes.
        """
        if self._unheard:
            ids = [message.id for message in self._unheard]
            rows = await self._database.fetch(SENDING["sent_held"], ids, sender_id)
            held = {row["id"] for row in rows}
            found, self._unheard = [message for message in self._unheard if message.id in held], []
            if found:
                self.bounded = True
                return found
        windows = {route_id: free for route_id, free in windows.items() if free > 0}
        if not windows:
            self.bounded = True
            return []
        # asked first and alone: where nothing waits, this is all that a look costs
        due = await self._database.fetch(SENDING["organisations_with_due_messages"])
        if not due:
            self.bounded = False
            return []
        async with self._database.transaction(planned_once=True) as connection:
            self._unheard = await self._claim(connection, sender_id, windows, due)
        claimed, self._unheard = self._unheard, []
        return claimed

    async def _claim(
        self, connection: Connection, sender_id: str, windows: Mapping[str, int], due: Sequence[Row]
    ) -> list[Outgoing]:
        rows = await connection.fetch(SENDING["rooms"], list(windows), sender_id)
        self.bounded = len(rows) < len(windows)
        rooms = {row["id"]: _Room(row=dict(row), free=windows[row["id"]], next_at=row["next_at"]) for row in rows}
        if not rooms:
            return []
        work = _Work(now=rows[0]["now"], rooms=rooms)
        picked = await self._pick(connection, work, due)
        now = self._clock.now()
        for row in picked:
            decision = decide(question_of(row, now))
            lists = {Verdict.ALLOWED: work.going, Verdict.DEFERRED: work.put_off, Verdict.SKIPPED: work.skipped}
            lists[decision.verdict].append((row, decision))
        if work.put_off:
            records = [_record(row, decision, now) | {"until": decision.until} for row, decision in work.put_off]
            await connection.execute(SENDING["put_off_messages"], records)
        if work.skipped:
            await self._skip(connection, work, now)
        return await self._take(connection, sender_id, work, now)

    async def _pick(self, connection: Connection, work: _Work, due: Sequence[Row]) -> list[Picked]:
        lanes = []
        for each in due:
            for sandbox in (False, True):
                if each["stopped"] and not sandbox:
                    continue
                lane = {"organisation_id": each["organisation_id"], "channel": each["channel"], "sandbox": sandbox}
                if routes := work.open(lane):
                    free = min(MAX_BATCH, sum(work.rooms[route["id"]].free for route in routes))
                    lanes.append(lane | {"prefixes": prefixes_of(routes), "free": free})
        if not lanes:
            return []
        most = max(1, MAX_BATCH // len(lanes))
        rows = await connection.fetch(
            SENDING["pick_messages"],
            *([lane[name] for lane in lanes] for name in ("organisation_id", "channel", "sandbox", "prefixes")),
            [min(lane["free"], max(most, 1)) for lane in lanes],
        )
        if len(rows) >= min(lane["free"] for lane in lanes) or len(rows) >= most:
            self.bounded = True
        return _in_turn(cast(list[Picked], rows))

    async def _skip(self, connection: Connection, work: _Work, now: datetime) -> None:
        records = [
            _record(row, decision, now) | {"status": "expired" if decision.rule == "too_late" else "skipped"}
            for row, decision in work.skipped
        ]
        rows = await connection.fetch(SENDING["skip_messages"], records)
        await announce(connection, [message_of(row) for row in rows])

    async def _take(self, connection: Connection, sender_id: str, work: _Work, now: datetime) -> list[Outgoing]:
        routed: list[tuple[Picked, Decision, str, datetime]] = []
        for row, decision in work.going:
            route = choose(row["to_address"], work.open(row), media=bool(row["media"]))
            if route is None:
                self.bounded = True
                continue
            slot = work.rooms[route["id"]].take(row["parts"] or 1)
            routed.append((row, decision, route["id"], slot))
        paid = await charging.hold_picked(connection, [row for row, *_ in routed])
        routed = [each for each in routed if each[0]["id"] in paid]
        if not routed:
            return []
        await connection.execute(
            SENDING["take_messages"],
            [_taken(row, decision, route_id, paid[row["id"]]) for row, decision, route_id, _ in routed],
            sender_id,
            [room.row["id"] for room in work.rooms.values() if room.taken],
            [room.next_at for room in work.rooms.values() if room.taken],
            now,
        )
        await self._learn_contents(connection, {row["content_id"] for row, *_ in routed})
        return [self._outgoing(row, route_id, slot) for row, _, route_id, slot in routed]

    async def _learn_contents(self, connection: Connection, wanted: set[str | None]) -> None:
        unknown = [content_id for content_id in wanted if content_id is not None and content_id not in self._contents]
        if not unknown:
            return
        # files are large: they are kept as long as a batch goes on
        self._contents = {
            key: body for key, body in self._contents.items() if key in wanted or "attachments" not in body
        }
        if len(self._contents) + len(unknown) > _MOST_CONTENTS:
            self._contents = {key: body for key, body in self._contents.items() if key in wanted}
        rows = await connection.fetch(SENDING["content_bodies"], unknown)
        bodies = {row["id"]: row["body"] for row in rows}
        await bring_octets(connection, bodies)
        self._contents |= bodies

    def _outgoing(self, row: Picked, route_id: str, slot: datetime) -> Outgoing:
        return Outgoing(
            id=row["id"],
            number=row["number"],
            organisation_id=row["organisation_id"],
            owner_id=row["owner_id"],
            channel=row["channel"],
            sandbox=row["sandbox"],
            purpose=row["purpose"],
            campaign_id=row["campaign_id"],
            to_address=row["to_address"],
            from_address=row["from_address"],
            content=self._contents.get(row["content_id"], {}),
            variables=row["variables"] or {},
            text=self._told(row),
            parts=row["parts"] or 1,
            media=row["media"] or (),
            topic=row["topic"],
            not_after=row["not_after"],
            attempts=row["attempts"] + 1,
            route_id=route_id,
            accepted=frozenset(row["accepted"] or ()),
            not_before=slot,
            automatic=row["automatic"],
        )

    def _told(self, row: Picked) -> str | None:
        """Return the text with the code that it brings; what cannot be opened is an empty text, which is refused."""
        text: str | None = row["text"]
        if row["sealed"] is None or text is None:
            return text
        return "" if self._unseal is None else text.replace(MARK, self._unseal(row["sealed"]))


def _in_turn(rows: Sequence[Picked]) -> list[Picked]:
    """Return the rows by priority, and among equals one of each organisation in turn: none waits for another's list."""
    rows = sorted(rows, key=lambda row: (-row["priority"], row["due_at"], row["number"]))
    turns: dict[tuple[int, str], int] = defaultdict(int)
    order = []
    for place, row in enumerate(rows):
        key = (row["priority"], row["organisation_id"])
        order.append((-row["priority"], turns[key], place))
        turns[key] += 1
    return [rows[place] for *_, place in sorted(order)]


def _taken(row: Picked, decision: Decision, route_id: str, charge: str | None) -> dict[str, Any]:
    """Return what a claim writes of a message that goes."""
    record: dict[str, Any] = {
        "id": row["id"],
        "route_id": route_id,
        "rule": decision.rule,
        "reason": decision.reason,
        "inputs": decision.inputs,
    }
    if charge is not None:
        record["charge"] = charge
    return record


def _record(row: Picked, decision: Decision, now: datetime) -> dict[str, Any]:
    return {
        "id": row["id"],
        "organisation_id": row["organisation_id"],
        "rule": decision.rule,
        "reason": decision.reason,
        "inputs": decision.inputs,
        "decided_at": now,
    }
