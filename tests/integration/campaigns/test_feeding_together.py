"""Several dialers over one database: each recipient is dialled exactly once, and no limit is passed at any commit."""

from __future__ import annotations

import asyncio
import random

import pytest

from callwright.calls.claims import CallClaims, Owner
from callwright.calls.models import Attempt
from callwright.calls.patience import AWAY
from callwright.store.database import Database
from support.calls import OWNER, World, make_world, numbers
from support.feeding import ANSWERED, feeding_claims, make_campaign, states

DIALERS = 8
#: Asked over and over while they work: what no commit may ever show.
NEVER = {
    "a limit is passed": "SELECT kind || ' ' || key FROM limits WHERE used > capacity",
    "more attempts live than a campaign may have": """
        SELECT c.campaign_id FROM attempts a JOIN calls c ON c.id = a.call_id
        JOIN campaigns g ON g.id = c.campaign_id
        WHERE a.state <> 'ended' GROUP BY c.campaign_id, g.max_concurrent HAVING count(*) > g.max_concurrent""",
    "more attempts live than a trunk or the organisation may have": """
        SELECT l.kind FROM limits l JOIN attempts a ON l.key IN (a.organisation_id, a.trunk_id)
        WHERE a.state <> 'ended' GROUP BY l.kind, l.key, l.capacity HAVING count(*) > l.capacity""",
    "a counter differs from what is alive": """
        SELECT l.key FROM limits l LEFT JOIN (
            SELECT c.campaign_id, count(*) AS n FROM attempts a JOIN calls c ON c.id = a.call_id
            WHERE a.state <> 'ended' GROUP BY c.campaign_id
        ) AS live ON live.campaign_id = l.key
        WHERE l.kind = 'campaign' AND l.used <> coalesce(live.n, 0)""",
    "two calls of one recipient": """
        SELECT recipient_id FROM calls WHERE recipient_id IS NOT NULL GROUP BY recipient_id HAVING count(*) > 1""",
}


async def watch(database: Database, over: asyncio.Event) -> int:
    """Look until it is over; return how often."""
    looks = 0
    while not over.is_set():
        for what, sql in NEVER.items():
            assert await database.fetch(sql) == [], what
        looks += 1
        # the dialers are to fight with each other, not with us
        await asyncio.sleep(0.05)
    return looks


async def work(world: World, owner: Owner, claims: CallClaims, dialled: list[str], *, left: int) -> None:
    """Claim, dial and settle until all are dialled."""
    chance = random.Random(owner.node)
    while len(dialled) < left:
        for attempt in await claims.claim(owner):
            dialled.append(attempt.to_number)
            await settle(world, attempt, chance)
        await asyncio.sleep(chance.random() / 100)


async def settle(world: World, attempt: Attempt, chance: random.Random) -> None:
    await asyncio.sleep(chance.random() / 1000)
    await world.ledger.settle(attempt.id, ANSWERED)


@pytest.mark.parametrize("deciding", [True, False], ids=["decided in the claim", "decided later"])
async def test_eight_dialers_call_each_recipient_once(database: Database, deciding: bool) -> None:
    world = await make_world(database, capacity=60, channels=50)
    await database.execute("UPDATE trunks SET calls_per_second = 99999")
    people = numbers(1000)
    one = await make_campaign(world, *people[:600], max_concurrent=23)
    two = await make_campaign(world, *people[600:], weight=2.0)
    dialled: list[str] = []
    over = asyncio.Event()
    watching = asyncio.create_task(watch(database, over))
    await asyncio.gather(
        *(
            work(
                world,
                Owner(node=f"n{place}", epoch=1),
                feeding_claims(world, deciding=deciding),
                dialled,
                left=len(people),
            )
            for place in range(DIALERS)
        )
    )
    over.set()
    assert await watching > 0
    assert sorted(dialled) == sorted(people)
    assert await states(world, one) == {"done": 600}
    assert await states(world, two) == {"done": 400}


async def test_dialers_that_are_killed_in_their_claims_lose_and_repeat_nothing(database: Database) -> None:
    world = await make_world(database, capacity=60, channels=50)
    await database.execute("UPDATE trunks SET calls_per_second = 99999")
    people = numbers(500)
    campaign_id = await make_campaign(world, *people, max_concurrent=8)
    chance = random.Random(5)
    dialled: list[str] = []
    killed = 0

    async def dialer(place: int) -> None:
        nonlocal killed
        claims = feeding_claims(world)
        while len(dialled) < len(people):
            claiming = asyncio.create_task(claims.claim(Owner(node=f"n{place}", epoch=1)))
            # sometimes at any moment of it
            moment = chance.random() / 20 if chance.random() < 0.3 else None
            _, late = await asyncio.wait([claiming], timeout=moment)
            if late:
                # its connection ends in the middle of a statement, or after the commit was sent
                claiming.cancel()
                killed += 1
            try:
                attempts = await claiming
            except asyncio.CancelledError:
                continue
            except AWAY:
                continue
            for attempt in attempts:
                dialled.append(attempt.to_number)
                await settle(world, attempt, chance)

    over = asyncio.Event()
    watching = asyncio.create_task(watch(database, over))
    await asyncio.gather(*(dialer(place) for place in range(4)))
    over.set()
    await watching
    assert killed > 0
    assert len(dialled) == len(set(dialled))
    assert await states(world, campaign_id) == {"done": len(people)}
    await world.assert_sound()


async def test_commits_whose_answers_are_lost_are_dialled_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await make_world(database, capacity=60, channels=10)
    people = numbers(60)
    campaign_id = await make_campaign(world, *people)
    claims = feeding_claims(world)
    transaction, chance = database.transaction, random.Random(3)
    lost = 0

    class Broken:
        """A transaction whose commit takes effect and whose answer sometimes never comes."""

        def __init__(self, **options: bool) -> None:
            self._options = options

        async def __aenter__(self) -> object:
            self._inner = transaction(**self._options)
            return await self._inner.__aenter__()

        async def __aexit__(self, *exception: object) -> None:
            nonlocal lost
            await self._inner.__aexit__(None, None, None)
            if chance.random() < 0.5:
                lost += 1
                raise ConnectionResetError("the server went away")

    dialled: list[str] = []
    while len(dialled) < len(people):
        with monkeypatch.context() as patched:
            patched.setattr(database, "transaction", Broken)
            try:
                attempts = await claims.claim(OWNER)
            except ConnectionResetError:
                continue
        for attempt in attempts:
            dialled.append(attempt.to_number)
            await world.ledger.settle(attempt.id, ANSWERED)
    assert lost > 0
    assert sorted(dialled) == sorted(people)
    assert await states(world, campaign_id) == {"done": len(people)}
    await world.assert_sound()
