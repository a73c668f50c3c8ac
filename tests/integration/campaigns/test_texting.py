"""Campaigns that write: each recipient gets one text, in the campaign's hours, and the network's outcome."""

from __future__ import annotations

from typing import Any

from callwright.campaigns.completing import CompletionKeeper
from callwright.messages.models import Receipt
from callwright.messages.routes import MessageRoutes, NewRoute
from callwright.numbers.suppressions import opt_out
from callwright.store.database import Database
from support.calls import OWNER, World, make_world, numbers
from support.feeding import feeding_claims, make_campaign
from support.sending import Sending

SMS = {"message": "Hi {NAME}", "from": "+12125550100", "plain": False}


class Texts(Sending):
    """A route and its sender beside a world of calls."""

    def __init__(self, world: World) -> None:
        super().__init__(world.database, world.clock)
        self.world = world
        self.routes = MessageRoutes(world.database, world.trunks._secrets)

    async def open(self) -> None:
        new = NewRoute(channel="sms", kind="smpp", name="centre", per_second=1000)
        self.route_id = (await self.routes.add(self.world.principal.organisation.id, new)).id
        await self.sender.renew()
        await self.routes.own(self.sender.id, ["sms"])


async def texts_of(database: Database) -> Texts:
    texts = Texts(await make_world(database))
    await texts.open()
    return texts


def writing(*channels: str, **more: Any) -> dict[str, Any]:
    return {"channels": list(channels), "sms": SMS, "variables": {"NAME": "Ada"}, **more}


async def states(world: World, campaign_id: str) -> dict[tuple[str, str | None], int]:
    rows = await world.database.fetch(
        "SELECT state, outcome, count(*) AS n FROM recipients WHERE campaign_id = $1 GROUP BY 1, 2", campaign_id
    )
    return {(row["state"], row["outcome"]): row["n"] for row in rows}


async def test_each_recipient_gets_one_text_and_its_outcome(database: Database) -> None:
    texts = await texts_of(database)
    world = texts.world
    campaign = await make_campaign(world, *numbers(5), template=writing("sms"))
    assert await feeding_claims(world).claim(OWNER) == []
    claimed = await texts.claim()
    assert sorted(message.to_address for message in claimed) == list(numbers(5))
    assert {message.text for message in claimed} == {"Hi Ada"}
    assert await texts.claim() == []
    await world.assert_sound()
    await texts.sent(claimed)
    assert await states(world, campaign) == {("done", "sent"): 5}
    receipts = [Receipt(provider_id=message.id, state="delivered") for message in claimed[:3]]
    await texts.ledger.receipts(texts.route_id, receipts)
    assert await states(world, campaign) == {("done", "sent"): 2, ("done", "delivered"): 3}
    await CompletionKeeper(database, world.clock).look()
    assert await database.fetchval("SELECT state FROM campaigns WHERE id = $1", campaign) == "completed"
    await world.assert_sound()


async def test_a_paused_campaign_writes_nothing_and_a_cancelled_one_ends_what_waits(database: Database) -> None:
    texts = await texts_of(database)
    world = texts.world
    campaign = await make_campaign(world, *numbers(3), template=writing("sms"))
    await texts.feeder.feed()
    await database.execute("UPDATE campaigns SET state = 'paused' WHERE id = $1", campaign)
    assert await texts.claim() == []
    await database.execute("UPDATE campaigns SET state = 'cancelled', ended_at = now() WHERE id = $1", campaign)
    await CompletionKeeper(database, world.clock).end_calls()
    assert await states(world, campaign) == {("done", "cancelled"): 3}
    assert await texts.claim() == []
    await world.assert_sound()


async def test_an_opt_out_between_the_list_and_the_claim_is_kept(database: Database) -> None:
    texts = await texts_of(database)
    world = texts.world
    first, second = numbers(2)
    campaign = await make_campaign(world, first, second, template=writing("sms"))
    await texts.feeder.feed()
    async with database.transaction() as connection:
        organisation_id = world.principal.organisation.id
        await opt_out(
            connection, organisation_id=organisation_id, e164=first, scope="organisation", evidence="STOP", source="sms"
        )
    assert [message.to_address for message in await texts.claim()] == [second]
    assert await states(world, campaign) == {("done", "skipped"): 1, ("active", None): 1}


async def test_a_campaign_that_calls_and_writes_sends_a_text_with_each_call(database: Database) -> None:
    texts = await texts_of(database)
    world = texts.world
    campaign = await make_campaign(world, *numbers(2), template=writing("call", "sms"))
    attempts = await feeding_claims(world).claim(OWNER)
    assert len(attempts) == 2
    assert sorted(message.to_address for message in await texts.claim()) == list(numbers(2))
    # the call decides what becomes of the recipient
    assert await states(world, campaign) == {("active", None): 2}
    await world.assert_sound()


async def test_the_rate_of_a_campaign_and_what_may_wait_bound_it(database: Database) -> None:
    texts = await texts_of(database)
    world = texts.world
    campaign = await make_campaign(world, *numbers(10), template=writing("sms"), calls_per_second=2)
    assert await texts.feeder.feed() == 2
    assert await texts.feeder.feed() == 0
    assert await states(world, campaign) == {("active", None): 2, ("waiting", None): 8}


async def test_a_recipient_whose_text_lacks_a_value_fails_alone(database: Database) -> None:
    texts = await texts_of(database)
    world = texts.world
    campaign = await make_campaign(world, *numbers(2), template=writing("sms") | {"variables": {}})
    await database.execute(
        "UPDATE recipients SET variables = $2 WHERE campaign_id = $1 AND position = 1", campaign, {"NAME": "Bo"}
    )
    assert [message.text for message in await texts.claim()] == ["Hi Bo"]
    assert await states(world, campaign) == {("active", None): 1, ("done", "failed"): 1}
