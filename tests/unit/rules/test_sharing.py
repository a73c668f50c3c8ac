"""Sharing room: priorities first, then weights, exactly and for ever, and nobody starves or saves up."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from callwright.rules.sharing import Allotment, Sharer, Standing, allot


def shares(allotment: Allotment) -> Counter[str]:
    return Counter(allotment.turns)


def one(key: str, *, organisation: str = "o", wants: int = 100, priority: int = 5, weight: float = 1.0) -> Sharer:
    return Sharer(key=key, organisation_id=organisation, wants=wants, priority=priority, weight=weight, trunks=["t"])


def test_the_higher_priority_goes_first_whatever_the_organisation() -> None:
    sharers = [one("low", organisation="a"), one("high", organisation="b", priority=9, wants=3)]
    got = allot(sharers, {"a": Standing(free=9), "b": Standing(free=9)}, {"t": 5})
    assert got.turns == ["high", "high", "high", "low", "low"]


def test_one_priority_shares_by_weight() -> None:
    got = allot([one("a", weight=3), one("b")], {"o": Standing(free=100)}, {"t": 40})
    assert shares(got) == {"a": 30, "b": 10}


def test_organisations_share_a_trunk_evenly_however_many_campaigns_they_have() -> None:
    sharers = [one("a1", organisation="a"), one("a2", organisation="a"), one("b", organisation="b")]
    got = allot(sharers, {"a": Standing(free=100), "b": Standing(free=100)}, {"t": 40})
    assert shares(got) == {"a1": 10, "a2": 10, "b": 20}


def test_what_one_cannot_use_goes_to_the_others() -> None:
    got = allot([one("a", wants=2), one("b")], {"o": Standing(free=100)}, {"t": 10})
    assert shares(got) == {"a": 2, "b": 8}


def test_a_newcomer_begins_where_the_others_are() -> None:
    old, new = one("old", wants=1000), one("new", wants=1000)
    standing = Standing(free=1000)
    allot([old], {"o": standing}, {"t": 500})
    got = allot([old, new], {"o": standing}, {"t": 10})
    # at the start of what was served last, so one unit before it at most
    assert shares(got) == {"old": 4, "new": 6}


def test_small_rooms_beside_a_greedy_priority_starve_nobody() -> None:
    standing = Standing(free=10_000)
    high, a, b = one("high", wants=0, priority=9), one("a", wants=1000), one("b", wants=1000)
    total: Counter[str] = Counter()
    for _ in range(20):
        high.wants = 10
        total += shares(allot([high, a, b], {"o": standing}, {"t": 11}))
    assert total == {"high": 200, "a": 10, "b": 10}


def test_an_own_trunk_is_filled_before_the_shared_one() -> None:
    a = Sharer(key="a", organisation_id="a", priority=5, wants=4, trunks=["own", "shared"])
    b = Sharer(key="b", organisation_id="b", priority=5, wants=4, trunks=["shared"])
    got = allot([a, b], {"a": Standing(free=9), "b": Standing(free=9)}, {"own": 4, "shared": 4})
    assert shares(got) == {"a": 4, "b": 4}


@given(
    wants=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.sampled_from("xyz")), max_size=8),
    free=st.dictionaries(st.sampled_from("xyz"), st.integers(0, 40), min_size=3, max_size=3),
    room=st.integers(0, 60),
)
def test_no_bound_is_passed_and_no_room_is_wasted(
    wants: list[tuple[int, int, str]], free: dict[str, int], room: int
) -> None:
    sharers = [one(str(n), wants=w, priority=p, organisation=o) for n, (w, p, o) in enumerate(wants)]
    got = allot(sharers, {name: Standing(free=n) for name, n in free.items()}, {"t": room})
    counted = shares(got)
    for n, (want, _, _) in enumerate(wants):
        assert counted[str(n)] <= want
    usable = 0
    for name, n in free.items():
        mine = [str(i) for i, (_, _, o) in enumerate(wants) if o == name]
        assert sum(counted[key] for key in mine) <= n
        usable += min(n, sum(wants[int(key)][0] for key in mine))
    assert len(got.turns) == min(room, usable)
