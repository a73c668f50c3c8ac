"""The smaller resources: suppressions, numbers, account, voices, flows."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres


async def test_a_person_is_entered_once_and_taken_off(api: ApiUnderTest) -> None:
    body = {"to": "(212) 555-0100", "evidence": "asked by letter"}
    first = await api.live.post("/api/v1/suppressions", json=body)
    again = await api.live.post("/api/v1/suppressions", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["to"], first.json()["scope"], first.json()["evidence"]) == (
        "+12125550100",
        "organisation",
        "asked by letter",
    )
    path = f"/api/v1/suppressions/{first.json()['suppression_id']}"
    assert (await api.sandbox.delete(path)).status_code == 403
    assert (await api.live.delete(path)).status_code == 204
    assert (await api.live.delete(path)).status_code == 404


async def test_suppressions_page_and_narrow(api: ApiUnderTest) -> None:
    for i in range(3):
        await api.live.post("/api/v1/suppressions", json={"to": f"+1212555010{i}"})
    page = (await api.live.get("/api/v1/suppressions?limit=2")).json()
    assert [entry["to"] for entry in page["suppressions"]] == ["+12125550102", "+12125550101"]
    rest = (await api.live.get(f"/api/v1/suppressions?cursor={page['next_cursor']}")).json()
    assert [entry["to"] for entry in rest["suppressions"]] == ["+12125550100"]
    assert rest["next_cursor"] is None
    found = (await api.live.get("/api/v1/suppressions?to=2125550101")).json()
    assert [entry["to"] for entry in found["suppressions"]] == ["+12125550101"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "to"),
        ({"to": "12"}, "to"),
        ({"to": "+12125550100", "scope": "planet"}, "scope"),
        ({"to": "+12125550100", "scope": "channel"}, "scope_key"),
        ({"to": "+12125550100", "scope": "campaign"}, "scope_key"),
        ({"to": "+12125550100", "evidence": ""}, "evidence"),
        ({"to": "+12125550100", "reason": "x"}, "reason"),
    ],
)
async def test_wrong_suppressions_are_refused(api: ApiUnderTest, body: dict[str, Any], field: str) -> None:
    answer = await api.live.post("/api/v1/suppressions", json=body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await api.database.fetchval("SELECT count(*) FROM suppressions") == 0


async def test_the_account_says_who_and_what(api: ApiUnderTest) -> None:
    body = (await api.sandbox.get("/api/v1/account")).json()
    assert body["organisation"]["calling_hours"] == {"from": "09:00", "until": "20:00"}
    assert body["key"]["sandbox"] is True
    assert body["limits"]["concurrent_calls"] == {"used": 0, "capacity": 50}
    await api.services.accounts.set_calling_hours(api.organisation.id, None, None)
    assert (await api.live.get("/api/v1/account")).json()["organisation"]["calling_hours"] is None
    secret = (await api.live.get("/api/v1/account/webhook-secret")).json()["webhook_secret"]
    assert secret == await api.services.accounts.webhook_secret(api.organisation.id)


async def test_voices_and_languages_are_listed(api: ApiUnderTest) -> None:
    voices = (await api.live.get("/api/v1/voices")).json()["voices"]
    assert {"name": "pico-en-US-f", "language": "en-US", "gender": "female", "engine": "pico"} in voices
    for language, expected in (("de", 1), ("en-us", 2), ("e", 0), ("fr", 0)):
        found = (await api.live.get("/api/v1/voices", params={"language": language})).json()["voices"]
        assert len(found) == expected
    assert (await api.live.get("/api/v1/languages")).json()["languages"] == [
        {"language": "de-DE", "name": "German", "voices": ["pico-de-DE-f"]},
        {"language": "en-US", "name": "English (America)", "voices": ["pico-en-US-f", "espeak-en-US-m"]},
    ]


@pytest.mark.parametrize(
    ("asked", "used"),
    [
        ({"voice": "en-US-Neural-F"}, "pico-en-US-f"),
        ({"voice": "en-US-Neural-D", "language": "en-US"}, None),
        ({"voice": "espeak-en-US-m"}, "espeak-en-US-m"),
        ({"language": "de-DE"}, "pico-de-DE-f"),
        ({}, "pico-en-US-f"),
    ],
)
async def test_the_answer_says_which_voice_speaks(api: ApiUnderTest, asked: dict[str, str], used: str | None) -> None:
    answer = await api.live.post("/api/v1/calls", json={"to": "+12125550100", "message": "x", **asked})
    assert answer.status_code == 201, answer.text
    voice = answer.json()["voice"]
    assert voice["asked"] == asked.get("voice")
    assert used is None or voice["used"] == used


async def test_a_flow_can_be_checked_without_calling_anybody(api: ApiUnderTest) -> None:
    flow = {
        "steps": [
            {
                "type": "gather",
                "prompt": [{"type": "say", "text": "Hello {NAME}"}],
                "branches": {"1": [{"type": "say", "text": "{THANKS}"}], "9": [{"type": "optout"}]},
            }
        ]
    }
    schema = (await api.live.get("/api/v1/flows/schema")).json()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(flow, schema)
    answer = await api.live.post("/api/v1/flows/validate", json=flow)
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["valid"], report["placeholders"]) == (True, ["NAME", "THANKS"])
    again = await api.live.post("/api/v1/flows/validate", json=report["flow"])
    assert again.json()["flow"] == report["flow"]


@pytest.mark.parametrize(
    ("flow", "field"),
    [
        ({}, "steps"),
        ({"steps": [{"type": "say"}]}, "steps[0].text"),
        ({"steps": [{"type": "sms", "text": " "}]}, "steps[0].text"),
        ({"steps": [{"type": "play", "audio": "aud_1"}]}, "steps[0].audio"),
        ({"steps": [{"type": "say", "text": "x", "voice": "xx-nobody"}]}, "steps[0].voice"),
        ({"voice": "xx-nobody", "steps": [{"type": "say", "text": "x"}]}, "voice"),
    ],
)
async def test_a_wrong_flow_names_the_step(api: ApiUnderTest, flow: dict[str, Any], field: str) -> None:
    answer = await api.live.post("/api/v1/flows/validate", json=flow)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
