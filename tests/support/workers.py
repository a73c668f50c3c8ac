"""Several test processes on one machine: each takes ports of its own, in turn, so that no two of a test's are the same.

A port that was asked for is in use only later, when somebody has started: looking whether it is free is not enough.
"""

from __future__ import annotations

import os
import random
import threading
from itertools import chain

from callwright.ports import free_block

#: Where the next block of a range begins, by first and last port of the range.
_next: dict[tuple[int, int], int] = {}
#: Tests that wait together take ports in threads (``support.together``).
_taking = threading.Lock()

#: RTP ports of one appliance: half of them its engine's, half its lab's.
RTP_PORTS = 600


def take_ports(first: int, last: int, size: int) -> int:
    """Return the first of ``size`` ports in a row that nobody uses, of this process's part of ``first`` to ``last``."""
    begin, end = _share(first, last)
    with _taking:
        at = _from(first, last, size)
        found = free_block(size, chain(range(at, end - size + 1, 2), range(begin, at, 2)))
        _next[first, last] = found + size
    return found


def take_rtp_ports(size: int = RTP_PORTS) -> int:
    """Return the first of ``size`` ports in a row for RTP that no other engine of the tests is given.

    What a telephone still sends to the last call of one engine is not heard in a call of another. The kernel gives
    single ports of this range to others; Asterisk passes over them.
    """
    first, last = 40_000, 60_000
    found = _from(first, last, size)
    _next[first, last] = found + size
    return found


def _share(first: int, last: int) -> tuple[int, int]:
    """Return the begin and the end of this process's part."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = (last - first) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    begin = first + worker * share
    return begin + begin % 2, begin + share


def _from(first: int, last: int, size: int) -> int:
    """Return where to look first: anywhere at the first time, because another test run may look at the same moment."""
    begin, end = _share(first, last)
    at = _next.get((first, last))
    if at is None:
        at = random.randrange(begin, end, 2)
    # RTP takes pairs, the lower of which is even
    at += at % 2
    return at if at + size <= end else begin
