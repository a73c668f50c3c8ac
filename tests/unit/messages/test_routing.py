"""Which route carries a message."""

from __future__ import annotations

from collections import Counter
from typing import Any

from callwright.messages.retrying import LADDER, again_after
from callwright.messages.routing import choose, prefixes_of

TO = "+12125550101"


def route(name: str, **columns: Any) -> dict[str, Any]:
    """Return a row of ``rooms``."""
    usual = {"channel": "sms", "kind": "smpp", "prefixes": [], "priority": 0, "shared": False, "weight": 1.0}
    return {"id": name, **usual, **columns}


def test_nothing_carries_what_no_route_may() -> None:
    assert choose(TO, []) is None
    assert choose(TO, [route("a", prefixes=["+44"])]) is None


def test_priority_comes_first_then_ones_own() -> None:
    routes = [route("late", priority=5), route("shared", shared=True), route("own")]
    chosen = choose(TO, routes)
    assert chosen is not None
    assert chosen["id"] == "own"


def test_among_equals_chance_decides_by_weight() -> None:
    routes = [route("a", weight=9.0), route("b", weight=1.0)]
    counts = Counter(chosen["id"] for _ in range(2000) if (chosen := choose(TO, routes)) is not None)
    assert counts["a"] > 4 * counts["b"] > 0


def test_pictures_go_over_gateways_and_emails_by_domain() -> None:
    assert choose(TO, [route("bind")], media=True) is None
    gateway = choose(TO, [route("bind"), route("gateway", kind="http", priority=9)], media=True)
    assert gateway is not None
    assert gateway["id"] == "gateway"
    mail = route("mail", channel="email", kind="smtp", prefixes=["example.com"])
    assert choose("a@example.com", [mail]) is mail
    assert choose("a@badexample.com", [mail]) is None


def test_prefixes_of_all_routes_together() -> None:
    assert prefixes_of([route("a", prefixes=["+44"]), route("b", prefixes=["+1", "+44"])]) == "+1,+44"
    assert prefixes_of([route("a", prefixes=["+44"]), route("b")]) == ""


def test_a_refused_message_is_tried_for_almost_sixteen_hours() -> None:
    assert again_after(1) == LADDER[0]
    assert again_after(len(LADDER) + 1) is None
    assert 15 * 3600 < sum(LADDER) < 16 * 3600
