"""How much an answer sounds like a machine: boosted trees over ``traits``, learned as ``./run bench amd --learn`` does.

Each tree asks the same few questions on all its branches, so a score is a table look-up for each tree.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from callwright.speech.listen.traits import NAMES, Numbers

#: What was learned, and from what.
PATH: Final = Path(__file__).with_name("forest.json")


@dataclass(frozen=True, kw_only=True, eq=False)
class Forest:
    """Trees: each row of ``features`` and ``limits`` holds the questions of one, and of ``leaves`` its answers."""

    features: NDArray[np.int64]
    limits: Numbers
    leaves: Numbers
    #: Score of an answer of which nothing is known.
    bias: float
    #: Log odds of a machine at a decision are ``scale * score + offset``: measured on the training half.
    scale: float = 1.0
    offset: float = 0.0

    def score(self, traits: Numbers) -> float:
        """Return the score: the higher, the more it is a machine's; near 0 nobody knows."""
        depth = self.features.shape[1]
        places = (traits[self.features] > self.limits) @ (1 << np.arange(depth))
        return self.bias + float(self.leaves[np.arange(len(places)), places].sum())

    def probability(self, score: float) -> float:
        """Return how probable a machine is at that score, when a verdict is given at it."""
        return float(1.0 / (1.0 + np.exp(-(self.scale * score + self.offset))))

    def to_json(self, learned_from: str) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "learned_from": learned_from,
            "bias": round(self.bias, 4),
            "scale": round(self.scale, 4),
            "offset": round(self.offset, 4),
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
            scale=kept["scale"],
            offset=kept["offset"],
        )


@cache
def learned() -> Forest:
    """Return the trees that come with the program."""
    return Forest.from_json(json.loads(PATH.read_text()))
