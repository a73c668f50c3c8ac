"""Campaigns over the API: created, shown, moved, listed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

PEOPLE = [
    {"to": "+12125550100", "variables": {"FIRST_NAME": "Sarah"}},
    {"to": "+13125550101", "variables": {"FIRST_NAME": "Tom"}},
    {"to": "+12125550102", "variables": {"FIRST_NAME": "Ann"}, "other_numbers": ["+12125550103"]},
]
CAMPAIGN: dict[str, Any] = {
    "name": "Recall",
    "message": "Hello {FIRST_NAME}, press 1 to confirm.",
    "recipients": PEOPLE,
}


async def create(client: httpx.AsyncClient, *, status: int = 201, **fields: Any) -> dict[str, Any]:
    body = {name: value for name, value in {**CAMPAIGN, **fields}.items() if value is not None}
    answer = await client.post("/api/v1/campaigns", json=body)
    assert answer.status_code == status, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def wrong_fields(client: httpx.AsyncClient, **fields: Any) -> dict[str, str]:
    answer = await create(client, status=400, **fields)
    return {error["field"]: error["message"] for error in answer["errors"]}


async def test_a_campaign_is_created_and_begins(api: ApiUnderTest) -> None:
    made = await create(api.live)
    assert made["state"] == "running"
    assert made["recipients"] == {"total": 3, "waiting": 3, "again": 0, "active": 0, "done": 0}
    assert made["source"] == {"kind": "list", "given": 3, "refused": 0, "duplicates": 0}
    shown = (await api.live.get(f"/api/v1/campaigns/{made['campaign_id']}")).json()
    assert shown["name"] == "Recall"
    assert shown["content"]["message"] == CAMPAIGN["message"]
    assert shown["progress"] == 0
    listed = (await api.live.get("/api/v1/campaigns")).json()
    assert [campaign["campaign_id"] for campaign in listed["campaigns"]] == [made["campaign_id"]]


async def test_recipients_are_shown_in_the_order_of_the_list(api: ApiUnderTest) -> None:
    made = await create(api.live)
    path = f"/api/v1/campaigns/{made['campaign_id']}/recipients"
    first = (await api.live.get(path, params={"limit": 2})).json()
    assert [(r["position"], r["to"]) for r in first["recipients"]] == [(1, "+12125550100"), (2, "+13125550101")]
    assert first["recipients"][1]["time_zones"] == ["America/Chicago"]
    assert first["recipients"][1]["time_zone_source"] == "number"
    rest = (await api.live.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [r["other_numbers"] for r in rest["recipients"]] == [["+12125550103"]]
    assert rest["next_cursor"] is None
    found = (await api.live.get(path, params={"zone": "America/Chicago"})).json()
    assert [r["to"] for r in found["recipients"]] == ["+13125550101"]
    found = (await api.live.get(path, params={"text": "sarah"})).json()
    assert [r["to"] for r in found["recipients"]] == ["+12125550100"]


async def test_a_number_that_stands_twice_is_called_once(api: ApiUnderTest) -> None:
    made = await create(api.live, recipients=[*PEOPLE, {"to": "(212) 555-0100", "variables": {"FIRST_NAME": "S."}}])
    assert made["recipients"]["total"] == 3
    assert made["source"]["duplicates"] == 1


async def test_each_bad_recipient_is_named(api: ApiUnderTest) -> None:
    people = [*PEOPLE, {"to": "12", "variables": {"FIRST_NAME": "X"}}, {"to": "+12125550105"}, "+19005550100"]
    faults = await wrong_fields(api.live, recipients=people)
    assert set(faults) == {"recipients[3].to", "recipients[4].variables", "recipients[5].variables"}
    assert (await api.live.get("/api/v1/campaigns")).json()["campaigns"] == []


async def test_bad_recipients_are_left_out_when_asked(api: ApiUnderTest) -> None:
    made = await create(api.live, recipients=[*PEOPLE, {"to": "12"}], on_bad_recipients="skip")
    assert made["recipients"]["total"] == 3
    assert made["source"]["refused"] == 1
    assert {error["field"] for error in made["errors"]} == {"recipients[3].to", "recipients[3].variables"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"recipients": None}, "recipients"),
        ({"recipients": []}, "recipients"),
        ({"message": None}, "message"),
        ({"from": "+12125550177"}, "from"),
        ({"schedule": {"ends_at": "2020-01-01T10:00:00Z"}}, "schedule.ends_at"),
        (
            {"schedule": {"starts_at": "2099-01-02T10:00:00Z", "ends_at": "2099-01-01T10:00:00Z"}},
            "schedule.ends_at",
        ),
        ({"schedule": {"windows": []}}, "schedule.windows"),
        ({"schedule": {"windows": [{"from": "9", "until": "17:00"}]}}, "schedule.windows[0].from"),
        ({"schedule": {"time_zone": "Mars/Olympus"}}, "schedule.time_zone"),
        ({"schedule": {"holidays": ["25.12."]}}, "schedule.holidays[0]"),
        ({"purpose": "emergency"}, "purpose"),
        ({"priority": 10}, "priority"),
        ({"nmae": "x"}, "nmae"),
        ({"goal": {"accepts": 1, "stand_by": 2}}, "goal.stand_by"),
    ],
)
async def test_what_cannot_work_is_refused(api: ApiUnderTest, fields: dict[str, Any], field: str) -> None:
    assert field in await wrong_fields(api.live, **fields)


async def test_states(api: ApiUnderTest) -> None:
    made = await create(api.live, start=False)
    path = f"/api/v1/campaigns/{made['campaign_id']}"
    assert made["state"] == "draft"
    refused = await api.live.post(f"{path}/pause")
    assert refused.status_code == 409
    assert "draft" in refused.json()["detail"]
    for action, state in (("start", "running"), ("pause", "paused"), ("resume", "running")):
        answer = await api.live.post(f"{path}/{action}")
        assert (answer.status_code, answer.json().get("state")) == (200, state), answer.text
    assert (await api.live.delete(path)).status_code == 409
    types = await api.database.fetch("SELECT type FROM events WHERE subject = $1 ORDER BY id", made["campaign_id"])
    assert [row["type"] for row in types] == [
        "campaign.created",
        "campaign.started",
        "campaign.paused",
        "campaign.resumed",
    ]


async def test_one_with_a_start_waits_for_it(api: ApiUnderTest) -> None:
    made = await create(api.live, schedule={"starts_at": "2099-01-02T10:00"})
    assert made["state"] == "scheduled"
    assert made["schedule"]["starts_at"] == "2099-01-02T15:00:00Z"


async def test_a_draft_is_deleted(api: ApiUnderTest) -> None:
    made = await create(api.live, start=False)
    path = f"/api/v1/campaigns/{made['campaign_id']}"
    listed = "SELECT count(*) FROM recipients WHERE campaign_id = $1"
    assert await api.database.fetchval(listed, made["campaign_id"]) > 0
    assert (await api.live.delete(path)).status_code == 204
    assert (await api.live.get(path)).status_code == 404
    assert await api.database.fetchval(listed, made["campaign_id"]) == 0


async def test_a_recipient_is_taken_out(api: ApiUnderTest) -> None:
    made = await create(api.live)
    path = f"/api/v1/campaigns/{made['campaign_id']}"
    one = (await api.live.get(f"{path}/recipients")).json()["recipients"][0]
    assert (await api.live.delete(f"{path}/recipients/{one['recipient_id']}")).status_code == 204
    assert (await api.live.get(path)).json()["recipients"]["total"] == 2


async def test_a_do_not_call_list_of_its_own_stops_its_calls_alone(api: ApiUnderTest) -> None:
    made = {"name": "Donors", "kind": "own", "everywhere": False, "binds": "all"}
    listed = (await api.live.post("/api/v1/do-not-call", json=made)).json()["list_id"]
    entries = {"numbers": ["+12125550142"]}
    answer = await api.live.post(f"/api/v1/do-not-call/{listed}/entries", json=entries)
    assert answer.is_success, answer.text
    body = {"name": "News", "message": "Hello.", "recipients": ["+12125550142", "+12125550143"], "start": False}

    async def skipped(campaign: str) -> dict[str, int]:
        reasons: dict[str, int] = (await api.live.get(f"/api/v1/campaigns/{campaign}/preflight")).json()["skipped"]
        return reasons

    with_list = await api.live.post("/api/v1/campaigns", json={**body, "do_not_call": ["Donors"]})
    assert with_list.status_code == 201, with_list.text
    assert with_list.json()["do_not_call"] == ["Donors"]
    without = (await api.live.post("/api/v1/campaigns", json=body)).json()["campaign_id"]
    assert await skipped(with_list.json()["campaign_id"]) == {"do_not_call": 1}
    assert await skipped(without) == {}

    path = f"/api/v1/campaigns/{with_list.json()['campaign_id']}"
    assert (await api.live.patch(path, json={"priority": 7})).json()["do_not_call"] == ["Donors"]
    copy = (await api.live.post(f"{path}/clone", json={})).json()
    assert copy["do_not_call"] == ["Donors"]
    assert (await api.live.patch(path, json={"do_not_call": []})).json()["do_not_call"] == []
    assert await skipped(with_list.json()["campaign_id"]) == {}

    wrong = await api.live.post("/api/v1/campaigns", json={**body, "do_not_call": [listed, "nobody's"]})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "do_not_call[1]")
