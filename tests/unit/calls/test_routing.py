from __future__ import annotations

from collections import Counter
from typing import Any

from callwright.calls.routing import choose, prefixes_of


def trunk(name: str, *prefixes: str, priority: int = 0, weight: int = 10, shared: bool = False) -> dict[str, Any]:
    return {"id": name, "prefixes": list(prefixes), "priority": priority, "weight": weight, "shared": shared}


def test_the_prefix_decides_first_then_the_priority() -> None:
    trunks = [trunk("world", priority=5), trunk("us", "+1"), trunk("uk", "+44", priority=9)]
    assert choose("+12125550100", trunks)["id"] == "us"
    assert choose("+442079460000", trunks)["id"] == "world"
    assert choose("+442079460000", trunks[1:])["id"] == "uk"
    assert choose("+4930123456", trunks[1:]) is None


def test_an_own_trunk_goes_before_a_shared_one_of_the_same_priority() -> None:
    assert choose("+1", [trunk("shared", shared=True), trunk("own")])["id"] == "own"
    assert choose("+1", [trunk("shared", shared=True), trunk("own", priority=1)])["id"] == "shared"


def test_trunks_of_one_priority_share_by_weight() -> None:
    trunks = [trunk("big", weight=30), trunk("small", weight=10)]
    taken = Counter(choose("+1", trunks)["id"] for _ in range(4000))
    # 3000 are expected; the standard deviation is 27
    assert 2800 < taken["big"] < 3200


def test_what_trunks_carry_together() -> None:
    assert prefixes_of([trunk("a", "+1", "+44"), trunk("b", "+44")]) == "+1,+44"
    assert prefixes_of([trunk("a", "+1"), trunk("b")]) == ""
