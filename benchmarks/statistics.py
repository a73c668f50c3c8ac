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


def upper_bound(failures: int, trials: int, confidence: float = 0.95) -> float:
    """Return the one-sided upper bound of a failure rate (Clopper and Pearson): exact, and never too low."""
    if trials == 0 or failures >= trials:
        return 1.0
    low, high = failures / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(failures, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(failures: int, trials: int, chance: float) -> float:
    """Return how probable so few failures are at this rate, summed in logarithms."""
    logs = [
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(chance) + (trials - k) * math.log1p(-chance)
        for k in range(failures + 1)
    ]  # fmt: skip
    return math.fsum(math.exp(value) for value in logs)
