"""How much an answer sounds like a machine: boosted trees over ``traits``, learned as ``./run bench amd --learn`` does.

Each tree asks the same few questions on all its branches, so a score is a table look-up for each tree.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from callwright.speech.listen.traits import NAMES, Numbers

#: What was learned, and from what.
PATH: Final = Path(__file__).with_name("forest.json")


@dataclass(frozen=True, kw_only=True)
class Odds:
    """How often a verdict was right, by the score at which it was given: steps, lower scores first."""

    #: Score from which on the next step holds.
    limits: tuple[float, ...]
    #: Share of right verdicts on each step, one more than limits.
    shares: tuple[float, ...]

    def at(self, score: float) -> float:
        """Return the share at a score, 0 to 1."""
        return self.shares[bisect.bisect_right(self.limits, score)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Forest:
    """Trees: each row of ``features`` and ``limits`` holds the questions of one, and of ``leaves`` its answers."""

    features: NDArray[np.int64]
    limits: Numbers
    leaves: Numbers
    #: Score of an answer of which nothing is known.
    bias: float
    #: For ``human`` and ``machine``: what a verdict is worth, counted on clips that the trees were not grown on.
    odds: Mapping[str, Odds] = field(default_factory=dict)

    def score(self, traits: Numbers) -> float:
        """Return the score: the higher, the more it is a machine's; near 0 nobody knows."""
        depth = self.features.shape[1]
        places = (traits[self.features] > self.limits) @ (1 << np.arange(depth))
        return self.bias + float(self.leaves[np.arange(len(places)), places].sum())

    def confidence(self, verdict: str, score: float) -> float:
        """Return how often ``human`` or ``machine`` was right when it was said at that score; 0.5: not known."""
        return self.odds[verdict].at(score) if verdict in self.odds else 0.5

    def to_json(self, learned_from: str) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "learned_from": learned_from,
            "bias": round(self.bias, 4),
            "odds": {verdict: {"limits": odds.limits, "shares": odds.shares} for verdict, odds in self.odds.items()},
            "trees": [
                {
                    "traits": [NAMES[number] for number in row],
                    "limits": [round(float(limit), 4) for limit in limits],
                    "leaves": [round(float(leaf), 4) for leaf in leaves],
                }
                for row, limits, leaves in zip(self.features, self.limits, self.leaves, strict=True)
            ],
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Forest:
        """Return what ``to_json`` made. Raises ``KeyError`` and ``ValueError`` for anything else."""
        trees: Sequence[dict[str, Any]] = kept["trees"]
        return cls(
            features=np.array([[NAMES.index(name) for name in tree["traits"]] for tree in trees]),
            limits=np.array([tree["limits"] for tree in trees]),
            leaves=np.array([tree["leaves"] for tree in trees]),
            bias=kept["bias"],
            odds={
                verdict: Odds(limits=tuple(odds["limits"]), shares=tuple(odds["shares"]))
                for verdict, odds in kept["odds"].items()
            },
        )


@cache
def learned() -> Forest:
    """Return the trees that come with the program."""
    return Forest.from_json(json.loads(PATH.read_text()))
