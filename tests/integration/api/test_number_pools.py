"""Pools of caller ids, and the calls that take their numbers from them."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from support.api import CALLER_ID, ApiUnderTest
from support.people import make_user, sign_in

pytestmark = pytest.mark.postgres

NUMBERS = ["+12125550142", "+12135550142", "+442079460100"]
TO = "+12125550177"


async def make_pool(api: ApiUnderTest, choice: str = "rotate", name: str = "East coast") -> dict[str, Any]:
    for number in NUMBERS:
        await api.services.numbers.add_number(api.organisation.id, number, verified_by="operator")
    answer = await api.live.post("/api/v1/number-pools", json={"name": name, "numbers": NUMBERS, "choice": choice})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def shown(api: ApiUnderTest, call_id: str) -> str:
    number: str = (await api.live.get(f"/api/v1/calls/{call_id}")).json()["from"]
    return number


async def placed(api: ApiUnderTest, **fields: Any) -> str:
    answer = await api.live.post("/api/v1/calls", json={"to": TO, "message": "Hello", **fields})
    assert answer.status_code == 201, answer.text
    return await shown(api, answer.json()["call_id"])


async def test_a_pool_is_made_shown_listed_changed_and_deleted(api: ApiUnderTest) -> None:
    pool = await make_pool(api)
    path = f"/api/v1/number-pools/{pool['pool_id']}"
    assert (pool["name"], pool["choice"]) == ("East coast", "rotate")
    assert [number["e164"] for number in pool["numbers"]] == NUMBERS
    assert all(number["usable"] for number in pool["numbers"])
    assert (await api.live.get(path)).json() == pool
    assert (await api.live.get("/api/v1/number-pools")).json() == {"number_pools": [pool], "next_cursor": None}
    changed = await api.live.patch(
        path, json={"name": " West ", "numbers": [pool["numbers"][2]["number_id"], CALLER_ID], "choice": "local"}
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["name"], changed.json()["choice"]) == ("West", "local")
    assert [number["e164"] for number in changed.json()["numbers"]] == [NUMBERS[2], CALLER_ID]
    assert (await api.live.delete(path)).status_code == 204
    assert (await api.live.get(path)).status_code == 404
    assert (await api.live.delete(path)).status_code == 404
    log = await api.database.fetch("SELECT action FROM audit_log WHERE action LIKE 'number_pool%' ORDER BY id")
    assert [row["action"] for row in log] == [f"number_pool.{what}" for what in ("created", "changed", "deleted")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"numbers": [CALLER_ID]}, "name"),
        ({"name": " ", "numbers": [CALLER_ID]}, "name"),
        ({"name": "x"}, "numbers"),
        ({"name": "x", "numbers": []}, "numbers"),
        ({"name": "x", "numbers": [CALLER_ID], "choice": "best"}, "choice"),
        ({"name": "x", "numbers": ["+12125550100"]}, "numbers[0]"),
        ({"name": "x", "numbers": ["num_06e4k1q0s8b2n4p6r8t0"]}, "numbers[0]"),
        ({"name": "x", "numbers": [CALLER_ID, "1 800 555 0199"]}, "numbers[1]"),
        ({"name": "x", "numbers": ["hello"]}, "numbers[0]"),
        ({"name": "x", "numbers": [CALLER_ID], "owner": "me"}, "owner"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_made(api: ApiUnderTest, body: dict[str, Any], field: str) -> None:
    answer = await api.live.post("/api/v1/number-pools", json=body)
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await api.live.get("/api/v1/number-pools")).json()["number_pools"] == []


async def test_names_are_taken_once_and_unverified_numbers_stay_out(api: ApiUnderTest) -> None:
    pool = await make_pool(api)
    again = await api.live.post("/api/v1/number-pools", json={"name": "East coast", "numbers": [CALLER_ID]})
    assert again.status_code == 409
    path = f"/api/v1/number-pools/{pool['pool_id']}"
    other = await api.live.post("/api/v1/number-pools", json={"name": "Other", "numbers": [CALLER_ID]})
    assert (await api.live.patch(path, json={"name": "Other"})).status_code == 409
    assert (await api.live.patch(path, json={})).status_code == 400
    await api.services.numbers.add_number(api.organisation.id, "+12125550101", verified_by=None)
    refused = await api.live.patch(path, json={"numbers": [CALLER_ID, "+12125550101"]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "numbers[1]")
    assert (await api.live.get(path)).json() == pool
    assert other.status_code == 201


async def test_calls_take_their_turn_by_id_or_name(api: ApiUnderTest) -> None:
    pool = await make_pool(api)
    taken = [await placed(api, from_pool=reference) for reference in (pool["pool_id"], "East coast") * 2]
    assert taken == [*NUMBERS, NUMBERS[0]]


async def test_a_batch_may_name_numbers_and_pools_call_by_call(api: ApiUnderTest) -> None:
    await make_pool(api)
    await make_pool(api, "local", name="Near")
    calls: list[dict[str, Any]] = [
        {"to": "+12125550171"},
        {"to": "+12125550172", "from": CALLER_ID},
        {"to": "+12135550171", "from_pool": "Near"},
        {"to": "+12125550174"},
        {"to": "+12125550175", "from": NUMBERS[2]},
    ]
    answer = await api.live.post("/api/v1/calls", json={"message": "Hi", "from_pool": "East coast", "calls": calls})
    assert answer.status_code == 201, answer.text
    taken = [await shown(api, call["call_id"]) for call in answer.json()["calls"]]
    assert taken == [NUMBERS[0], CALLER_ID, NUMBERS[1], NUMBERS[1], NUMBERS[2]]
    own = {"message": "Hi", "from": CALLER_ID, "calls": [{"to": TO, "from_pool": "Near"}, {"to": "+12125550178"}]}
    answer = await api.live.post("/api/v1/calls", json=own)
    assert [await shown(api, call["call_id"]) for call in answer.json()["calls"]] == [NUMBERS[0], CALLER_ID]


async def test_rotation_is_exact_for_requests_at_once(api: ApiUnderTest) -> None:
    await make_pool(api)
    batch = {"message": "Hi", "from_pool": "East coast"}
    bodies = [batch | {"to": [f"+1212555{1000 + 10 * request + at}" for at in range(5)]} for request in range(12)]
    answers = await asyncio.gather(*(api.live.post("/api/v1/calls", json=body) for body in bodies))
    assert {answer.status_code for answer in answers} == {201}
    rows = await api.database.fetch("SELECT from_number FROM calls")
    assert Counter(row["from_number"] for row in rows) == dict.fromkeys(NUMBERS, 20)
    assert await api.database.fetchval("SELECT turn FROM number_pools") == 60


async def test_a_refused_request_takes_no_turn(api: ApiUnderTest) -> None:
    await make_pool(api)
    body = {"to": TO, "message": "Hello", "from_pool": "East coast"}
    headers = {"Idempotency-Key": "one"}
    for _ in range(3):
        answer = await api.live.post("/api/v1/calls", json=body, headers=headers)
        assert answer.status_code == 201
    assert (await api.live.post("/api/v1/calls", json=body | {"to": "hello"})).status_code == 400
    tried = await api.live.post("/api/v1/calls", json=body | {"dry_run": True})
    assert tried.json()["calls"][0]["from"] == NUMBERS[1]
    assert await placed(api, from_pool="East coast") == NUMBERS[1]


async def test_random_takes_numbers_of_the_pool(api: ApiUnderTest) -> None:
    await make_pool(api, "random")
    to = [f"+1212555{1000 + at}" for at in range(200)]
    answer = await api.live.post("/api/v1/calls", json={"to": to, "message": "Hi", "from_pool": "East coast"})
    assert answer.status_code == 201
    rows = await api.database.fetch("SELECT DISTINCT from_number FROM calls ORDER BY 1")
    assert [row["from_number"] for row in rows] == NUMBERS


async def test_numbers_that_may_not_be_shown_are_passed_over(api: ApiUnderTest) -> None:
    pool = await make_pool(api)
    await api.database.execute("UPDATE numbers SET enabled = false WHERE e164 = $1", NUMBERS[1])
    assert [await placed(api, from_pool="East coast") for _ in range(3)] == [NUMBERS[0], NUMBERS[2], NUMBERS[0]]
    view = (await api.live.get(f"/api/v1/number-pools/{pool['pool_id']}")).json()
    assert [number["usable"] for number in view["numbers"]] == [True, False, True]
    await api.database.execute("UPDATE numbers SET enabled = false WHERE e164 <> $1", CALLER_ID)
    answer = await api.live.post("/api/v1/calls", json={"to": TO, "message": "Hi", "from_pool": "East coast"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "from_pool")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": TO, "from_pool": "West coast"}, "from_pool"),
        ({"to": TO, "from_pool": "East coast", "from": CALLER_ID}, "from_pool"),
        ({"to": TO, "from_pool": 7}, "from_pool"),
        ({"calls": [{"to": TO}, {"to": "+12125550178", "from_pool": "West"}]}, "calls[1].from_pool"),
        ({"calls": [{"to": TO, "from_pool": "East coast", "from": CALLER_ID}]}, "calls[0].from_pool"),
    ],
)
async def test_wrong_pools_of_calls_are_named(api: ApiUnderTest, body: dict[str, Any], field: str) -> None:
    await make_pool(api)
    answer = await api.live.post("/api/v1/calls", json={"message": "Hello", **body})
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await api.database.fetchval("SELECT count(*) FROM calls") == 0


async def test_a_sandbox_key_takes_numbers_and_no_turns_and_changes_no_pool(api: ApiUnderTest) -> None:
    pool = await make_pool(api)
    body = {"to": ["+12125550100", "+12125550101"], "message": "Hi", "from_pool": "East coast"}
    answer = await api.sandbox.post("/api/v1/calls", json=body)
    taken = [await shown(api, call["call_id"]) for call in answer.json()["calls"]]
    assert taken == NUMBERS[:2]
    assert await placed(api, from_pool="East coast") == NUMBERS[0]
    path = f"/api/v1/number-pools/{pool['pool_id']}"
    assert (await api.sandbox.get(path)).status_code == 200
    assert (await api.sandbox.delete(path)).status_code == 403
    assert (await api.sandbox.patch(path, json={"choice": "random"})).status_code == 403


async def test_a_subuser_takes_numbers_that_it_may_show_and_makes_no_pools(api: ApiUnderTest) -> None:
    pool = await make_pool(api)
    owner, subuser = await make_user(api, "owner"), await make_user(api, "agent", fenced=True)
    await api.database.execute("UPDATE numbers SET owner_id = $2 WHERE e164 = $1", NUMBERS[0], owner.id)
    async with await sign_in(api, owner) as owning, await sign_in(api, subuser) as fenced:
        private = await owning.post("/api/v1/number-pools", json={"name": "Private", "numbers": NUMBERS})
        assert private.status_code == 201, private.text
        body = {"to": TO, "message": "Hi"}
        taken = await fenced.post("/api/v1/calls", json=body | {"from_pool": pool["pool_id"]})
        assert taken.status_code == 201, taken.text
        call = (await fenced.get(f"/api/v1/calls/{taken.json()['call_id']}")).json()
        assert call["from"] == NUMBERS[1]
        for name in ("Private", private.json()["pool_id"]):
            hidden = await fenced.post("/api/v1/calls", json=body | {"from_pool": name})
            assert (hidden.status_code, hidden.json()["errors"][0]["field"]) == (400, "from_pool")
        assert (await fenced.get("/api/v1/number-pools")).status_code == 403
        assert (await fenced.delete(f"/api/v1/number-pools/{pool['pool_id']}")).status_code == 403
