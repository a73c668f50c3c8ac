"""A caller id is shown only when somebody who answers it has given back its code."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from support.api import CALLER_ID, ApiUnderTest

pytestmark = pytest.mark.postgres

OURS = "+12125550177"
CALL = {"to": "+12125550142", "from": OURS, "message": "Hello"}


async def _add(client: httpx.AsyncClient, number: str = OURS) -> dict[str, Any]:
    answer = await client.post("/api/v1/numbers", json={"number": number, "method": "call"})
    assert answer.status_code == 201, answer.text
    sent: dict[str, Any] = answer.json()
    return sent


async def _verify(client: httpx.AsyncClient, sent: dict[str, Any], code: str) -> httpx.Response:
    return await client.post(f"/api/v1/numbers/{sent['number']['number_id']}/verify", json={"code": code})


async def _live_code(api: ApiUnderTest) -> str:
    """Return the code as the last call would say it."""
    sealed = await api.database.fetchval("SELECT sealed FROM calls ORDER BY number DESC LIMIT 1")
    return api.services.verifications.secrets.open(sealed)


async def test_a_number_is_usable_after_its_code_and_not_before(api: ApiUnderTest) -> None:
    sent = await _add(api.live)
    assert sent["code"] is None
    assert sent["number"]["verified_at"] is None
    row = await api.database.fetchrow("SELECT to_number, from_number, purpose FROM calls")
    assert row is not None
    assert tuple(row) == (OURS, CALLER_ID, "transactional")
    assert (await api.live.post("/api/v1/calls", json=CALL)).status_code == 400
    code = await _live_code(api)
    wrong = await _verify(api.live, sent, "000000" if code != "000000" else "111111")
    assert (wrong.json()["valid"], wrong.json()["attempts_left"]) == (False, 4)
    proved = (await _verify(api.live, sent, code)).json()
    assert (proved["valid"], proved["number"]["verified_by"]) == (True, "call")
    assert (await api.live.post("/api/v1/calls", json=CALL)).status_code == 201
    events = await api.database.fetch("SELECT body FROM events WHERE type = 'number.verified'")
    assert [event["body"]["e164"] for event in events] == [OURS]
    assert (await _verify(api.live, sent, code)).status_code == 409
    assert (await api.live.post("/api/v1/numbers", json={"number": OURS})).status_code == 409


async def test_three_codes_an_hour_to_a_number_and_only_the_last_counts(api: ApiUnderTest) -> None:
    sent = await _add(api.live)
    first = await _live_code(api)
    await _add(api.live)
    await _add(api.live)
    refused = await api.live.post("/api/v1/numbers", json={"number": OURS})
    assert refused.status_code == 429
    assert refused.headers["retry-after"]
    last = await _live_code(api)
    if first != last:
        assert not (await _verify(api.live, sent, first)).json()["valid"]
    assert (await _verify(api.live, sent, last)).json()["valid"]


async def test_twenty_codes_a_day_for_an_organisation_even_at_once(api: ApiUnderTest) -> None:
    numbers = [{"number": f"+1212555{2000 + index}"} for index in range(24)]
    answers = await asyncio.gather(*(api.live.post("/api/v1/numbers", json=number) for number in numbers))
    assert sorted(answer.status_code for answer in answers) == [201] * 20 + [429] * 4


async def test_five_wrong_codes(api: ApiUnderTest) -> None:
    sent = await _add(api.live)
    code = await _live_code(api)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    answers = await asyncio.gather(*(_verify(api.live, sent, wrong) for _ in range(7)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [409] * 2
    assert (await _verify(api.live, sent, code)).status_code == 409


async def test_a_sandbox_key_plays_it_through_and_proves_nothing(api: ApiUnderTest) -> None:
    sent = await _add(api.sandbox)
    proved = (await _verify(api.sandbox, sent, sent["code"])).json()
    assert (proved["valid"], proved["number"]["verified_by"], proved["number"]["verified_at"]) == (
        True,
        "sandbox",
        None,
    )
    assert (await _verify(api.live, sent, sent["code"])).status_code == 409
    assert (await api.live.post("/api/v1/calls", json=CALL)).status_code == 400
    await _add(api.live)
    assert (await _verify(api.live, sent, await _live_code(api))).json()["number"]["verified_by"] == "call"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "number"),
        ({"number": "12"}, "number"),
        ({"number": "911"}, "number"),
        ({"number": "+19005550123"}, "number"),
        ({"number": "+442079460000"}, "number"),
        ({"number": OURS, "method": "sms", "voice": "en-US-F"}, "voice"),
        ({"number": OURS, "method": "letter"}, "method"),
        ({"number": OURS, "language": "zh-CN"}, "language"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_bad_requests_name_the_field_and_change_nothing(
    api: ApiUnderTest, body: dict[str, Any], field: str
) -> None:
    answer = await api.live.post("/api/v1/numbers", json=body)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert await api.database.fetchval("SELECT count(*) FROM numbers") == 1


async def test_a_number_that_the_operator_disabled_stays_so(api: ApiUnderTest) -> None:
    await _add(api.live)
    await api.database.execute("UPDATE numbers SET enabled = false WHERE e164 = $1", OURS)
    assert (await api.live.post("/api/v1/numbers", json={"number": OURS})).status_code == 409


async def test_the_first_number_is_called_from_one_of_the_operator(api: ApiUnderTest) -> None:
    await api.database.execute("UPDATE numbers SET verified_at = NULL")
    none = await api.live.post("/api/v1/numbers", json={"number": OURS})
    assert none.status_code == 409
    assert "operator" in none.json()["detail"]
    assert await api.database.fetchval("SELECT count(*) FROM numbers") == 1
