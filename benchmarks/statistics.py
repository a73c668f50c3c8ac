"""Percentiles and rates of what was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least ``percent`` of the values do not exceed (nearest rank)."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def rate(times: Sequence[float]) -> float:
    """Return events per second between the first and the last of ``times`` (seconds)."""
    if len(times) < 2 or max(times) == min(times):
        return math.nan
    return (len(times) - 1) / (max(times) - min(times))
