"""Goals, hunts and safety over the API: what is wanted, who accepted, places given back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

CAMPAIGN: dict[str, Any] = {
    "name": "Party",
    "message": "Will you come? Press 1 for yes.",
    "dtmf": {"1": {"action": "say", "text": "See you."}, "2": {"action": "hangup"}},
    "recipients": [f"+1212555010{digit}" for digit in range(6)],
    "goal": {"accepts": 2, "answer": "1"},
}


async def _create(client: httpx.AsyncClient, status: int = 201, **fields: Any) -> dict[str, Any]:
    body = {name: value for name, value in {**CAMPAIGN, **fields}.items() if value is not None}
    answer = await client.post("/api/v1/campaigns", json=body)
    assert answer.status_code == status, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def _faults(client: httpx.AsyncClient, **fields: Any) -> dict[str, str]:
    answer = await _create(client, 400, **fields)
    return {error["field"]: error["message"] for error in answer["errors"]}


async def _accept(api: ApiUnderTest, campaign_id: str, positions: dict[int, str]) -> list[int]:
    """Put accepts on record, as calls do."""
    ids = []
    for position, place in positions.items():
        recipient = await api.database.fetchval(
            "SELECT id FROM recipients WHERE campaign_id = $1 AND position = $2", campaign_id, position
        )
        await api.database.execute(
            "INSERT INTO accepts (campaign_id, recipient_id, call_id, place) VALUES ($1, $2, 'cal_1', $3)",
            *(campaign_id, recipient, place),
        )
        ids.append(recipient)
    await api.database.execute(
        "UPDATE goals g SET accepted = (SELECT count(*) FROM accepts e WHERE e.campaign_id = g.campaign_id AND place ="
        " 'taken'), standing_by = (SELECT count(*) FROM accepts e WHERE e.campaign_id = g.campaign_id AND place ="
        " 'stand_by') WHERE campaign_id = $1",
        campaign_id,
    )
    return ids


async def test_a_goal_is_shown_with_where_it_stands(api: ApiUnderTest) -> None:
    made = await _create(api.live)
    assert made["goal"] == {
        "accepts": 2,
        "answer": "1",
        "step": None,
        "pace": "exact",
        "stand_by": 0,
        "stand_by_message": None,
        "filled_message": None,
        "accepted": 0,
        "undecided": 0,
        "declined": 0,
        "standing_by": 0,
    }
    flow = await api.database.fetchval(
        "SELECT f.body FROM campaigns c JOIN flows f ON f.id = c.flow_id WHERE c.id = $1", made["campaign_id"]
    )
    assert "accept" in {step["type"] for step in flow["steps"].values()}
    assert made["stats"]["abandonment"] == {"answered": 0, "abandoned": 0, "rate": 0.0}


async def test_a_change_keeps_what_it_does_not_name(api: ApiUnderTest) -> None:
    made = await _create(api.live, start=False, goal={"accepts": 2, "answer": "1", "filled_message": "Too late."})
    path = f"/api/v1/campaigns/{made['campaign_id']}"
    changed = (await api.live.patch(path, json={"name": "Feast"})).json()
    assert changed["goal"]["filled_message"] == "Too late."
    flow = await api.database.fetchval(
        "SELECT f.body FROM campaigns c JOIN flows f ON f.id = c.flow_id WHERE c.id = $1", made["campaign_id"]
    )
    assert "Too late." in str(flow)
    changed = (await api.live.patch(path, json={"goal": None})).json()
    assert changed["goal"] is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"goal": {"accepts": 2}}, "goal.answer"),
        ({"goal": {"accepts": 2, "answer": "5"}}, "goal.answer"),
        ({"goal": {"accepts": 2, "answer": "1", "step": "other"}}, "goal.step"),
        ({"goal": {"accepts": 2, "answer": "1", "stand_by": 1}}, "goal.stand_by"),
        ({"goal": {"accepts": 2, "filled_message": "No."}}, "goal.filled_message"),
        ({"goal": {"accepts": 0, "answer": "1"}}, "goal.accepts"),
        ({"goal": {"accepts": 1, "answer": "1", "pace": "expected"}, "hunt": True}, "goal.pace"),
        ({"goal": None, "hunt": True}, "goal.answer"),
        ({"breaker": {"share": 2}}, "breaker.share"),
        ({"abandonment_limit": 2}, "abandonment_limit"),
    ],
)
async def test_a_goal_that_cannot_be_met_is_refused(api: ApiUnderTest, fields: dict[str, Any], field: str) -> None:
    assert field in await _faults(api.live, **fields)
    assert (await api.live.get("/api/v1/campaigns")).json()["campaigns"] == []


async def test_a_flow_may_have_its_own_way_to_accept(api: ApiUnderTest) -> None:
    yes = [{"type": "accept", "filled": [{"type": "say", "text": "Late."}]}, {"type": "say", "text": "See you."}]
    asking = {"type": "gather", "prompt": [{"type": "say", "text": "Will you come?"}], "branches": {"1": yes}}
    flow = {"steps": [asking]}
    made = await _create(api.live, message=None, dtmf=None, flow=flow, goal={"accepts": 1})
    assert made["goal"]["answer"] is None


async def test_a_hunt_ends_after_a_week_unless_it_says_otherwise(api: ApiUnderTest) -> None:
    made = await _create(api.live, hunt=True, goal={"accepts": 1, "answer": "1"})
    assert made["hunt"]
    assert made["schedule"]["ends_at"] is not None
    made = await _create(
        api.live, hunt=True, goal={"accepts": 1, "answer": "1"}, schedule={"ends_at": "2040-01-01T00:00:00Z"}
    )
    assert made["schedule"]["ends_at"] == "2040-01-01T00:00:00Z"


async def test_a_place_that_is_given_back_goes_to_the_first_who_stands_by(api: ApiUnderTest) -> None:
    made = await _create(api.live, goal={"accepts": 2, "answer": "1", "pace": "expected", "stand_by": 5})
    campaign_id = made["campaign_id"]
    ids = await _accept(api, campaign_id, {1: "taken", 2: "taken", 3: "stand_by", 4: "stand_by"})
    path = f"/api/v1/campaigns/{campaign_id}/accepts"
    listed = (await api.live.get(path)).json()["accepts"]
    assert [(each["to"], each["place"]) for each in listed] == [
        ("+12125550100", "taken"),
        ("+12125550101", "taken"),
        ("+12125550102", "stand_by"),
        ("+12125550103", "stand_by"),
    ]
    answer = await api.live.delete(f"{path}/{ids[0]}")
    assert answer.json() == {"moved_up": ids[2]}
    goal = (await api.live.get(f"/api/v1/campaigns/{campaign_id}")).json()["goal"]
    assert (goal["accepted"], goal["standing_by"]) == (2, 1)
    assert (await api.live.delete(f"{path}/{ids[0]}")).status_code == 404
    assert (await api.live.delete(f"{path}/{ids[3]}")).json() == {"moved_up": None}
    types = [row["type"] for row in await api.database.fetch("SELECT type FROM events WHERE subject = $1", campaign_id)]
    assert types.count("campaign.moved_up") == 1
    assert types.count("campaign.accept_withdrawn") == 2


async def test_when_nobody_stands_by_the_campaign_calls_on(api: ApiUnderTest) -> None:
    made = await _create(api.live)
    campaign_id = made["campaign_id"]
    ids = await _accept(api, campaign_id, {1: "taken", 2: "taken"})
    await api.database.execute(
        "UPDATE campaigns SET state = 'completed', state_reason = 'goal reached: 2', ended_at = now() WHERE id = $1",
        campaign_id,
    )
    await api.live.delete(f"/api/v1/campaigns/{campaign_id}/accepts/{ids[1]}")
    shown = (await api.live.get(f"/api/v1/campaigns/{campaign_id}")).json()
    assert (shown["state"], shown["goal"]["accepted"]) == ("running", 1)


async def test_a_goal_below_what_is_there_is_refused(api: ApiUnderTest) -> None:
    made = await _create(api.live)
    await _accept(api, made["campaign_id"], {1: "taken", 2: "taken"})
    path = f"/api/v1/campaigns/{made['campaign_id']}"
    await api.live.post(f"{path}/pause")
    answer = await api.live.patch(path, json={"goal": {"accepts": 1, "answer": "1"}})
    assert answer.status_code == 409
    assert "goal.accepts" in answer.text


async def test_what_pauses_it_is_shown_and_set(api: ApiUnderTest) -> None:
    made = await _create(api.live, breaker={"share": 0.2, "least_calls": 5}, abandonment_limit=0.03)
    assert made["abandonment_limit"] == 0.03
    shown = (await api.live.get(f"/api/v1/campaigns/{made['campaign_id']}/breaker")).json()
    assert shown == {
        "enabled": True,
        "share": 0.2,
        "least_calls": 5,
        "window_seconds": 120,
        "pause_seconds": 300,
        "state": "closed",
        "open_until": None,
        "reason": None,
    }
