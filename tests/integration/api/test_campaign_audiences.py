"""Campaigns for contacts, and what is said before they call: preflight and dry runs."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.campaigns import audiences
from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres


async def people(api: ApiUnderTest) -> list[str]:
    ids = []
    for body in (
        {"to": "+12125550100", "first_name": "Sarah", "tags": ["late"], "time_zone": "America/Denver"},
        {"to": "+12125550101", "first_name": "Tom", "tags": ["late"]},
        {"to": "+12125550102", "tags": ["late"]},
        {"first_name": "Nobody", "email": "nobody@example.com", "tags": ["late"]},
        {"to": "+12125550103", "first_name": "Ann"},
    ):
        answer = await api.live.post("/api/v1/contacts", json=body)
        assert answer.status_code == 201, answer.text
        ids.append(answer.json()["contact_id"])
    return ids


async def create(api: ApiUnderTest, *, status: int = 201, **fields: Any) -> dict[str, Any]:
    body = {"name": "Recall", "message": "Hello {FIRST_NAME}.", **fields}
    answer = await api.live.post("/api/v1/campaigns", json=body)
    assert answer.status_code == status, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def recipients(api: ApiUnderTest, made: dict[str, Any]) -> list[dict[str, Any]]:
    found = (await api.live.get(f"/api/v1/campaigns/{made['campaign_id']}/recipients")).json()
    listed: list[dict[str, Any]] = found["recipients"]
    return listed


async def test_a_group_is_called_by_its_own_fields(api: ApiUnderTest) -> None:
    ids = await people(api)
    group = (await api.live.post("/api/v1/groups", json={"name": "Patients", "contact_ids": ids})).json()
    made = await create(api, group=group["group_id"])
    assert made["source"] == {
        "kind": "group",
        "group_id": group["group_id"],
        "name": "Patients",
        "given": 4,
        "refused": 1,
        "duplicates": 0,
    }
    found = {r["to"]: r for r in await recipients(api, made)}
    assert found["+12125550100"]["variables"] == {"FIRST_NAME": "Sarah"}
    assert found["+12125550100"]["time_zones"] == ["America/Denver"]
    assert found["+12125550102"]["state"] == "done"
    assert found["+12125550102"]["outcome"] == "skipped"
    assert found["+12125550102"]["reason"] == "the placeholder {FIRST_NAME} has no value for this contact"


async def test_a_filter_and_a_saved_one(api: ApiUnderTest) -> None:
    await people(api)
    segment = (await api.live.post("/api/v1/segments", json={"name": "Late", "filter": 'tags contains "late"'})).json()
    for fields in ({"segment": segment["segment_id"]}, {"filter": 'tags contains "late"'}):
        made = await create(api, message="Closed.", **fields)
        assert made["recipients"]["total"] == 3
        assert made["source"]["filter"] == 'tags contains "late"'


async def test_people_by_id(api: ApiUnderTest) -> None:
    ids = await people(api)
    made = await create(api, message="Closed.", contact_ids=ids[:2])
    assert [r["contact_id"] for r in await recipients(api, made)] == ids[:2]
    refused = await create(api, status=400, contact_ids=[ids[0], "con_nobody"])
    assert [error["field"] for error in refused["errors"]] == ["contact_ids[1]"]


async def test_a_large_audience_is_filled_in_behind(api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiences, "PAGE", 2)
    ids = await people(api)
    made = await create(api, message="Closed.", contact_ids=ids)
    assert (made["filling"], made["recipients"]["total"]) == (True, 2)
    await api.jobs.run()
    shown = (await api.live.get(f"/api/v1/campaigns/{made['campaign_id']}")).json()
    assert (shown["filling"], shown["recipients"]["total"], shown["source"]["given"]) == (False, 4, 4)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"group": "grp_nobody"}, "group"),
        ({"filter": 'first_name == "Zoe"', "message": "Closed."}, "filter"),
        ({"filter": "nonsense ="}, "filter"),
        ({"filter": 'first_name == "Ann"', "recipients": ["+12125550100"]}, "filter"),
        ({"filter": 'first_name == "Ann"', "message": "Hello {DOG}."}, "message"),
        (
            {
                "filter": 'first_name == "Ann"',
                "dtmf": {"1": {"action": "hangup"}},
                "goal": {"accepts": 2, "answer": "1"},
            },
            "goal.accepts",
        ),
        (
            {
                "filter": 'first_name == "Ann"',
                "schedule": {"windows": [{"from": "02:00", "until": "04:00"}], "time_zone": "recipient"},
            },
            "schedule.windows",
        ),
    ],
)
async def test_who_cannot_be_called_is_refused(api: ApiUnderTest, fields: dict[str, Any], field: str) -> None:
    await people(api)
    refused = await create(api, status=400, **fields)
    assert field in {error["field"] for error in refused["errors"]}
    assert (await api.live.get("/api/v1/campaigns")).json()["campaigns"] == []


async def test_a_preflight_tells_who_is_called_and_why_others_are_not(api: ApiUnderTest) -> None:
    await api.live.post("/api/v1/suppressions", json={"to": "+12125550100", "evidence": "letter"})
    agreed = {"channel": "call", "purpose": "marketing", "wording": "yes", "source": "form"}
    for number in ("+12125550100", "+12125550101"):
        answer = await api.live.post("/api/v1/consents", json={"to": number, **agreed})
        assert answer.status_code == 201, answer.text
    body = {
        "message": "Hello {NAME}.",
        "variables": {"NAME": "friend"},
        "purpose": "marketing",
        "recipients": [
            {"to": "+12125550100"},
            {"to": "+12125550101", "variables": {"NAME": "Tom"}},
            "+12125550102",
            "+12125550101",
            "12",
        ],
        "on_bad_recipients": "skip",
    }
    dry = await create(api, status=200, dry_run=True, **body)
    assert dry["dry_run"] is True
    assert (dry["recipients"], dry["contacted"]) == (3, 1)
    assert dry["skipped"] == {"opted_out": 1, "no_consent": 1}
    assert (dry["duplicates"], dry["refused"]) == (1, 1)
    read = {"subject": None, "text": None, "parts": None}
    assert dry["samples"][1] == {"to": "+12125550101", "said": "Hello Tom.", **read}
    assert (await api.live.get("/api/v1/campaigns")).json()["campaigns"] == []
    made = await create(api, start=False, **body)
    seen = (await api.live.get(f"/api/v1/campaigns/{made['campaign_id']}/preflight")).json()
    # both may call at once, so each names the second of its own question
    assert seen.pop("opens_at") >= dry.pop("opens_at")
    assert seen == {name: value for name, value in dry.items() if name not in {"dry_run", "errors"}}
