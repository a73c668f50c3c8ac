"""Every call of the simulated campaigns is settled."""

from __future__ import annotations

from benchmarks.simulator import BARE, CONDITIONS, measure


def test_every_call_ends_as_it_should() -> None:
    for name in CONDITIONS:
        found = measure(name, 20)
        assert found["outcomes"] == ({} if name == BARE else {"answered": 20})
        assert found["virtual_seconds"] > 7
