"""Campaigns changed, copied, cancelled, called again, and held for an approval."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.campaigns import again
from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

DTMF = {"1": {"action": "hangup"}, "9": {"action": "optout"}}


async def create(api: ApiUnderTest, **fields: Any) -> tuple[str, dict[str, Any]]:
    body = {
        "name": "Recall",
        "message": "Hello {NAME}.",
        "dtmf": DTMF,
        "recipients": [
            {"to": "+12125550100", "variables": {"NAME": "Sarah"}},
            {"to": "+12125550101", "variables": {"NAME": "Tom"}},
        ],
        "start": False,
        **fields,
    }
    answer = await api.live.post("/api/v1/campaigns", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return f"/api/v1/campaigns/{made['campaign_id']}", made


async def end_all(api: ApiUnderTest, outcome: str) -> None:
    await api.database.execute("UPDATE recipients SET state = 'done', outcome = $1, ended_at = now()", outcome)


async def test_what_is_absent_stays(api: ApiUnderTest) -> None:
    path, made = await create(api, retry={"busy": {"count": 2}}, schedule={"time_zone": "account"}, priority=7)
    answer = await api.live.patch(
        path,
        json={
            "message": "Good morning {NAME}.",
            "max_concurrent": 5,
            "schedule": {"windows": [{"from": "10:00", "until": "18:00"}]},
            "goal": {"accepts": 2, "answer": "1"},
        },
    )
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["content"] == {"message": "Good morning {NAME}.", "dtmf": DTMF}
    assert (shown["max_concurrent"], shown["priority"], shown["goal"]["accepts"]) == (5, 7, 2)
    assert shown["schedule"]["time_zone"] == "account"
    assert shown["schedule"]["windows"] == [{"from": "10:00", "until": "18:00"}]
    assert shown["retry"] == made["retry"]
    gone = (await api.live.patch(path, json={"max_concurrent": None, "goal": None, "retry": None})).json()
    assert (gone["max_concurrent"], gone["goal"], gone["retry"]["busy"] if gone["retry"] else None) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"message": "Hello {DOG}."}, "message"),
        ({"schedule": {"ends_at": "2020-01-01T10:00:00Z"}}, "schedule.ends_at"),
        ({"schedule": {"windows": [{"from": "02:00", "until": "03:00"}]}}, "schedule.windows"),
        ({"recipients": []}, "recipients"),
        ({"weight": 0}, "weight"),
    ],
)
async def test_a_change_that_cannot_work_changes_nothing(api: ApiUnderTest, change: Any, field: str) -> None:
    path, _ = await create(api)
    before = (await api.live.get(path)).json()
    answer = await api.live.patch(path, json=change)
    assert answer.status_code == 400, answer.text
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert (await api.live.get(path)).json() == before


async def test_one_that_runs_must_be_paused_before(api: ApiUnderTest) -> None:
    path, _ = await create(api, start=True)
    answer = await api.live.patch(path, json={"priority": 1})
    assert answer.status_code == 409
    assert "pause" in answer.json()["detail"]
    await api.live.post(f"{path}/pause")
    assert (await api.live.patch(path, json={"priority": 1})).json()["priority"] == 1


async def test_a_copy_is_a_draft(api: ApiUnderTest) -> None:
    goal = {"accepts": 1, "answer": "1"}
    path, made = await create(api, start=True, schedule={"starts_at": "2099-01-02T10:00"}, goal=goal)
    await end_all(api, "human")
    copy = await api.live.post(f"{path}/clone", json={"name": "Second round", "recipients": True})
    assert copy.status_code == 201, copy.text
    shown = copy.json()
    assert (shown["state"], shown["name"], shown["schedule"]["starts_at"]) == ("draft", "Second round", None)
    assert shown["recipients"] == {"total": 2, "waiting": 2, "again": 0, "active": 0, "done": 0}
    assert (shown["content"], shown["goal"]["accepts"]) == (made["content"], 1)
    assert shown["source"] == {"kind": "campaign", "campaign_id": made["campaign_id"]}
    empty = (await api.live.post(f"{path}/clone", json={})).json()
    assert empty["recipients"]["total"] == 0


async def test_a_cancelled_one_is_over(api: ApiUnderTest) -> None:
    path, _ = await create(api, start=True)
    assert (await api.live.post(f"{path}/cancel")).json()["state"] == "cancelled"
    for action in ("start", "pause", "resume", "cancel"):
        assert (await api.live.post(f"{path}/{action}")).status_code == 409
    shown = (await api.live.get(path)).json()
    assert shown["recipients"] == {"total": 2, "waiting": 0, "again": 0, "active": 0, "done": 2}
    assert shown["stats"]["outcomes"] == {"cancelled": 2}
    people = (await api.live.get(f"{path}/recipients", params={"outcome": "cancelled"})).json()["recipients"]
    assert [(r["state"], r["outcome"], r["reason"]) for r in people] == [
        ("done", "cancelled", "the campaign was cancelled")
    ] * 2
    assert (await api.live.get(f"{path}/recipients", params={"state": "waiting"})).json()["recipients"] == []


async def test_those_who_were_not_reached_are_called_again(api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "BATCH", 1)
    path, _ = await create(api, start=True)
    await end_all(api, "busy")
    refused = await api.live.post(f"{path}/retry", json={"outcomes": ["no_answer"]})
    assert refused.status_code == 400, refused.text
    shown = (await api.live.post(f"{path}/retry", json={"outcomes": ["busy"]})).json()
    assert (shown["recipients"]["again"], shown["filling"]) == (1, True)
    await api.jobs.run()
    shown = (await api.live.get(path)).json()
    assert (shown["recipients"]["again"], shown["filling"]) == (2, False)


async def test_a_text_that_nobody_approved_waits(api: ApiUnderTest) -> None:
    await api.live.patch("/api/v1/approvals/settings", json={"texts": True})
    path, made = await create(api, start=True)
    assert made["held"] is True
    assert made["state_reason"] == "waits for the approval of its text"
    waiting = (await api.live.get("/api/v1/approvals", params={"state": "pending"})).json()["approvals"]
    for approval in waiting:
        await api.live.post(f"/api/v1/approvals/{approval['approval_id']}/approve", json={})
    assert (await api.live.get(path)).json()["held"] is False
    await api.live.post(f"/api/v1/approvals/{waiting[0]['approval_id']}/reject", json={"comment": "rude"})
    shown = (await api.live.get(path)).json()
    assert (shown["state"], shown["held"]) == ("paused", True)
    assert "rejected" in shown["state_reason"]
