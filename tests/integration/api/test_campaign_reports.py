"""A campaign in numbers over the API: charts, the live page's stream, links for others, and forms that are kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

PEOPLE = [{"to": "+12125550100"}, {"to": "+13125550101"}, {"to": "+13125550102"}]
NOON = datetime(2026, 3, 4, 18, 30, tzinfo=UTC)


async def create(api: ApiUnderTest, **more: Any) -> str:
    body = {"name": "Recall", "message": "Hello.", "recipients": PEOPLE, **more}
    answer = await api.live.post("/api/v1/campaigns", json=body)
    assert answer.status_code == 201, answer.text
    return f"/api/v1/campaigns/{answer.json()['campaign_id']}"


async def called(api: ApiUnderTest, campaign: str, position: int, outcome: str, at: datetime) -> None:
    """Let somebody have been called, as a settled attempt would leave it."""
    made = await api.live.post("/api/v1/calls", json={"to": PEOPLE[position]["to"], "message": "Hello."})
    await api.database.execute(
        "WITH r AS (UPDATE recipients SET state = 'done', outcome = $3, call_id = $4, ended_at = $5"
        " WHERE campaign_id = $1 AND position = $2 RETURNING id, lane_id)"
        " UPDATE calls SET campaign_id = $1, outcome = $3, status = 'answered', ended_at = $5, answered_at = $5,"
        " recipient_id = r.id, lane_id = r.lane_id FROM r WHERE calls.id = $4",
        *(campaign.rpartition("/")[2], position + 1, outcome, made.json()["call_id"], at),
    )


async def test_the_report_tells_when_and_where(api: ApiUnderTest) -> None:
    path = await create(api)
    await called(api, path, 0, "human", NOON)
    await called(api, path, 1, "human", NOON + timedelta(seconds=20))
    await called(api, path, 2, "busy", NOON + timedelta(minutes=2))
    report = (await api.live.get(f"{path}/report")).json()
    assert report["step_seconds"] == 60
    assert report["over_time"] == [
        {"at": "2026-03-04T18:30:00Z", "outcomes": {"human": 2}},
        {"at": "2026-03-04T18:32:00Z", "outcomes": {"busy": 1}},
    ]
    assert report["by_zone_and_hour"] == [
        {"zone": "America/Chicago", "hour": 12, "outcomes": {"busy": 1, "human": 1}},
        {"zone": "America/New_York", "hour": 13, "outcomes": {"human": 1}},
    ]
    empty = (await api.live.get(f"{await create(api)}/report")).json()
    assert empty["over_time"] == empty["by_zone_and_hour"] == []


async def test_the_stream_tells_what_changed_until_the_campaign_is_over(api: ApiUnderTest) -> None:
    path = await create(api)
    headers = {"Accept": "text/event-stream"}

    async def act() -> None:
        await called(api, path, 0, "human", NOON)
        await api.live.post(f"{path}/cancel")

    acting = asyncio.create_task(act())
    async with asyncio.timeout(60):
        answer = await api.live.get(f"{path}/live", headers=headers)
    await acting
    events = [dict(line.split(": ", 1) for line in block.split("\n")) for block in answer.text.strip().split("\n\n")]
    last = orjson.loads(events[-1]["data"])
    assert last["campaign"]["state"] == "cancelled"
    assert last["campaign"]["stats"]["outcomes"]["human"] == 1
    assert last["calls"] == []
    assert events[-1]["id"].startswith("over-")
    again = await api.live.get(f"{path}/live", headers={**headers, "Last-Event-ID": events[-1]["id"]})
    assert again.status_code == 204
    plain = (await api.live.get(f"{path}/live")).json()
    assert plain["campaign"]["state"] == "cancelled"


async def test_calls_in_the_air_are_shown(api: ApiUnderTest) -> None:
    path = await create(api)
    made = await api.live.post("/api/v1/calls", json={"to": PEOPLE[0]["to"], "message": "Hello."})
    await api.database.execute(
        "WITH c AS (UPDATE calls SET status = 'ringing', campaign_id = $2 WHERE id = $1)"
        " UPDATE recipients SET state = 'active', call_id = $1 WHERE campaign_id = $2 AND position = 1",
        *(made.json()["call_id"], path.rpartition("/")[2]),
    )
    live = (await api.live.get(f"{path}/live")).json()
    assert [(call["to"], call["status"]) for call in live["calls"]] == [("+12125550100", "ringing")]
    assert live["campaign"]["recipients"]["active"] == 1


async def test_a_link_shows_numbers_and_nobodys_number(api: ApiUnderTest) -> None:
    path = await create(api)
    await called(api, path, 0, "human", NOON)
    made = (await api.live.post(f"{path}/links", json={"days": 7})).json()
    assert made["path"] == f"/app/shared/{made['token']}"
    shown = await api.nobody.get(f"/api/v1/shared-results/{made['token']}")
    assert shown.status_code == 200
    assert shown.json()["organisation"] == "Elm Street Dental"
    assert shown.json()["stats"]["outcomes"] == {"human": 1}
    assert "+1212" not in shown.text
    (listed,) = (await api.live.get(f"{path}/links")).json()["links"]
    assert listed["opened"] == 1
    assert "token" not in listed
    assert (await api.live.delete(f"{path}/links/{made['link_id']}")).status_code == 204
    gone = await api.nobody.get(f"/api/v1/shared-results/{made['token']}")
    assert gone.status_code == 404
    assert "ask whoever sent it" in gone.json()["detail"]


async def test_a_link_expires(api: ApiUnderTest) -> None:
    path = await create(api)
    made = (await api.live.post(f"{path}/links", json={})).json()
    await api.database.execute("UPDATE result_links SET expires_at = now() - interval '1 second'")
    assert (await api.nobody.get(f"/api/v1/shared-results/{made['token']}")).status_code == 404
    assert (await api.live.get(f"{path}/links")).json()["links"] == []
    await api.services.campaigns.drafts.forget_old()
    assert await api.database.fetchval("SELECT count(*) FROM result_links") == 0
    wrong = await api.live.post(f"{path}/links", json={"days": 0})
    assert wrong.json()["errors"][0]["field"] == "days"


async def test_a_form_is_kept_until_it_becomes_a_campaign(api: ApiUnderTest) -> None:
    form = {"step": "audience", "recipients": [{"to": "+1 212 555-0100"}, {"to": "+12125550101"}]}
    made = (await api.live.post("/api/v1/campaign-drafts", json={"name": "Snow day", "form": form})).json()
    path = f"/api/v1/campaign-drafts/{made['draft_id']}"
    changed = await api.live.patch(path, json={"form": {**form, "step": "message"}})
    assert changed.json()["form"]["step"] == "message"
    (listed,) = (await api.live.get("/api/v1/campaign-drafts")).json()["drafts"]
    assert listed["name"] == "Snow day"
    assert "form" not in listed
    assert (await api.sandbox.get(path)).status_code == 404
    contact = (await api.live.post("/api/v1/contacts", json={"to": "+12125550100"})).json()
    erased = await api.live.post(f"/api/v1/contacts/{contact['contact_id']}/erase", json={"confirm": True})
    assert erased.is_success, erased.text
    assert (await api.live.get(path)).json()["form"]["recipients"] == [{"to": "+12125550101"}]
    assert (await api.live.delete(path)).status_code == 204
    assert (await api.live.get(path)).status_code == 404
