"""The generic cell rate algorithm (ITU-T I.371): the exact time of the next call on a line with a rate."""

from __future__ import annotations

import math
from datetime import datetime, timedelta


def next_slot(tat: datetime, now: datetime, *, rate: float, burst: int) -> tuple[datetime, datetime]:
    """Return the new theoretical arrival time and the time at which this one may go.

    ``tat`` is what the last call returned, ``rate`` calls a second, ``burst`` how many may go at the same moment after
    a pause. In any window of ``t`` seconds at most ``rate · t + burst`` go. Raises ``ValueError`` for a rate or burst
    that is not positive.
    """
    if rate <= 0 or burst < 1:
        raise ValueError("a rate above 0 and a burst of 1 or more are needed")
    # rounded up to the clock's microsecond: rounded to the nearest, a long campaign would go faster than its rate
    interval = timedelta(microseconds=math.ceil(1_000_000 / rate))
    # the last of a burst may be this far ahead of its theoretical time
    tolerance = interval * (burst - 1)
    base = max(tat, now)
    return base + interval, max(now, base - tolerance)
