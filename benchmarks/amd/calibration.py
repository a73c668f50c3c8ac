"""How often a verdict at a score was right: counted on clips that the trees were not grown on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.amd.measure import Outcome
from callwright.speech.listen.events import Answerer
from callwright.speech.listen.score import Forest, Odds

#: Steps that hold fewer clips are joined with the next.
_FEWEST = 40


def calibrated(forest: Forest, outcomes: Sequence[Outcome]) -> Forest:
    """Return the trees with the odds of first verdicts by score."""
    odds = {}
    for answerer in (Answerer.HUMAN, Answerer.MACHINE):
        pairs = [
            (o.score, o.first.answerer.value == o.clip.take.who)
            for o in outcomes
            if o.first is not None and o.score is not None and o.first.answerer is answerer
        ]
        odds[answerer.value] = steps(pairs, rising=answerer is Answerer.MACHINE)
    return replace(forest, odds=odds)


def steps(pairs: Sequence[tuple[float, bool]], *, rising: bool) -> Odds:
    """Return from which score on how often the verdict was right: never falling, or never rising, with the score.

    Isotonic regression by pooling neighbours (Ayer and others 1955); a step's share is Laplace's, so none is certain.
    """
    if not pairs:
        return Odds(limits=(), shares=(0.5,))
    ordered = sorted(pairs, reverse=not rising)
    #: First score, clips, clips that were right; shares rise from each to the next.
    pools: list[list[float]] = []
    for place in range(0, len(ordered), _FEWEST):
        some = ordered[place : place + _FEWEST]
        pools.append([some[0][0], len(some), sum(right for _, right in some)])
        while len(pools) > 1 and _share(pools[-2]) >= _share(pools[-1]):
            _, clips, right = pools.pop()
            pools[-1][1] += clips
            pools[-1][2] += right
    shares = [_share(pool) for pool in pools]
    limits = [first for first, _, _ in pools[1:]]
    if not rising:
        shares, limits = shares[::-1], limits[::-1]
    return Odds(
        limits=tuple(round(float(limit), 3) for limit in limits),
        shares=tuple(round(float(share), 3) for share in shares),
    )


def _share(pool: list[float]) -> float:
    _, clips, right = pool
    return (right + 1) / (clips + 2)
