"""``retry``, ``retry_incomplete`` and ``expires_at`` of calls: taken, shown, refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

CALL: dict[str, Any] = {"to": "+12125550100", "message": "Hello"}
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)


async def test_a_policy_is_stored_and_shown(api: ApiUnderTest) -> None:
    wanted = {
        "retry": {"busy": {"count": 3, "delay_seconds": 60}, "no_answer": {"count": 1, "backoff": 2}},
        "retry_incomplete": {"count": 1},
        "expires_at": SOON.isoformat(),
    }
    answer = await api.live.post("/api/v1/calls", json={**CALL, **wanted})
    assert answer.status_code == 201, answer.text
    call = (await api.live.get(f"/api/v1/calls/{answer.json()['call_id']}")).json()
    named = {name: value for name, value in call["retry"].items() if value is not None}
    assert named == {
        "busy": {"count": 3, "delay_seconds": 60, "backoff": 1},
        "no_answer": {"count": 1, "delay_seconds": 300, "backoff": 2},
    }
    assert call["retry_incomplete"] == {"count": 1, "delay_seconds": 300, "backoff": 1}
    assert datetime.fromisoformat(call["expires_at"]) == SOON


async def test_without_one_nothing_is_shown(api: ApiUnderTest) -> None:
    answer = await api.live.post("/api/v1/calls", json=CALL)
    call = (await api.live.get(f"/api/v1/calls/{answer.json()['call_id']}")).json()
    assert (call["retry"], call["retry_incomplete"], call["expires_at"]) == (None, None, None)


async def test_a_call_of_a_batch_may_have_its_own(api: ApiUnderTest) -> None:
    shared, own = {"busy": {"count": 1}}, {"failed": {"count": 2}}
    calls = [{"to": "+12125550100"}, {"to": "+12125550101", "retry": own}]
    answer = await api.live.post("/api/v1/calls", json={"message": "Hello", "retry": shared, "calls": calls})
    assert answer.status_code == 201, answer.text
    rows = await api.database.fetch("SELECT retry FROM calls ORDER BY to_number")
    assert [list(row["retry"]) for row in rows] == [["busy"], ["failed"]]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"retry": {"human": {"count": 1}}}, "retry.human"),
        ({"retry": {"busy": {}}}, "retry.busy.count"),
        ({"retry": {"busy": {"count": 0}}}, "retry.busy.count"),
        ({"retry": {"busy": {"count": 11}}}, "retry.busy.count"),
        ({"retry": {"busy": {"count": 1, "delay_seconds": -1}}}, "retry.busy.delay_seconds"),
        ({"retry": {"busy": {"count": 1, "backoff": 0.5}}}, "retry.busy.backoff"),
        ({"retry": {"busy": {"count": 1, "pause": 5}}}, "retry.busy.pause"),
        ({"retry": [{"busy": 1}]}, "retry"),
        ({"retry_incomplete": {"count": "1"}}, "retry_incomplete.count"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": "2020-01-01T10:00:00Z"}, "expires_at"),
        ({"expires_at": (SOON + timedelta(days=400)).isoformat()}, "expires_at"),
        ({"expires_at": SOON.isoformat(), "scheduled_at": SOON.isoformat()}, "expires_at"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(api: ApiUnderTest, fields: dict[str, Any], field: str) -> None:
    answer = await api.live.post("/api/v1/calls", json={**CALL, **fields})
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await api.database.fetchval("SELECT count(*) FROM calls") == 0


async def test_a_fault_in_a_batch_names_the_call(api: ApiUnderTest) -> None:
    calls = [{"to": "+12125550100", "expires_at": "2020-01-01T10:00:00Z"}]
    answer = await api.live.post("/api/v1/calls", json={"message": "Hello", "calls": calls})
    assert [error["field"] for error in answer.json()["errors"]] == ["calls[0].expires_at"]
