"""Percentiles by nearest rank, rates between the first and the last event."""

from __future__ import annotations

import math

import pytest
from benchmarks.statistics import percentile, rate, upper_bound


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, p) for p in (0, 1, 50, 99, 100)] == [1, 1, 50, 99, 100]
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([7.0], 99) == 7.0
    assert math.isnan(percentile([], 50))


def test_a_rate_counts_the_gaps() -> None:
    assert rate([10.0, 10.5, 11.0]) == pytest.approx(2.0)
    assert math.isnan(rate([10.0]))
    assert math.isnan(rate([10.0, 10.0]))


@pytest.mark.parametrize(
    ("failures", "trials", "bound"),
    # none of n: 1 - 0.05^(1/n); the others from tables of the beta distribution
    [(0, 59, 0.0495), (0, 1000, 0.00299), (1, 10, 0.3942), (5, 100, 0.1023), (10, 10, 1.0), (0, 0, 1.0)],
)
def test_the_upper_bound_of_a_failure_rate_is_exact(failures: int, trials: int, bound: float) -> None:
    assert upper_bound(failures, trials) == pytest.approx(bound, abs=2e-4)
