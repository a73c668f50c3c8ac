"""Request rates that one process counts by itself."""

from __future__ import annotations

import pytest

from callwright.accounts import request_memory
from callwright.accounts.request_memory import MemoryHits


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [1_000_000.0]
    monkeypatch.setattr(request_memory.time, "time", lambda: moment[0])
    return moment


async def test_no_more_than_the_limit_within_the_window(now: list[float]) -> None:
    hits = MemoryHits()
    assert [await hits.acquire_entry("k", 2, 1) for _ in range(3)] == [True, True, False]
    assert await hits.acquire_entry("other", 2, 1)
    assert await hits.get_moving_window("k", 2, 1) == (1_000_000.0, 2)

    now[0] += 0.5
    assert not await hits.acquire_entry("k", 2, 1)
    now[0] += 0.6
    assert await hits.acquire_entry("k", 2, 1, amount=2)
    assert not await hits.acquire_entry("k", 2, 1)


async def test_the_window_moves_request_by_request(now: list[float]) -> None:
    hits = MemoryHits()
    assert await hits.acquire_entry("k", 2, 10)
    now[0] += 6
    assert await hits.acquire_entry("k", 2, 10)
    now[0] += 5
    assert await hits.get_moving_window("k", 2, 10) == (1_000_006.0, 1)
    assert await hits.acquire_entry("k", 2, 10)
    assert not await hits.acquire_entry("k", 2, 10)


async def test_more_at_once_than_the_limit_is_refused(now: list[float]) -> None:
    hits = MemoryHits()
    assert not await hits.acquire_entry("k", 2, 1, amount=3)
    assert await hits.get("k") == 0


async def test_who_is_not_known_has_an_empty_window(now: list[float]) -> None:
    assert await MemoryHits().get_moving_window("nobody", 5, 1) == (now[0], 0)


async def test_keys_that_nobody_uses_any_more_are_forgotten(now: list[float]) -> None:
    hits = MemoryHits()
    await hits.acquire_entry("short", 5, 1)
    await hits.acquire_entry("long", 5, 60)
    now[0] += 20
    await hits.acquire_entry("new", 5, 1)
    assert await hits.reset() == 2


async def test_counting_and_forgetting(now: list[float]) -> None:
    hits = MemoryHits()
    assert await hits.incr("k", 60) == 1
    assert await hits.incr("k", 60, 2) == 3
    assert (await hits.get("k"), await hits.get_expiry("k")) == (3, now[0])
    await hits.clear("k")
    assert await hits.get("k") == 0
    assert await hits.check()
    assert hits.base_exceptions is ValueError
