"""Calls that wait get other times, and the course of many calls is told at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.api import ApiUnderTest, serve_api
from support.exchange import Exchange

pytestmark = pytest.mark.postgres

FLOW = {
    "steps": [
        {
            "type": "gather",
            "prompt": [{"type": "say", "text": "Key?"}],
            "branches": {"1": [{"type": "transfer", "to": "+12125550123", "message": []}], "9": [{"type": "optout"}]},
        }
    ]
}


@pytest.fixture
async def api(database: Database) -> AsyncIterator[ApiUnderTest]:
    async with serve_api(database) as served:
        yield served


async def placed(api: ApiUnderTest, *numbers: str, **fields: Any) -> list[str]:
    body = {"to": list(numbers), "flow": FLOW, **fields}
    answer = await api.sandbox.post("/api/v1/calls", json=body)
    assert answer.status_code == 201, answer.text
    return [call["call_id"] for call in answer.json()["calls"]]


async def test_a_call_that_waits_gets_another_time(api: ApiUnderTest) -> None:
    (call_id,) = await placed(api, "+12125550101")
    later = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    answer = await api.sandbox.patch(f"/api/v1/calls/{call_id}", json={"scheduled_at": later.isoformat()})
    assert answer.status_code == 200, answer.text
    assert await api.database.fetchval("SELECT due_at FROM calls WHERE id = $1", call_id) == later
    told = await api.database.fetchval("SELECT body FROM events WHERE type = 'call.rescheduled'")
    assert told["scheduled_at"] == later.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (await api.sandbox.patch(f"/api/v1/calls/{call_id}", json={"scheduled_at": None})).status_code == 200
    assert await api.database.fetchval("SELECT due_at <= now() FROM calls WHERE id = $1", call_id)


async def test_a_call_that_was_begun_keeps_its_time(api: ApiUnderTest) -> None:
    exchange = await Exchange.open(api)
    first, second = await placed(api, "+12125550101", "+12125550102")
    await exchange.dial(first)
    for call_id in (first, second):
        # the second is claimed: its turn has come
        assert (await api.sandbox.patch(f"/api/v1/calls/{call_id}", json={"scheduled_at": None})).status_code == 409
    expires = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    (third,) = await placed(api, "+12125550103", expires_at=expires)
    late = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    answer = await api.sandbox.patch(f"/api/v1/calls/{third}", json={"scheduled_at": late})
    assert (answer.status_code, "cannot be made later" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    "body", [{}, {"scheduled_at": "soon"}, {"scheduled_at": 5}, {"scheduled_at": None, "to": "+1"}]
)
async def test_a_wrong_change_is_refused(api: ApiUnderTest, body: dict[str, Any]) -> None:
    (call_id,) = await placed(api, "+12125550101")
    answer = await api.sandbox.patch(f"/api/v1/calls/{call_id}", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] in {"scheduled_at", "to"}


async def test_the_course_of_many_calls(api: ApiUnderTest) -> None:
    exchange = await Exchange.open(api)
    ids = await placed(api, "+12125550101", "+12125550102", "+12125550103")
    await exchange.answers(ids[0], "1", "busy")
    await exchange.answers(ids[1], None, "9")
    await exchange.ends(ids[2], Outcome.BUSY)
    found = await api.services.courses.of(api.organisation.id, ids)
    told = [[(m.type.removeprefix("call."), m.kind, m.step) for m in found[call_id].moments] for call_id in ids]
    assert told[0] == [
        ("step", "step", "s1"),
        ("dtmf", None, "s1"),
        ("step", "step", "s2"),
        ("transfer_started", None, "s2"),
        ("transfer_failed", None, "s2"),
    ]
    assert [one for one in told[1] if one[0] != "step"] == [("dtmf", None, "s1"), ("contact.optout", None, None)]
    assert told[2] == []
    assert [found[call_id].attempts[0].outcome for call_id in ids] == [Outcome.HUMAN, Outcome.HUMAN, Outcome.BUSY]
    assert await api.services.courses.of("org_other", ids[:1]) != found
    assert (await api.services.courses.of("org_other", ids[:1]))[ids[0]].attempts == []


async def test_calls_are_made_within_their_own_hours(api: ApiUnderTest) -> None:
    exchange = await Exchange.open(api)
    day = (datetime.now(UTC) + timedelta(days=2)).isoweekday()
    hours = {"windows": [{"from": "09:00", "until": "10:00", "weekdays": [day]}], "time_zone": "Etc/UTC"}
    (later,) = await placed(api, "+12125550101", hours=hours)
    (now,) = await placed(api, "+12125550102", hours={"windows": [{"from": "00:00", "until": "23:59"}]})
    with pytest.raises(AssertionError, match="deferred"):
        await exchange.dial(later)
    due_at = await api.database.fetchval("SELECT due_at FROM calls WHERE id = $1", later)
    assert (due_at.isoweekday(), due_at.hour, due_at.minute) == (day, 9, 0)
    assert await api.database.fetchval("SELECT own_hours FROM calls WHERE id = $1", now) is not None


@pytest.mark.parametrize(
    ("hours", "field"),
    [
        ({}, "hours.windows"),
        ({"windows": []}, "hours.windows"),
        ({"windows": [{"from": "9", "until": "10:00"}]}, "hours.windows[0].from"),
        ({"windows": [{"from": "09:00", "until": "09:00"}]}, "hours.windows[0]"),
        ({"windows": [{"from": "09:00", "until": "10:00", "weekdays": [8]}]}, "hours.windows[0].weekdays"),
        ({"windows": [{"from": "09:00", "until": "10:00"}], "time_zone": "Moon"}, "hours.time_zone"),
    ],
)
async def test_hours_that_cannot_be_are_refused(api: ApiUnderTest, hours: dict[str, Any], field: str) -> None:
    answer = await api.sandbox.post("/api/v1/calls", json={"to": "+12125550101", "message": "Hello", "hours": hours})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
