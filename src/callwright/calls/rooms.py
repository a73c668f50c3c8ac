"""What room a claim has: of organisations, of trunks, and of rates; who gets it, over which trunk, and when it goes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callwright.calls import routing
from callwright.calls.feeding import Offer, Wish
from callwright.numbers.extensions import is_extension
from callwright.rules.gcra import next_slot
from callwright.rules.sharing import Sharer, Standing, allot
from callwright.store.database import Row

#: How far ahead of a trunk's rate a dialer may claim: longer would hoard calls that another process could place.
CLAIM_HORIZON = timedelta(seconds=1)
#: How far ahead of an organisation's or a campaign's rate. Shorter: what waits for a slow one's turn keeps the next
#: call of its trunk waiting, too.
RATE_HORIZON = timedelta(seconds=0.25)
#: Most calls that one claim takes of an organisation: half a millisecond each, for which a pause waits.
MAX_BATCH = 80

#: A row of ``pick_calls`` with the columns of the trunk that it was given.
Picked = dict[str, Any]
Rooms = Sequence[Mapping[str, Any]]


@dataclass(kw_only=True)
class Lane:
    """Live or sandbox calls of one organisation, over the trunks that may carry them now."""

    organisation_id: str
    sandbox: bool
    trunks: list[Row]
    free: int


@dataclass(kw_only=True)
class Rate:
    """Calls a second, and the earliest time of the next one."""

    calls_per_second: float
    next_call_at: datetime


def lanes_of(rooms: Rooms, trunks: Sequence[Row]) -> list[Lane]:
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
                free = min(room["free"], MAX_BATCH, sum(trunk_room(trunk) for trunk in mine))
                lanes.append(Lane(organisation_id=room["organisation_id"], sandbox=sandbox, trunks=mine, free=free))
    return lanes


def free_by_rate(room: Mapping[str, Any]) -> int:
    """Return how many calls an organisation, or a campaign, may make now: its free ones, and its rate."""
    free: int = room["free"]
    if room["calls_per_second"] is None:
        return free
    return min(
        free, calls_until(room["now"] + RATE_HORIZON, room["next_call_at"], room["now"], room["calls_per_second"])
    )


def calls_until(horizon: datetime, next_call_at: datetime, now: datetime, rate: float) -> int:
    """Return how many calls a rate allows from ``now`` until ``horizon``: none, or at least the one that is next."""
    start = max(next_call_at, now)
    return max(1, int((horizon - start).total_seconds() * rate)) if start < horizon else 0


def trunk_room(trunk: Row) -> int:
    """Return how many calls the trunk takes now: its free channels and its rate, at least one."""
    by_rate = calls_until(
        trunk["now"] + CLAIM_HORIZON, trunk["next_call_at"], trunk["now"], float(trunk["calls_per_second"])
    )
    return min(int(trunk["free"]), max(1, by_rate))


@dataclass(kw_only=True)
class Shares:
    """Who gets what is there: single calls that were picked, and campaigns that offer some."""

    rooms: Rooms
    lanes: Sequence[Lane]
    singles: Sequence[Row]
    offers: Sequence[Offer]

    def __post_init__(self) -> None:
        self._lane_of = {(lane.organisation_id, lane.sandbox): lane for lane in self.lanes}
        self._standings = {
            room["organisation_id"]: Standing(free=room["free"], served=room["served"], floor=room["floor"])
            for room in self.rooms
        }
        self._room = {trunk["id"]: trunk_room(trunk) for lane in self.lanes for trunk in lane.trunks}
        self._floor = max((trunk["floor"] for lane in self.lanes for trunk in lane.trunks), default=0.0)
        self._singles = self._by_sharer()
        self._sharers = {sharer.key: sharer for sharer in self._make_sharers()}
        self._turns: list[str] = []
        self._exhausted: set[str] = set()

    def give(self) -> dict[str, int]:
        """Share what is left; return how many calls of each campaign are wanted."""
        allotment = allot(list(self._sharers.values()), self._standings, self._room, floor=self._floor)
        self._floor = allotment.floor
        self._turns += allotment.turns
        return dict(Counter(key for key in allotment.turns if key not in self._singles))

    def wishes(self, wanted: Mapping[str, int]) -> list[Wish]:
        """Return what campaigns are asked for."""
        return [
            Wish(
                campaign_id=offer.campaign_id,
                calls=wanted[offer.campaign_id],
                prefixes=routing.prefixes_of(self._lane_of[offer.organisation_id, offer.sandbox].trunks),
            )
            for offer in self.offers
            if offer.campaign_id in wanted
        ]

    def missing(self, campaign_id: str, calls: int) -> None:
        """Take back what a campaign could not use: it has nobody any more."""
        sharer = self._sharers[campaign_id]
        standing = self._standings[sharer.organisation_id]
        sharer.wants = 0
        self._exhausted.add(campaign_id)
        sharer.served -= calls / sharer.weight
        standing.served -= calls
        standing.free += calls
        self._room[sharer.trunks[0]] += calls

    def in_order(self, fed: Sequence[Picked]) -> list[Picked]:
        """Return the calls in the order of their turns, and after them the single ones that got none."""
        queues: dict[str, deque[Any]] = {key: deque(rows) for key, rows in self._singles.items()}
        for row in fed:
            queues.setdefault(row["campaign_id"], deque()).append(row)
        # a campaign that could not use all of its turns has a shorter queue
        ordered = [queues[key].popleft() for key in self._turns if queues.get(key)]
        return ordered + [row for queue in queues.values() for row in queue]

    def kept(self) -> list[dict[str, Any]]:
        """Return what the next claim must know of who was served, as rows of ``limits``."""
        kept: list[dict[str, Any]] = [
            {"kind": "organisation", "key": name, "served": standing.served, "floor": standing.floor,
             "single_served": max((self._sharers[key].served for key in self._singles
                                   if self._sharers[key].organisation_id == name), default=None)}
            for name, standing in self._standings.items()
        ]  # fmt: skip
        kept += [
            {"kind": "campaign", "key": key, "served": sharer.served}
            for key, sharer in self._sharers.items()
            if key not in self._singles
        ]
        trunks = {trunk["id"] for lane in self.lanes for trunk in lane.trunks}
        return kept + [{"kind": "trunk", "key": key, "floor": self._floor} for key in sorted(trunks)]

    @property
    def unserved(self) -> bool:
        """Whether somebody wanted more than there was, or a campaign may have more than its own limits left it."""
        more = any(offer.campaign_id not in self._exhausted for offer in self.offers)
        return more or any(sharer.wants > 0 for sharer in self._sharers.values())

    def _by_sharer(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.singles:
            key = f"{row['organisation_id']} {row['sandbox']} {row['priority']}"
            found.setdefault(key, []).append(row)
        return found

    def _make_sharers(self) -> list[Sharer]:
        single_served = {room["organisation_id"]: room["single_served"] for room in self.rooms}
        sharers = [
            Sharer(
                key=key,
                organisation_id=rows[0]["organisation_id"],
                priority=rows[0]["priority"],
                served=single_served[rows[0]["organisation_id"]],
                wants=len(rows),
                trunks=self._trunks(rows[0]["organisation_id"], rows[0]["sandbox"]),
            )
            for key, rows in self._singles.items()
        ]
        return sharers + [
            Sharer(
                key=offer.campaign_id,
                organisation_id=offer.organisation_id,
                priority=offer.priority,
                weight=offer.weight,
                served=offer.served,
                wants=min(offer.wants, MAX_BATCH),
                trunks=self._trunks(offer.organisation_id, offer.sandbox),
            )
            for offer in self.offers
            if (offer.organisation_id, offer.sandbox) in self._lane_of
        ]

    def _trunks(self, organisation_id: str, sandbox: bool) -> list[str]:
        lane = self._lane_of[organisation_id, sandbox]
        return [t["id"] for t in sorted(lane.trunks, key=lambda t: (t["priority"], t["shared"], t["id"]))]


def routed(due: Sequence[Mapping[str, Any]], rooms: Rooms, lanes: Sequence[Lane]) -> list[Picked]:
    """Give each call its trunk; what is beyond an organisation's or a trunk's room stays queued."""
    trunks_of = {(lane.organisation_id, lane.sandbox): lane.trunks for lane in lanes}
    free_of_organisation = {room["organisation_id"]: room["free"] for room in rooms}
    free_of_trunk = {trunk["id"]: trunk_room(trunk) for lane in lanes for trunk in lane.trunks}
    kept = []
    for row in due:
        if free_of_organisation[row["organisation_id"]] <= 0:
            continue
        if is_extension(row["to_number"]):
            free_of_organisation[row["organisation_id"]] -= 1
            kept.append({**row, "trunk_id": None, "trunk": None})
            continue
        trunk = routing.choose(
            row["to_number"],
            [
                t
                for t in trunks_of[row["organisation_id"], row["sandbox"]]
                if free_of_trunk[t["id"]] > 0 and t["id"] not in (row["tried"] or ())
            ],
        )
        if trunk is not None:
            free_of_organisation[row["organisation_id"]] -= 1
            free_of_trunk[trunk["id"]] -= 1
            line = {"trunk_id": trunk["id"], "trunk": trunk["name"], "number_format": trunk["number_format"]}
            line |= {"trunk_region": trunk["region"], "withheld": trunk["withheld"], "signs": trunk["signs"]}
            kept.append({**row, **line})
    return kept


@dataclass(kw_only=True)
class Pace:
    """When each call goes (GCRA, burst 1), and from when the next one of each trunk, organisation and campaign may."""

    picked: list[Picked]
    slots: list[datetime]
    #: By kind (``trunk``, ``organisation``, ``campaign``) and key.
    next_at: dict[tuple[str, str], datetime]


def pace(
    picked: Sequence[Picked], trunks: Sequence[Row], rooms: Rooms, offers: Sequence[Offer], *, now: datetime
) -> Pace:
    """Give each call the first time that every rate allows; who may go at once stands before who must wait."""
    rates = {
        ("trunk", t["id"]): Rate(calls_per_second=float(t["calls_per_second"]), next_call_at=t["next_call_at"])
        for t in trunks
    }
    rates |= {
        ("organisation", room["organisation_id"]): Rate(
            calls_per_second=room["calls_per_second"], next_call_at=room["next_call_at"]
        )
        for room in rooms
        if room["calls_per_second"] is not None
    }
    rates |= {
        ("campaign", offer.campaign_id): Rate(calls_per_second=offer.calls_per_second, next_call_at=offer.next_call_at)
        for offer in offers
        if offer.calls_per_second is not None
    }
    # each alone first: a slow campaign's calls are not put on the trunk before those that may go at once
    ahead: dict[tuple[str, str], datetime] = {}
    alone = [_slot([key for key in _rates_of(row, rates) if key[0] != "trunk"], rates, ahead, now) for row in picked]
    order = sorted(range(len(picked)), key=lambda index: (alone[index], index))
    next_at: dict[tuple[str, str], datetime] = {}
    ordered = [picked[index] for index in order]
    slots = [_slot(_rates_of(row, rates), rates, next_at, now) for row in ordered]
    return Pace(picked=ordered, slots=slots, next_at=dict(sorted(next_at.items())))


def _rates_of(row: Picked, rates: Mapping[tuple[str, str], Rate]) -> list[tuple[str, str]]:
    campaign = row["campaign_id"] if row["lane_id"] is not None else None
    keys = [("trunk", row["trunk_id"]), ("organisation", row["organisation_id"]), ("campaign", campaign)]
    return [key for key in keys if key in rates]


def _slot(
    keys: Sequence[tuple[str, str]],
    rates: Mapping[tuple[str, str], Rate],
    next_at: dict[tuple[str, str], datetime],
    now: datetime,
) -> datetime:
    """Return the first time that all rates allow, and move them on from it."""
    slot = max([now, *(next_at.get(key, rates[key].next_call_at) for key in keys)])
    for key in keys:
        next_at[key], _ = next_slot(slot, slot, rate=rates[key].calls_per_second, burst=1)
    return slot
