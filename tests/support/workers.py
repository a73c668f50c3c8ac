"""Several test processes on one machine: each takes ports of its own."""

from __future__ import annotations

import os
import random


def own_starts(first: int, last: int, size: int) -> list[int]:
    """Return where blocks of ``size`` ports may begin in this process's part of ``first`` to ``last``, shuffled.

    Shuffled, because another test run on the machine may look at the same moment, and so may we, twice.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = (last - first) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    begin = first + worker * share
    starts = list(range(begin, begin + share - size + 1, size))
    random.shuffle(starts)
    return starts
