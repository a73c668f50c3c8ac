"""The five rules hold in worlds made by chance: kills, lost answers, clock jumps, opt-outs, pauses, several dialers.

``./run bench simulated`` runs thousands more of the same.
"""

from __future__ import annotations

import pytest
from benchmarks.simulation.run import run

pytestmark = pytest.mark.postgres


async def test_no_rule_is_ever_broken(postgres_url: str) -> None:
    report = await run(postgres_url, range(1, 6), steps=70)
    assert report.faults == {}
    # they were no empty worlds
    assert report.campaigns >= 5
    assert report.invites > 20
    assert report.what["kill"]
    assert report.what["steer"]
