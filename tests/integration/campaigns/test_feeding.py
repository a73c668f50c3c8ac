"""Recipients of running campaigns become calls in the claim, each once, inside every limit, in fair shares."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from callwright.calls.claims import CallClaims
from callwright.campaigns.feeding import CampaignFeeder
from callwright.numbers.suppressions import opt_out
from callwright.store.database import Connection, Database
from support.calls import OWNER, make_world, numbers
from support.feeding import BUSY, feeding_claims, make_campaign, settle_all, states
from support.money import SHEET, meter


async def test_waiting_recipients_become_calls_that_are_dialled(database: Database) -> None:
    world = await make_world(database)
    campaign_id = await make_campaign(world, *numbers(3), template={"variables": {"a": "1"}, "retry": None})
    claims = feeding_claims(world)

    attempts = await claims.claim(OWNER)

    assert [attempt.to_number for attempt in attempts] == list(numbers(3))
    # the others wait for their turn on the trunk
    assert attempts[0].permission is not None
    assert attempts[0].variables == {"a": "1"}
    assert await states(world, campaign_id) == {"active": 3}
    assert await world.events(attempts[0].call_id) == ["call.queued", "call.dialing"]
    assert await world.events(attempts[1].call_id) == ["call.queued"]
    assert await claims.claim(OWNER) == []

    await settle_all(world, attempts)
    assert await states(world, campaign_id) == {"done": 3}
    assert await claims.claim(OWNER) == []
    await world.assert_sound()


async def test_only_a_running_campaign_is_fed_from(database: Database) -> None:
    world = await make_world(database)
    for state in ("draft", "scheduled", "paused", "completed", "cancelled"):
        await make_campaign(world, "+12125550101", state=state)
    await make_campaign(world, "+12125550101", held=True)
    assert await feeding_claims(world).claim(OWNER) == []


async def test_a_campaign_never_has_more_calls_in_the_air_than_it_may(database: Database) -> None:
    world = await make_world(database)
    campaign_id = await make_campaign(world, *numbers(5), max_concurrent=2)
    claims = feeding_claims(world)
    first = await claims.claim(OWNER)
    assert len(first) == 2
    assert claims.bounded
    assert await claims.claim(OWNER) == []
    await world.ledger.settle(first[0].id, BUSY)
    (third,) = await claims.claim(OWNER)
    assert third.to_number == numbers(5)[2]
    assert await states(world, campaign_id) == {"done": 1, "active": 2, "waiting": 2}
    await world.assert_sound()


async def test_campaigns_and_single_calls_share_by_weight(database: Database) -> None:
    world = await make_world(database, capacity=200, channels=40)
    heavy = await make_campaign(world, *numbers(100, start=5551000), weight=2.0)
    light = await make_campaign(world, *numbers(100, start=5552000))
    await world.post(*numbers(100, start=5553000))
    attempts = await feeding_claims(world).claim(OWNER)
    assert Counter(attempt.campaign_id for attempt in attempts) == {heavy: 20, light: 10, None: 10}
    await world.assert_sound()


async def test_what_one_campaign_cannot_use_goes_to_the_others(database: Database) -> None:
    world = await make_world(database, channels=20)
    few = await make_campaign(world, *numbers(3, start=5551000))
    many = await make_campaign(world, *numbers(100, start=5552000))
    attempts = await feeding_claims(world).claim(OWNER)
    assert Counter(attempt.campaign_id for attempt in attempts) == {few: 3, many: 17}


async def test_higher_priorities_go_first(database: Database) -> None:
    world = await make_world(database, channels=10)
    await make_campaign(world, *numbers(100, start=5551000), priority=4)
    await world.post(*numbers(6, start=5552000), priority=5)
    urgent = await make_campaign(world, *numbers(3, start=5553000), priority=9)
    attempts = await feeding_claims(world).claim(OWNER)
    assert [attempt.campaign_id for attempt in attempts[:3]] == [urgent] * 3
    assert [attempt.campaign_id for attempt in attempts[3:9]] == [None] * 6
    assert len(attempts) == 10


async def test_organisations_share_a_trunk_evenly_over_many_claims(database: Database) -> None:
    world = await make_world(database, capacity=200, channels=7)
    await database.execute("UPDATE trunks SET shared = true")
    other = await world.accounts.create_organisation("Other", time_zone="America/New_York")
    await world.accounts.set_concurrent_calls(other.id, 200)
    mine = [await make_campaign(world, *numbers(60, start=5551000 + 100 * n)) for n in range(3)]
    theirs = await make_campaign(world, *numbers(60, start=5556000), organisation_id=other.id)
    claims, got = feeding_claims(world), Counter[str | None]()
    for _ in range(10):
        attempts = await claims.claim(OWNER)
        got.update(attempt.campaign_id for attempt in attempts)
        await settle_all(world, attempts)
    assert got[theirs] == 35
    assert sum(got[key] for key in mine) == 35
    assert max(got[key] for key in mine) - min(got[key] for key in mine) <= 1
    await world.assert_sound()


async def test_the_lane_that_closes_first_goes_first(database: Database) -> None:
    world = await make_world(database, channels=3)
    world.clock.set_to(datetime(2026, 6, 1, 18, tzinfo=UTC))
    await world.open_countries()
    late, early = numbers(3), ["+493023125001", "+493023125002"]
    campaign_id = await make_campaign(
        world, *late, *early, schedule={"windows": [{"from": "09:00", "until": "21:00"}]}, purpose="emergency"
    )
    attempts = await feeding_claims(world).claim(OWNER)
    assert [attempt.to_number for attempt in attempts] == [*early, late[0]]
    assert await states(world, campaign_id) == {"active": 3, "waiting": 2}


async def test_retries_wait_in_their_lane_and_go_before_those_who_wait(database: Database) -> None:
    world = await make_world(database, channels=2)
    campaign_id = await make_campaign(
        world, *numbers(4), template={"retry": {"busy": {"count": 1, "delay_seconds": 0, "backoff": 1}}}
    )
    claims = feeding_claims(world)
    first = await claims.claim(OWNER)
    await settle_all(world, first, BUSY)
    assert await states(world, campaign_id) == {"active": 2, "waiting": 2}
    assert await database.fetchval("SELECT count(*) FROM calls WHERE status = 'queued' AND lane_id IS NULL") == 0
    # nothing of it is claimed while it is paused, and its calls are not touched
    await database.execute("UPDATE campaigns SET state = 'paused' WHERE id = $1", campaign_id)
    assert await claims.claim(OWNER) == []
    await database.execute("UPDATE campaigns SET state = 'running' WHERE id = $1", campaign_id)
    again = await claims.claim(OWNER)
    assert [attempt.call_id for attempt in again] == [attempt.call_id for attempt in first]
    assert [attempt.ordinal for attempt in again] == [2, 2]
    await settle_all(world, again, BUSY)
    assert await states(world, campaign_id) == {"done": 2, "waiting": 2}
    await world.assert_sound()


async def test_another_number_of_the_same_person_is_tried(database: Database) -> None:
    world = await make_world(database)
    campaign_id = await make_campaign(world, "+12125550101", template={"other_number_after": ["busy"]})
    await database.execute("UPDATE recipients SET other_numbers = ARRAY['+12125550102']")
    claims = feeding_claims(world)
    await settle_all(world, await claims.claim(OWNER), BUSY)
    assert await states(world, campaign_id) == {"again": 1}
    (second,) = await claims.claim(OWNER)
    assert second.to_number == "+12125550102"
    await settle_all(world, [second], BUSY)
    assert await states(world, campaign_id) == {"done": 1}
    await world.assert_sound()


async def test_a_campaigns_rate_spreads_its_calls_and_holds_nobody_up(database: Database) -> None:
    world = await make_world(database, rate=100)
    slow = await make_campaign(world, *numbers(20, start=5551000), calls_per_second=10)
    await world.post(*numbers(5, start=5552000))
    claims, taken = feeding_claims(world), []
    for _ in range(5):
        taken += await claims.claim(OWNER)
    mine = sorted(attempt.not_before for attempt in taken if attempt.campaign_id == slow)
    assert len(mine) >= 2
    assert all(b - a >= timedelta(seconds=0.1) for a, b in pairwise(mine))
    singles = [attempt for attempt in taken if attempt.campaign_id is None]
    assert len(singles) == 5
    assert max(attempt.not_before for attempt in singles) < mine[0] + timedelta(seconds=0.1)
    assert claims.bounded


async def test_an_organisations_rate_bounds_single_calls_and_campaigns_together(database: Database) -> None:
    world = await make_world(database)
    await database.execute("UPDATE limits SET calls_per_second = 5 WHERE kind = 'organisation'")
    await make_campaign(world, *numbers(5, start=5551000))
    await world.post(*numbers(5, start=5552000))
    claims, taken = feeding_claims(world), []
    for _ in range(3):
        taken += await claims.claim(OWNER)
    times = sorted(attempt.not_before for attempt in taken)
    assert times
    assert all(b - a >= timedelta(seconds=0.2) for a, b in pairwise(times))


async def test_numbers_of_a_pool_are_taken_a_recipient(database: Database) -> None:
    world = await make_world(database)
    campaign_id = await make_campaign(world, *numbers(2), template={"pool_id": "npl_gone", "from_number": ""})
    assert await feeding_claims(world).claim(OWNER) == []
    row = await database.fetchrow("SELECT state, state_reason FROM campaigns WHERE id = $1", campaign_id)
    assert row is not None
    assert row["state"] == "paused"
    assert "no verified number" in row["state_reason"]
    assert await world.events(campaign_id) == ["campaign.paused"]
    assert await states(world, campaign_id) == {"waiting": 2}


async def test_a_number_without_a_trunk_is_passed_over(database: Database) -> None:
    world = await make_world(database)
    await world.open_countries()
    await database.execute("UPDATE trunks SET prefixes = '{+1}'")
    campaign_id = await make_campaign(world, "+493023125001", *numbers(2), "+493023125002")
    claims = feeding_claims(world)
    attempts = await claims.claim(OWNER)
    assert [attempt.to_number for attempt in attempts] == list(numbers(2))
    assert await claims.claim(OWNER) == []
    assert await states(world, campaign_id) == {"active": 2, "waiting": 2}
    await database.execute("UPDATE trunks SET prefixes = '{}'")
    assert len(await claims.claim(OWNER)) == 2
    await world.assert_sound()


async def test_an_opt_out_stops_those_who_wait(database: Database) -> None:
    world = await make_world(database)
    await make_campaign(world, *numbers(2), purpose="transactional", schedule={})
    async with database.transaction() as connection:
        await opt_out(
            connection,
            organisation_id=world.principal.organisation.id,
            e164=numbers(2)[0],
            scope="organisation",
            scope_key="",
            evidence="said stop",
            source="api",
            call_id=None,
        )
    await database.execute("UPDATE organisations SET calling_from = NULL, calling_until = NULL")
    await database.execute("UPDATE lanes SET open_from = now() - interval '1 h', open_until = now() + interval '1 h'")
    for attempt in await feeding_claims(world, deciding=False).claim(OWNER):
        permission = await world.dialing.begin(attempt)
        assert (permission is None) == (attempt.to_number == numbers(2)[0])
    outcome = await database.fetchval("SELECT outcome FROM recipients WHERE to_number = $1", numbers(2)[0])
    assert outcome == "skipped"
    await world.assert_sound()


async def test_a_campaign_without_money_makes_no_more_calls(database: Database) -> None:
    world = await make_world(database, channels=5)
    await meter(database, world.principal.organisation.id, paid="10", sheet=SHEET)
    campaign_id = await make_campaign(world, *numbers(50), budget=Decimal("0.03"))
    claims = feeding_claims(world)
    attempts = await claims.claim(OWNER)
    assert len(attempts) == 2
    for _ in range(3):
        assert await claims.claim(OWNER) == []
    # those that there was room for when the money ended, and nobody else, wait for money
    assert await states(world, campaign_id) == {"active": 5, "waiting": 45}
    await world.assert_sound()


class _Counting(CampaignFeeder):
    """Counts the statements of the claims that it feeds."""

    statements = 0

    async def look(self, connection: Connection) -> Mapping[str, Sequence[str]]:
        def count(record: Any) -> None:
            # asyncpg asks about types that a connection has not met
            self.statements += not re.search("typeinfo_tree|current_setting|current_schema", record.query)

        # the claim's first word with its connection
        with connection.query_logger(count):
            found = await super().look(connection)
        connection.add_query_logger(count)
        return found


async def test_a_claim_costs_the_same_whatever_the_size_of_the_campaign(database: Database) -> None:
    world = await make_world(database, channels=10)
    used = []
    for people in (10, 3000):
        campaign_id = await make_campaign(world, *numbers(people, start=5550000 + people))
        feeder = _Counting(world.clock)
        attempts = await CallClaims(database, world.clock, feeder=feeder).claim(OWNER)
        assert len(attempts) == 10
        used.append(feeder.statements)
        await settle_all(world, attempts)
        await database.execute("UPDATE campaigns SET state = 'paused' WHERE id = $1", campaign_id)
        await database.pool.expire_connections()
    assert used[0] == used[1] == 12


async def test_an_organisation_without_a_campaign_pays_one_look(database: Database) -> None:
    world = await make_world(database)
    feeder = _Counting(world.clock)
    claims = CallClaims(database, world.clock, feeder=feeder)
    await world.post(*numbers(2))
    assert len(await claims.claim(OWNER)) == 2
    # look, counters, trunks, calls, attempts, flows, and the commit; extensions are asked for where there are some
    assert feeder.statements == 7
