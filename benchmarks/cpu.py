"""Processor time of groups of processes, from the kernel's counters (ticks of 10 ms a process)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import psutil

#: Seconds of CPU that a group has used until now.
Meter = Callable[[], float]


def own(process: psutil.Process) -> float:
    """Return the seconds that this process alone has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def reaped(process: psutil.Process) -> float:
    """Return the seconds of the children that ended and were waited for."""
    times = process.cpu_times()
    return float(times.children_user + times.children_system)


def tree(process: psutil.Process, *, without: Iterable[int] = ()) -> float:
    """Return the seconds of a process and all its descendants, living or reaped, but not of the trees ``without``."""
    total = own(process) + reaped(process)
    for child in process.children():
        if child.pid not in without:
            try:
                total += tree(child, without=without)
            except psutil.NoSuchProcess:
                # it ended just now; its parent has its seconds from the next look on
                continue
    return total


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All groups at one moment, and what the whole machine had used by then."""

    at: float
    groups: Mapping[str, float]
    machine: float


@dataclass(frozen=True, kw_only=True)
class Window:
    """What each group used between two readings, in seconds."""

    seconds: float
    groups: Mapping[str, float]
    #: What everything else on the machine used.
    others: float


def read(meters: Mapping[str, Meter]) -> Reading:
    """Read all groups now."""
    times = psutil.cpu_times()
    busy = sum(times) - times.idle - times.iowait - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return Reading(at=time.monotonic(), groups={name: meter() for name, meter in meters.items()}, machine=float(busy))


def between(first: Reading, last: Reading) -> Window:
    """Return what was used from ``first`` to ``last``."""
    groups = {name: last.groups[name] - first.groups[name] for name in first.groups}
    return Window(seconds=last.at - first.at, groups=groups, others=last.machine - first.machine - sum(groups.values()))
