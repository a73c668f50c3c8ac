"""Rule 5: whichever way a wish comes, nobody in its scope is dialled after it."""

from __future__ import annotations

import asyncio

import pytest
from cryptography.fernet import Fernet

from callwright.calls.claims import CallClaims
from callwright.calls.models import Call, NewCall
from callwright.consents.links import UnsubscribeLinks, Wish
from callwright.flows import commands
from callwright.numbers.suppressions import opt_out
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from callwright.store.secrets import SecretBox
from support.calls import FLOW, OWNER, World, make_world, marketing, numbers

pytestmark = pytest.mark.postgres

SARAH = "+12125550101"


async def campaign(world: World, name: str, *to: str, topic: str | None = None) -> list[Call]:
    """Create a campaign that calls ``to``."""
    new = [NewCall(to_number=one, from_number="+12125550100", flow=FLOW, topic=topic) for one in to]
    async with world.database.transaction() as connection:
        return await world.calls.create(world.principal, new, campaign_name=name, connection=connection)


async def press_nine(world: World, scope: str, topic: str | None = None) -> None:
    """Let Sarah press the key in a call of a campaign."""
    (call,) = await campaign(world, "pressed", SARAH, topic=topic)
    (attempt,) = [one for one in await world.claims.claim(OWNER) if one.call_id == call.id]
    assert await world.dialing.begin(attempt) is not None
    await world.ledger.answered(attempt.id, {}, [commands.OptOut(scope=scope, evidence="key 9")])
    await world.database.execute("UPDATE attempts SET state = 'ended', ended_at = now() WHERE id = $1", attempt.id)


async def by_api(world: World, scope: str, key: str) -> None:
    async with world.database.transaction() as connection:
        await opt_out(
            connection,
            organisation_id=world.principal.organisation.id,
            e164=SARAH,
            scope=scope,
            scope_key=key,
            evidence="entered by API",
            who=world.principal.actor,
        )


async def by_link(world: World, scope: str, key: str) -> None:
    links = UnsubscribeLinks(SecretBox(Fernet.generate_key()))
    wish = Wish(organisation_id=world.principal.organisation.id, address=SARAH, scope=scope, scope_key=key)
    async with world.database.transaction() as connection:
        await links.carry_out(connection, links.read(links.token(wish)))


async def outcomes(world: World, calls: list[Call]) -> list[Outcome | None]:
    return [(await world.queries.get(call.organisation_id, call.id)).outcome for call in calls]


@pytest.mark.parametrize("way", ["api", "link"])
@pytest.mark.parametrize(
    ("scope", "key", "stopped"),
    [
        ("organisation", "", [True, True, True]),
        ("channel", "call", [True, True, True]),
        ("channel", "sms", [False, False, False]),
        ("topic", "OFFERS", [True, True, False]),
        ("campaign", "first", [True, False, False]),
    ],
)
async def test_a_wish_stops_what_is_queued_in_its_scope(
    database: Database, way: str, scope: str, key: str, stopped: list[bool]
) -> None:
    world = await make_world(database)
    first = await campaign(world, "first", SARAH, topic="Offers")
    second = await campaign(world, "second", SARAH, topic="offers")
    third = await campaign(world, "third", SARAH)
    stranger = await campaign(world, "first", "+12125550102", topic="Offers")
    if scope == "campaign":
        key = first[0].campaign_id or ""
    await (by_api if way == "api" else by_link)(world, scope, key)

    claims = CallClaims(database, world.clock)
    dialled = set()
    for _ in range(8):
        for attempt in await claims.claim(OWNER):
            if attempt.permission is not None or await world.dialing.begin(attempt) is not None:
                dialled.add(attempt.call_id)
                # so that the next call to the same number is not kept waiting
                await database.execute("UPDATE attempts SET state = 'ended' WHERE id = $1", attempt.id)
        await database.execute("UPDATE calls SET due_at = now() WHERE status = 'queued'")
    ends = await outcomes(world, [*first, *second, *third])
    assert [end is Outcome.SKIPPED for end in ends] == stopped
    assert [call.id not in dialled for call in (*first, *second, *third)] == stopped
    assert stranger[0].id in dialled


async def test_a_wish_stops_what_is_claimed_but_not_dialled(database: Database) -> None:
    world = await make_world(database)
    calls = await campaign(world, "news", *numbers(3), topic="news")
    attempts = await world.claims.claim(OWNER)
    assert len(attempts) == 3
    organisation = world.principal.organisation.id
    async with database.transaction() as connection:
        for call in calls:
            await opt_out(
                connection,
                organisation_id=organisation,
                e164=call.to_number,
                scope="topic",
                scope_key="News",
                evidence='said "stop calling me"',
                source="spoken",
            )
    assert [await world.dialing.begin(attempt) for attempt in attempts] == [None] * 3
    assert await outcomes(world, calls) == [Outcome.SKIPPED] * 3
    (decision,) = await world.queries.decisions(organisation, calls[0].id)
    assert decision["rule"] == "opted_out"
    assert "stop calling me" in decision["reason"]
    await world.assert_sound()


async def test_every_way_writes_the_same_record(database: Database) -> None:
    world = await make_world(database)
    records = []
    for way in ("key", "api", "link"):
        await database.execute("DELETE FROM suppressions")
        if way == "key":
            await press_nine(world, "topic", topic="Offers")
        elif way == "api":
            await by_api(world, "topic", "Offers")
        else:
            await by_link(world, "topic", "Offers")
        row = await database.fetchrow("SELECT organisation_id, e164, scope, scope_key, source FROM suppressions")
        assert row is not None
        assert row["source"] == way
        records.append(tuple(row)[:4])
        told = await database.fetchval("SELECT body FROM events WHERE type = 'contact.optout' ORDER BY id DESC LIMIT 1")
        assert (told["to"], told["scope"], told["scope_key"], told["source"]) == (SARAH, "topic", "offers", way)
    assert records == [(world.principal.organisation.id, SARAH, "topic", "offers")] * 3


async def test_a_withdrawn_consent_stops_what_is_claimed(database: Database) -> None:
    world = await make_world(database)
    world.principal = marketing(world.principal)
    await world.accounts.set_calling_hours(world.principal.organisation.id, None, None)
    await world.agree(SARAH)
    (call,) = await world.post(SARAH)
    (attempt,) = await world.claims.claim(OWNER)
    await database.execute(
        "INSERT INTO consents (id, organisation_id, address, channel, purpose, state, source, given_at, recorded_by)"
        " SELECT 'cns_w', organisation_id, address, channel, purpose, 'withdrawn', 'test', given_at, 'system'"
        " FROM consents"
    )
    assert await world.dialing.begin(attempt) is None
    assert await outcomes(world, [call]) == [Outcome.SKIPPED]
    await world.assert_sound()


async def test_nobody_is_claimed_after_a_wish_while_many_wish_at_once(database: Database) -> None:
    world = await make_world(database, capacity=500, channels=500)
    people = numbers(60)
    await campaign(world, "all", *people)
    claims = CallClaims(database, world.clock)
    committed: set[str] = set()
    late: list[str] = []
    dialled: set[str] = set()

    async def wish(number: str) -> None:
        async with database.transaction() as connection:
            await opt_out(
                connection,
                organisation_id=world.principal.organisation.id,
                e164=number,
                scope="organisation",
                evidence="key 9",
            )
        committed.add(number)

    async def dial() -> None:
        while True:
            before = set(committed)
            attempts = await claims.claim(OWNER)
            if not attempts:
                return
            for attempt in attempts:
                known = before if attempt.permission is not None else set(committed)
                if attempt.permission is not None or await world.dialing.begin(attempt) is not None:
                    dialled.add(attempt.to_number)
                    # what was committed before we asked must have been seen
                    late.extend({attempt.to_number} & known)

    await asyncio.gather(dial(), *(wish(number) for number in people[::2]), dial())
    # a look passes over what a wish holds at that moment, and over the organisation while another look has it
    await dial()
    assert late == []
    assert dialled >= set(people[1::2])
