"""A POST that is sent twice is carried out once."""

from __future__ import annotations

import asyncio

import pytest

from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

CALL = {"to": "+12125550100", "message": "x"}


async def count(api: ApiUnderTest) -> int:
    number: int = await api.database.fetchval("SELECT count(*) FROM calls")
    return number


async def test_a_repeat_is_answered_the_same_to_the_byte(api: ApiUnderTest) -> None:
    headers = {"Idempotency-Key": "order 66"}
    first = await api.live.post("/api/v1/calls", json=CALL, headers=headers)
    again = await api.live.post("/api/v1/calls", json=CALL, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await count(api) == 1


async def test_ten_at_once_place_one_call(api: ApiUnderTest) -> None:
    answers = await asyncio.gather(
        *(api.live.post("/api/v1/calls", json=CALL, headers={"Idempotency-Key": "k"}) for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await count(api) == 1


async def test_another_body_or_path_is_a_conflict(api: ApiUnderTest) -> None:
    headers = {"Idempotency-Key": "k"}
    await api.live.post("/api/v1/calls", json=CALL, headers=headers)
    for path, body in (("/api/v1/calls", {**CALL, "message": "y"}), ("/api/v1/suppressions", CALL)):
        answer = await api.live.post(path, json=body, headers=headers)
        assert answer.status_code == 409
        assert "Idempotency-Key" in answer.json()["detail"]


async def test_a_repeat_succeeds_although_the_caller_id_is_gone(api: ApiUnderTest) -> None:
    headers = {"Idempotency-Key": "k"}
    await api.live.post("/api/v1/calls", json=CALL, headers=headers)
    await api.database.execute("UPDATE numbers SET enabled = false")
    assert (await api.live.post("/api/v1/calls", json=CALL, headers=headers)).status_code == 201


async def test_errors_are_not_remembered(api: ApiUnderTest) -> None:
    headers = {"Idempotency-Key": "k"}
    assert (await api.live.post("/api/v1/calls", json={**CALL, "to": "12"}, headers=headers)).status_code == 400
    assert (await api.live.post("/api/v1/calls", json=CALL, headers=headers)).status_code == 201


async def test_sandbox_and_live_do_not_share_keys(api: ApiUnderTest) -> None:
    headers = {"Idempotency-Key": "k"}
    one = await api.sandbox.post("/api/v1/calls", json=CALL, headers=headers)
    other = await api.live.post("/api/v1/calls", json=CALL, headers=headers)
    assert one.json()["call_id"] != other.json()["call_id"]


async def test_cancelling_twice_under_one_key_is_cancelling_once(api: ApiUnderTest) -> None:
    call_id = (await api.live.post("/api/v1/calls", json=CALL)).json()["call_id"]
    headers = {"Idempotency-Key": "c"}
    first = await api.live.post(f"/api/v1/calls/{call_id}/cancel", headers=headers)
    again = await api.live.post(f"/api/v1/calls/{call_id}/cancel", headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
