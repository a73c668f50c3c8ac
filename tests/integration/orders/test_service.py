"""Orders are written with what they made, found by every name, fenced, and forget a person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from callwright.accounts.models import Principal
from callwright.api.native.call_placing import read_placement
from callwright.errors import Conflict, InvalidRequest, NotFound
from callwright.orders.models import NewItem, NewOrder, Order
from callwright.store.database import Database
from support.api import ApiUnderTest, serve_api

pytestmark = pytest.mark.postgres

NUMBER = "+12125550177"


@pytest.fixture
async def api(database: Database) -> AsyncIterator[ApiUnderTest]:
    async with serve_api(database) as served:
        yield served


def caller(api: ApiUnderTest, **fields: Any) -> Principal:
    who = Principal(organisation=api.organisation, key_id=None, sandbox=False, purpose="transactional")
    return replace(who, **fields)


async def order(
    api: ApiUnderTest, numbers: Sequence[str] = (NUMBER, "+12125550178"), who: Principal | None = None, **fields: Any
) -> Order:
    who = who or caller(api)
    body = {"to": list(numbers), "message": "Hello", "webhook_url": "https://example.com/x"}
    placement = await read_placement(api.services, who, body)
    async with api.services.orders.transaction() as connection:
        calls = await placement.create(connection, webhook_format="effebot")
        items = [NewItem(call_id=call.id, to_number=call.to_number, detail={"for": call.to_number}) for call in calls]
        return await api.services.orders.create(
            who, NewOrder(**{"dialect": "robocall", **fields}), items, connection=connection
        )


async def test_an_order_is_found_by_every_name(api: ApiUnderTest) -> None:
    first = await order(api, external_id="request_10", name="Snow", asked={"a": [1]}, ignored_fields=["nickname"])
    second = await order(api, name="snow", kind="other", dialect="effebot")
    service, who = api.services.orders, caller(api)
    assert [found.id for found in await service.find(who)] == [second.id, first.id]
    assert [found.id for found in await service.find(who, name="SNOW")] == [second.id, first.id]
    assert (await service.get(who, dialect="robocall", external_id="request_10")) == first
    assert (await service.get(who, numbers=[first.number, 2**70])).asked == {"a": [1]}
    assert (await service.get(who, kind="other")).id == second.id
    with pytest.raises(NotFound):
        await service.get(who, dialect="robocall", kind="other")
    parts = await service.parts(api.organisation.id, [first.id])
    assert [(part.position, part.call and part.call.status, part.detail) for part in parts] == [
        (0, "queued", {"for": NUMBER}),
        (1, "queued", {"for": "+12125550178"}),
    ]
    assert parts[0].call is not None
    assert parts[0].call.webhook_format == "effebot"
    assert [part.position for part in await service.parts(api.organisation.id, [first.id], first=1, limit=1)] == [1]
    call_id = parts[0].call.id
    assert (await service.of_parts(api.organisation.id, [call_id]))[call_id].id == first.id
    assert (await service.parts_of_calls(api.organisation.id, "robocall", [call_id]))[call_id].position == 0


async def test_an_external_id_is_used_once_and_a_refusal_leaves_nothing(api: ApiUnderTest) -> None:
    await order(api, external_id="request_10")
    before = await api.database.fetchval("SELECT count(*) FROM calls")
    with pytest.raises(Conflict):
        await order(api, external_id="request_10")
    with pytest.raises(InvalidRequest):
        await order(api, ["nobody"])
    assert await api.database.fetchval("SELECT count(*) FROM calls") == before
    await order(api, external_id="request_10", dialect="effebot")


async def test_nobody_else_sees_an_order(api: ApiUnderTest) -> None:
    made = await order(api)
    other = await api.services.accounts.create_organisation("Other")
    for who in (caller(api, organisation=other), caller(api, fence="usr_1"), caller(api, sandbox=True)):
        assert await api.services.orders.find(who) == []
    assert [found.id for found in await api.services.orders.find(caller(api))] == [made.id]


async def test_what_was_ignored_is_in_the_timeline(api: ApiUnderTest) -> None:
    made = await order(api, ignored_fields=["nickname"])
    part = (await api.services.orders.parts(api.organisation.id, [made.id]))[0]
    assert part.call is not None
    answer = await api.live.get(f"/api/v1/orders/{made.id}")
    assert answer.json()["ignored_fields"] == ["nickname"]
    assert answer.json()["parts"][0]["call_id"] == part.call.id
    bodies = await api.database.fetch(
        "SELECT body FROM events WHERE type = 'call.ordered' AND subject = $1", part.call.id
    )
    assert [(row["body"]["order_id"], row["body"]["ignored_fields"]) for row in bodies] == [(made.id, ["nickname"])]


async def test_a_person_is_erased_from_orders(api: ApiUnderTest) -> None:
    contact = await api.live.post("/api/v1/contacts", json={"first_name": "Persephone", "to": NUMBER})
    made = await order(api, asked={"destinations": [NUMBER, NUMBER.removeprefix("+"), 5]})
    alone = await order(api, ["+12125550177"], asked={"text": "Dear Persephone"})
    contact_id = contact.json()["contact_id"]
    exported = (await api.live.post(f"/api/v1/contacts/{contact_id}/export")).json()
    assert [item["order_id"] for item in exported["orders"]] == [made.id, alone.id]
    erased = await api.live.post(f"/api/v1/contacts/{contact_id}/erase")
    assert erased.is_success, erased.text
    rows = await api.database.fetch(
        "SELECT o::text || (SELECT json_agg(i)::text FROM order_items i) AS row FROM orders o"
    )
    assert not any(NUMBER[1:] in row["row"] or "Persephone" in row["row"] for row in rows)


async def test_an_order_that_is_gone_is_hidden_from_its_dialect(api: ApiUnderTest) -> None:
    made = await order(api)
    service, who = api.services.orders, caller(api)
    async with service.transaction() as connection:
        changed = await service.change(who, made.id, asked={"b": 2}, connection=connection)
        await service.delete(who, made.id, connection=connection)
        with pytest.raises(NotFound):
            await service.delete(who, made.id, connection=connection)
    assert changed.asked == {"b": 2}
    assert await service.find(who) == []
    assert [found.id for found in await service.find(who, deleted=True)] == [made.id]
