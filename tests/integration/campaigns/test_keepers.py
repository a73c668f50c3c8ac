"""What happens to campaigns by themselves: hours of lanes, beginnings, ends, counts; the last look before a call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from callwright.campaigns.completing import CompletionKeeper
from callwright.campaigns.counting import BATCH, CountKeeper
from callwright.campaigns.lanes import LaneKeeper
from callwright.store.database import Database
from support.calls import OWNER, World, make_world, numbers
from support.feeding import ANSWERED, BUSY, feeding_claims, make_campaign, settle_all, states

OFFICE = {"windows": [{"from": "09:00", "until": "17:00"}]}


async def state_of(world: World, campaign_id: str) -> tuple[str, str | None]:
    row = await world.database.fetchrow("SELECT state, state_reason FROM campaigns WHERE id = $1", campaign_id)
    assert row is not None
    return row["state"], row["state_reason"]


async def hours(world: World) -> list[tuple[datetime, datetime]]:
    rows = await world.database.fetch("SELECT open_from, open_until FROM lanes ORDER BY id")
    return [(row["open_from"], row["open_until"]) for row in rows]


async def counts(world: World, campaign_id: str) -> dict[str, Decimal]:
    rows = await world.database.fetch(
        "SELECT kind || ' ' || key AS what, sum(n) AS n FROM ("
        "  SELECT kind, key, n FROM campaign_counts WHERE campaign_id = $1"
        "  UNION ALL SELECT kind, key, n FROM campaign_deltas WHERE campaign_id = $1) AS a"
        " GROUP BY kind, key HAVING sum(n) <> 0",
        campaign_id,
    )
    return {row["what"].strip(): row["n"] for row in rows}


async def test_a_lane_opens_closes_and_opens_again_at_its_hours(database: Database) -> None:
    world = await make_world(database)
    world.clock.set_to(datetime(2026, 6, 1, 3, tzinfo=UTC))
    campaign_id = await make_campaign(world, *numbers(4), schedule=OFFICE, max_concurrent=1)
    claims, keeper = feeding_claims(world), LaneKeeper(database, world.clock)
    assert await hours(world) == [(datetime(2026, 6, 1, 13, tzinfo=UTC), datetime(2026, 6, 1, 21, tzinfo=UTC))]
    assert await claims.claim(OWNER) == []

    world.clock.set_to(datetime(2026, 6, 1, 13, tzinfo=UTC))
    first = await claims.claim(OWNER)
    assert len(first) == 1
    await settle_all(world, first)

    world.clock.set_to(datetime(2026, 6, 1, 21, tzinfo=UTC))
    assert await claims.claim(OWNER) == []
    assert await keeper.look() is False
    assert await hours(world) == [(datetime(2026, 6, 2, 13, tzinfo=UTC), datetime(2026, 6, 2, 21, tzinfo=UTC))]
    assert await states(world, campaign_id) == {"done": 1, "waiting": 3}
    await world.assert_sound()


async def test_lanes_are_closed_from_a_change_of_hours_until_they_are_computed(database: Database) -> None:
    world = await make_world(database)
    world.clock.set_to(datetime(2026, 6, 1, 15, tzinfo=UTC))
    await make_campaign(world, *numbers(1), schedule=OFFICE, purpose="transactional")
    keeper = LaneKeeper(database, world.clock)
    await database.execute("UPDATE organisations SET calling_from = '12:00'")
    assert await feeding_claims(world).claim(OWNER) == []
    await keeper.look()
    assert await hours(world) == [(datetime(2026, 6, 1, 16, tzinfo=UTC), datetime(2026, 6, 1, 21, tzinfo=UTC))]
    await database.execute("UPDATE campaigns SET ends_at = '2026-06-01 17:00+00'")
    await keeper.look()
    assert await hours(world) == [(datetime(2026, 6, 1, 16, tzinfo=UTC), datetime(2026, 6, 1, 17, tzinfo=UTC))]
    # nothing to do any more
    world.clock.set_to(datetime(2026, 6, 1, 17, tzinfo=UTC))
    await keeper.look()
    assert (await database.fetchval("SELECT open_from FROM lanes")) is None


@pytest.mark.parametrize(
    ("change", "rule", "outcome"),
    [
        ("UPDATE campaigns SET state = 'paused'", "campaign_paused", None),
        ("UPDATE campaigns SET held = true", "campaign_paused", None),
        ("UPDATE campaigns SET state = 'cancelled'", "cancelled", "cancelled"),
        ("UPDATE campaigns SET state = 'completed'", "campaign_over", "skipped"),
        (
            """UPDATE campaigns SET schedule = '{"windows": [{"from": "03:00", "until": "04:00"}]}'""",
            "campaign_hours",
            None,
        ),
    ],
)
async def test_what_changed_since_the_claim_is_seen_before_the_call(
    database: Database, change: str, rule: str, outcome: str | None
) -> None:
    world = await make_world(database)
    world.clock.set_to(datetime(2026, 6, 1, 15, tzinfo=UTC))
    campaign_id = await make_campaign(world, *numbers(1), schedule=OFFICE)
    (attempt,) = await feeding_claims(world, deciding=False).claim(OWNER)
    await database.execute(change)

    assert await world.dialing.begin(attempt) is None

    decision = await database.fetchrow("SELECT verdict, rule, inputs, decided_at FROM contactability")
    assert decision is not None
    assert decision["rule"] == rule
    call = await database.fetchrow("SELECT status, outcome, lane_id, attempts, due_at FROM calls")
    assert call is not None
    assert call["outcome"] == outcome
    assert call["lane_id"] is not None
    if outcome is None:
        # back in its lane, as if it had never been claimed
        assert (call["status"], call["attempts"]) == ("queued", 0)
        assert await states(world, campaign_id) == {"active": 1}
    else:
        assert await states(world, campaign_id) == {"done": 1}
    assert await database.fetchval("SELECT sum(used) FROM limits") == 0
    await world.assert_sound()


async def test_what_was_put_back_goes_first_after_a_resume(database: Database) -> None:
    world = await make_world(database)
    campaign_id = await make_campaign(world, *numbers(2), max_concurrent=1)
    claims = feeding_claims(world, deciding=False)
    (attempt,) = await claims.claim(OWNER)
    await database.execute("UPDATE campaigns SET state = 'paused'")
    assert await world.dialing.begin(attempt) is None
    await database.execute("UPDATE campaigns SET state = 'running' WHERE id = $1", campaign_id)
    (again,) = await claims.claim(OWNER)
    assert again.call_id == attempt.call_id
    assert await world.dialing.begin(again) is not None


async def test_a_scheduled_campaign_begins_at_its_time_and_completes_when_nobody_is_left(database: Database) -> None:
    world = await make_world(database)
    world.clock.set_to(datetime(2026, 6, 1, 14, tzinfo=UTC))
    starts: Any = datetime(2026, 6, 1, 15, tzinfo=UTC)
    campaign_id = await make_campaign(world, *numbers(1), state="scheduled", starts_at=starts)
    told: list[None] = []
    keeper = CompletionKeeper(database, world.clock, on_change=lambda: told.append(None))
    claims = feeding_claims(world)
    await keeper.look()
    assert await state_of(world, campaign_id) == ("scheduled", None)

    world.clock.set_to(starts)
    await keeper.look()
    assert await state_of(world, campaign_id) == ("running", None)
    attempts = await claims.claim(OWNER)
    assert len(attempts) == 1
    await keeper.look()
    assert await state_of(world, campaign_id) == ("running", None)
    await settle_all(world, attempts)
    await keeper.look()
    assert await state_of(world, campaign_id) == ("completed", None)
    assert await world.events(campaign_id) == ["campaign.started", "campaign.completed"]
    assert len(told) == 2
    await world.assert_sound()


async def test_a_campaign_that_is_still_filled_is_not_complete(database: Database) -> None:
    world = await make_world(database)
    campaign_id = await make_campaign(world, filling=True)
    keeper = CompletionKeeper(database, world.clock)
    await keeper.look()
    assert await state_of(world, campaign_id) == ("running", None)
    await database.execute("UPDATE campaigns SET filling = false")
    await keeper.look()
    assert (await state_of(world, campaign_id))[0] == "completed"


async def test_the_end_of_a_campaign_leaves_a_reason_and_no_queued_call(database: Database) -> None:
    world = await make_world(database, channels=2)
    world.clock.set_to(datetime(2026, 6, 1, 14, tzinfo=UTC))
    ends: Any = datetime(2026, 6, 1, 15, tzinfo=UTC)
    campaign_id = await make_campaign(
        world,
        *numbers(5),
        ends_at=ends,
        template={"retry": {"busy": {"count": 3, "delay_seconds": 600, "backoff": 1}}},
    )
    keeper = CompletionKeeper(database, world.clock)
    claims = feeding_claims(world)
    await settle_all(world, await claims.claim(OWNER), BUSY)
    world.clock.set_to(ends)
    assert await claims.claim(OWNER) == []
    # those that wait to be called again end as every call does that waits past its end
    await database.execute("UPDATE campaigns SET state = 'completed', ended_at = now(), state_reason = 'its end came'")
    await keeper.look()
    assert await states(world, campaign_id) == {"done": 2, "waiting": 3}
    rows = await database.fetch("SELECT outcome, reason FROM calls")
    assert {(row["outcome"], row["reason"]) for row in rows} == {("expired", "its campaign is over: its end came")}
    await world.assert_sound()


async def test_past_its_end_a_campaign_completes_with_those_who_were_not_reached(database: Database) -> None:
    world = await make_world(database)
    world.clock.set_to(datetime(2026, 6, 1, 14, tzinfo=UTC))
    ends: Any = datetime(2026, 6, 1, 15, tzinfo=UTC)
    campaign_id = await make_campaign(world, *numbers(3), ends_at=ends, state="paused")
    keeper = CompletionKeeper(database, world.clock)
    await keeper.look()
    assert (await state_of(world, campaign_id))[0] == "paused"
    world.clock.set_to(ends)
    await keeper.look()
    state, reason = await state_of(world, campaign_id)
    assert state == "completed"
    assert reason == "its end, 2026-06-01T15:00:00+00:00, came before 3 of its recipients were called"


async def test_a_cancelled_campaign_ends_its_queued_calls(database: Database) -> None:
    world = await make_world(database)
    campaign_id = await make_campaign(
        world, *numbers(2), template={"retry": {"busy": {"count": 1, "delay_seconds": 600, "backoff": 1}}}
    )
    await settle_all(world, await feeding_claims(world).claim(OWNER), BUSY)
    await database.execute("UPDATE campaigns SET state = 'cancelled', ended_at = now() WHERE id = $1", campaign_id)
    await CompletionKeeper(database, world.clock).look()
    rows = await database.fetch("SELECT outcome, reason FROM recipients")
    assert {(row["outcome"], row["reason"]) for row in rows} == {("cancelled", "its campaign was cancelled")}
    await world.assert_sound()


async def test_counts_are_exact_before_and_after_they_are_folded(database: Database) -> None:
    world = await make_world(database)
    campaign_id = await make_campaign(world, *numbers(5), max_concurrent=3)
    keeper = CountKeeper(database, world.clock)
    attempts = await feeding_claims(world).claim(OWNER)
    for attempt in attempts:
        await world.dialing.begin(attempt)
    await world.ledger.settle(attempts[0].id, ANSWERED)
    await world.ledger.settle(attempts[1].id, BUSY)
    before = await counts(world, campaign_id)
    assert before["state waiting"] == 2
    assert before["state active"] == 1
    assert before["state done"] == 2
    assert before["outcome human"] == before["outcome busy"] == 1
    assert before["attempt human"] == before["attempt busy"] == 1

    assert await keeper.look() is False
    assert await database.fetchval("SELECT count(*) FROM campaign_deltas") == 0
    assert await counts(world, campaign_id) == before
    # again, and for a campaign that is gone
    await database.execute(
        "INSERT INTO campaign_deltas (campaign_id, kind, key, n) SELECT 'cmp_gone', 'state', 'done', 1"
        " FROM generate_series(1, $1)",
        BATCH,
    )
    assert await keeper.look() is True
    assert await keeper.look() is False
    assert await counts(world, campaign_id) == before
    await world.assert_sound()


async def test_of_two_that_count_one_works(database: Database) -> None:
    world = await make_world(database)
    campaign_id = await make_campaign(world, *numbers(5))
    before = await counts(world, campaign_id)
    async with database.transaction() as other:
        assert await other.fetchval("SELECT pg_try_advisory_xact_lock(hashtextextended('campaign counts', 0))")
        assert await CountKeeper(database, world.clock).look() is False
        assert await database.fetchval("SELECT count(*) FROM campaign_deltas") > 0
    await CountKeeper(database, world.clock).look()
    assert await counts(world, campaign_id) == before


async def test_past_hours_are_not_looked_at_for_ever(database: Database) -> None:
    world = await make_world(database)
    await make_campaign(world, *numbers(1), ends_at=world.clock.now() - timedelta(hours=1))
    keeper = LaneKeeper(database, world.clock)
    await keeper.look()
    assert await database.fetchval("SELECT open_until > now() + interval '1 year' FROM lanes")
