"""What became of a campaign over the API: counts, results as files, events, one person's timeline."""

from __future__ import annotations

import csv
import io
from typing import Any

import orjson
import pytest

from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres


async def create(api: ApiUnderTest) -> str:
    body = {
        "name": "Recall",
        "message": "Hello {NAME}.",
        "recipients": [
            {"to": "+12125550100", "variables": {"NAME": "=SUM(A1)"}},
            {"to": "+12125550101", "variables": {"NAME": "Tom"}},
        ],
    }
    answer = await api.live.post("/api/v1/campaigns", json=body)
    assert answer.status_code == 201, answer.text
    return f"/api/v1/campaigns/{answer.json()['campaign_id']}"


async def test_results_as_csv_and_as_json_lines(api: ApiUnderTest) -> None:
    path = await create(api)
    await api.database.execute(
        "UPDATE recipients SET state = 'done', outcome = 'busy', ended_at = now() WHERE position = 2"
    )
    answer = await api.live.get(f"{path}/results")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["position"], row["to"], row["state"], row["outcome"]) for row in rows] == [
        ("1", "'+12125550100", "waiting", ""),
        ("2", "'+12125550101", "done", "busy"),
    ]
    assert rows[0]["variables.NAME"] == "'=SUM(A1)"
    answer = await api.live.get(f"{path}/results", params={"format": "jsonl"})
    lines = [orjson.loads(line) for line in answer.text.splitlines()]
    assert [(line["to"], line["variables"]) for line in lines] == [
        ("+12125550100", {"NAME": "=SUM(A1)"}),
        ("+12125550101", {"NAME": "Tom"}),
    ]


async def test_a_batch_has_results_and_counts_too(api: ApiUnderTest) -> None:
    batch = {"to": ["+12125550100", "+12125550101"], "message": "Closed.", "campaign_name": "Snow day"}
    made = (await api.live.post("/api/v1/calls", json=batch)).json()
    path = f"/api/v1/campaigns/{made['campaign_id']}"
    await api.live.post(f"/api/v1/calls/{made['calls'][0]['call_id']}/cancel")
    shown = (await api.live.get(path)).json()
    assert (shown["kind"], shown["state"], shown["name"]) == ("batch", "running", "Snow day")
    assert shown["recipients"] == {"total": 2, "waiting": 1, "again": 0, "active": 0, "done": 1}
    assert shown["stats"]["outcomes"] == {"cancelled": 1}
    lines = (await api.live.get(f"{path}/results", params={"format": "jsonl"})).text.splitlines()
    assert [orjson.loads(line)["position"] for line in lines] == [1, 2]
    for action in ("pause", "start", "resume", "cancel"):
        assert (await api.live.post(f"{path}/{action}")).status_code == 409


async def test_its_events_are_listed_and_followed_to_the_end(api: ApiUnderTest) -> None:
    path = await create(api)
    await api.live.post(f"{path}/cancel")
    answer = await api.live.get(f"{path}/events", headers={"Accept": "text/event-stream"})
    assert [line for line in answer.text.splitlines() if line.startswith("event:")] == [
        "event: campaign.created",
        "event: campaign.started",
        "event: campaign.cancelled",
    ]
    listed = (await api.live.get(f"{path}/events")).json()["events"]
    assert [event["type"] for event in listed] == ["campaign.created", "campaign.started", "campaign.cancelled"]


async def test_a_person_is_shown_with_their_calls(api: ApiUnderTest) -> None:
    path = await create(api)
    one = (await api.live.get(f"{path}/recipients")).json()["recipients"][0]
    shown: dict[str, Any] = (await api.live.get(f"{path}/recipients/{one['recipient_id']}")).json()
    assert shown == {**one, "calls": [], "events": []}
    call = (await api.live.post("/api/v1/calls", json={"to": "+12125550100", "message": "Hello."})).json()
    await api.database.execute("UPDATE calls SET recipient_id = $2 WHERE id = $1", call["call_id"], one["recipient_id"])
    shown = (await api.live.get(f"{path}/recipients/{one['recipient_id']}")).json()
    assert [each["call_id"] for each in shown["calls"]] == [call["call_id"]]
    assert (await api.live.get(f"{path}/recipients/99999999")).status_code == 404
