"""Who of those that wait gets the room there is: the higher priority first, then everybody by weight.

Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): what was served counts divided by the weight, as virtual
time, and the earliest start goes next. Who had nothing to do begins at the start of what was served last (the *floor*),
so that nobody saves up a turn by waiting.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Sharer:
    """One of an organisation that wants room: a campaign, or the single calls of a priority."""

    key: str
    organisation_id: str
    #: 0 (last) to 9 (first).
    priority: int
    weight: float = 1.0
    #: Virtual time until which it was served.
    served: float = 0.0
    #: Most that it can use.
    wants: int
    #: Trunks that can carry it; what they take is in ``allot``'s ``room``. In the order in which they are filled.
    trunks: Sequence[str]


@dataclass(kw_only=True)
class Standing:
    """An organisation among the others."""

    #: Most that it may get.
    free: int
    #: Virtual time until which it was served.
    served: float = 0.0
    #: Start of what was served last inside of it.
    floor: float = 0.0


@dataclass(kw_only=True)
class Allotment:
    """What came of it; ``Sharer``, ``Standing`` and the room were moved on."""

    #: Keys, one for each unit, in the order of service.
    turns: list[str] = field(default_factory=list)
    #: Start of what was served last among the organisations.
    floor: float = 0.0


def allot(
    sharers: Sequence[Sharer], standings: Mapping[str, Standing], room: MutableMapping[str, int], *, floor: float = 0.0
) -> Allotment:
    """Share the ``room`` of trunks, which is used up, one unit after another; ``floor`` is that of the last time."""
    allotment = Allotment(floor=floor)
    for priority in sorted({sharer.priority for sharer in sharers}, reverse=True):
        inside: dict[str, list[tuple[float, float, str, Sharer]]] = defaultdict(list)
        for sharer in sharers:
            if sharer.priority == priority and sharer.wants > 0:
                inside[sharer.organisation_id].append(_entry(sharer, standings[sharer.organisation_id].floor))
        for queue in inside.values():
            heapq.heapify(queue)
        # of two that begin together the one that was served less in fact: the floor must not let one starve
        among = [_place(name, standings[name], allotment.floor) for name in inside]
        heapq.heapify(among)
        while among:
            start, _, name = heapq.heappop(among)
            standing = standings[name]
            served = _serve(inside[name], standing, room)
            if served is None:
                continue
            allotment.turns.append(served)
            allotment.floor = max(allotment.floor, start)
            standing.served = start + 1.0
            heapq.heappush(among, _place(name, standing, allotment.floor))
    return allotment


def _serve(
    queue: list[tuple[float, float, str, Sharer]], standing: Standing, room: MutableMapping[str, int]
) -> str | None:
    """Give one unit to the first inside an organisation that can use it; ``None``: nobody can."""
    while queue and standing.free > 0:
        start, _, key, sharer = heapq.heappop(queue)
        trunk = next((trunk for trunk in sharer.trunks if room.get(trunk, 0) > 0), None)
        if trunk is None:
            continue
        room[trunk] -= 1
        standing.free -= 1
        standing.floor = max(standing.floor, start)
        sharer.served = start + 1.0 / sharer.weight
        sharer.wants -= 1
        if sharer.wants > 0:
            heapq.heappush(queue, _entry(sharer, standing.floor))
        return key
    return None


def _entry(sharer: Sharer, floor: float) -> tuple[float, float, str, Sharer]:
    return max(sharer.served, floor), sharer.served, sharer.key, sharer


def _place(name: str, standing: Standing, floor: float) -> tuple[float, float, str]:
    return max(standing.served, floor), standing.served, name
