"""Slow or dead: whether a program that does not answer is at work on a machine that has too much to do.

A program that is killed because the machine is slow makes it slower still, and Asterisk takes its calls with it.
"""

from __future__ import annotations

import os
import time

import psutil

#: Programs that want to run, or wait for a disk, for each core; the kernel's mean of the last minute.
STRAINED_LOAD = 2.0
#: Share of one core that a program at work uses at least. What wakes up to find nothing to do uses a thousandth.
LEAST_SHARE = 0.01
#: For a core, or for a disk.
_WAITING = (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP)


def strained(load: float, cores: int) -> bool:
    """Return whether a machine of so many cores is so busy that answers take long."""
    return load >= STRAINED_LOAD * cores


class Vitality:
    """Looks at one program's work, from one unanswered question to the next."""

    def __init__(self) -> None:
        self._seen: dict[int, float] = {}
        self._at = 0.0

    def rest(self) -> None:
        """It answered: what it did until then says nothing."""
        self._seen = {}

    def only_slow(self, pid: int) -> bool:
        """Return whether the program has worked since it was looked at last, or waits its turn, on a strained machine.

        Never of one that was stopped (SIGSTOP), and never at the first look: there is nothing to compare with.
        """
        seen, at = self._seen, self._at
        try:
            program = psutil.Process(pid)
            whole = [program, *program.children(recursive=True)]
            stopped = program.status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
            waits = any(each.status() in _WAITING for each in whole)
        except psutil.Error:
            return False
        self._seen, self._at = {each.pid: _used(each) for each in whole}, time.monotonic()
        if not seen or stopped or not strained(os.getloadavg()[0], os.cpu_count() or 1):
            return False
        # of those that were there before: one that is new may have been born and nothing else
        work = sum(max(0.0, used - seen[each]) for each, used in self._seen.items() if each in seen)
        return waits or work >= LEAST_SHARE * (self._at - at)


def _used(process: psutil.Process) -> float:
    """Return the seconds of CPU that a process has used; none of one that has gone."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
