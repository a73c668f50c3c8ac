"""A call that lasts too long is ended, once, with the reason; a shorter one goes on."""

from __future__ import annotations

import asyncio

import pytest

from callwright.accounts.models import operator
from callwright.calls.claims import CallClaims
from callwright.calls.limits import CallLimitService
from callwright.dispatch import lengths
from callwright.dispatch.lengths import keep_within_length
from callwright.store.database import Database
from support.calls import OWNER, make_world


async def test_only_the_long_call_is_ended(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lengths, "PASS_SECONDS", 0.05)
    world = await make_world(database)
    organisation = world.principal.organisation
    limits = CallLimitService(database, world.clock)
    await limits.change(organisation, {"max_call_seconds": 60}, operator(organisation.id))
    await world.post("+12125550101", "+12125550102")
    long, short = await CallClaims(database, world.clock).claim(OWNER)
    for attempt in (long, short):
        await world.ledger.answered(attempt.id, {}, [])
    await database.execute("UPDATE attempts SET answered_at = now() - interval '61 seconds' WHERE id = $1", long.id)
    ended: list[tuple[str, str]] = []
    heard = asyncio.Event()

    async def end(attempt_id: str, reason: str) -> None:
        ended.append((attempt_id, reason))
        heard.set()

    work = asyncio.create_task(
        keep_within_length(database, live=lambda: [long.id, short.id], end=end, clock=world.clock)
    )
    async with asyncio.timeout(10):
        await heard.wait()
    work.cancel()

    assert ended == [(long.id, "calls may last 60 seconds (max_call_seconds)")]
