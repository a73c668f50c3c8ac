"""Boosted trees in numpy: gradient boosting of log odds (Friedman 2001) with second-order leaves.

Every tree asks one question on each of its levels (an oblivious tree), which is quick to learn and quick to ask.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from callwright.speech.listen.score import Forest

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How trees are grown."""

    trees: int = 100
    depth: int = 3
    #: How much of each tree's answer is taken.
    rate: float = 0.12
    #: Weight with which a leaf's answer is drawn to zero.
    shrink: float = 20.0
    bins: int = 32
    #: Share of the traits that a tree may ask for.
    columns: float = 0.6
    seed: int = 0


def grow(rows: Numbers, machine: Numbers, manner: Manner | None = None) -> Forest:
    """Return trees that tell the rows where ``machine`` is 1 from those where it is 0."""
    m = manner or Manner()
    chance = np.random.default_rng(m.seed)
    places = np.linspace(0, 1, m.bins + 1)[1:-1]
    # between the values that durations can have, so that no question hangs on the last digit of a number
    edges = [np.unique(np.round(np.quantile(row, places), 3) + 0.0005) for row in rows.T]
    binned = np.stack([np.searchsorted(edge, rows[:, number]) for number, edge in enumerate(edges)], 1)
    bias = float(np.log(machine.sum() / (1.0 - machine).sum()))
    scores = np.full(len(rows), bias)
    features, limits, leaves = [], [], []
    for _ in range(m.trees):
        probability = 1.0 / (1.0 + np.exp(-scores))
        slope, weight = machine - probability, probability * (1.0 - probability)
        columns = chance.permutation(rows.shape[1])[: max(1, int(rows.shape[1] * m.columns))]
        asked, at = [], []
        leaf = np.zeros(len(rows), dtype=np.int64)
        for level in range(m.depth):
            column, place = _question(binned, edges, columns, leaf, (slope, weight), m, level)
            asked.append(column)
            at.append(float(edges[column][place]))
            leaf += (binned[:, column] > place).astype(np.int64) << level
        slopes, weights = (np.bincount(leaf, each, 1 << m.depth) for each in (slope, weight))
        answers = m.rate * slopes / (weights + m.shrink)
        scores += answers[leaf]
        features.append(asked)
        limits.append(at)
        leaves.append(answers)
    return Forest(features=np.array(features), limits=np.array(limits), leaves=np.array(leaves), bias=bias)


def _question(
    binned: Whole,
    edges: list[Numbers],
    columns: Whole,
    leaf: Whole,
    sums: tuple[Numbers, Numbers],
    m: Manner,
    level: int,
) -> tuple[int, int]:
    """Return the trait and the edge whose question tells most, asked in all leaves at once."""
    best = (-1.0, 0, 0)
    count = 1 << level
    for number in columns:
        if not len(edges[number]):
            continue
        key = leaf * m.bins + binned[:, number]
        slope, weight = (np.bincount(key, each, count * m.bins).reshape(count, m.bins).cumsum(1) for each in sums)
        above_slope, above_weight = slope[:, -1:] - slope, weight[:, -1:] - weight
        gain = (slope**2 / (weight + m.shrink) + above_slope**2 / (above_weight + m.shrink)).sum(0)
        place = int(np.argmax(gain[: len(edges[number])]))
        if gain[place] > best[0]:
            best = (float(gain[place]), int(number), place)
    return best[1], best[2]
