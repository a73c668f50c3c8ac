"""What an organisation allows itself: seen, changed by an owner, and obeyed when calls are posted."""

from __future__ import annotations

import pytest

from support.api import ApiUnderTest

CALL = {"to": "+442071838750", "message": "Hello"}


async def test_a_new_organisation_calls_its_own_country(api: ApiUnderTest) -> None:
    shown = (await api.live.get("/api/v1/limits")).json()
    assert shown["allowed_countries"] == ["US"]
    assert (shown["calls_per_person"], shown["per_person_hours"], shown["max_call_seconds"]) == (10, 24, 3600)

    refused = await api.live.post("/api/v1/calls", json=CALL)

    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert error["field"] == "to"
    assert "GB" in error["message"]
    assert (await api.live.get("/api/v1/calls")).json()["calls"] == []


async def test_a_country_is_opened(api: ApiUnderTest) -> None:
    changed = await api.live.patch("/api/v1/limits", json={"allowed_countries": ["US", "GB"]})
    assert changed.status_code == 200, changed.text
    assert changed.json()["allowed_countries"] == ["US", "GB"]
    assert (await api.live.post("/api/v1/calls", json=CALL)).status_code == 201
    entries = (await api.live.get("/api/v1/audit-log")).json()["entries"]
    assert entries[0]["action"] == "limits.changed"
    assert entries[0]["after"] == {"allowed_countries": ["US", "GB"]}


async def test_every_country_is_opened_knowingly(api: ApiUnderTest) -> None:
    assert (await api.live.patch("/api/v1/limits", json={"allowed_countries": None})).status_code == 200
    assert (await api.live.post("/api/v1/calls", json=CALL)).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "body"),
        ({"allowed_countries": ["US", "XX"]}, "allowed_countries[1]"),
        ({"allowed_countries": "US"}, "allowed_countries"),
        ({"calls_per_person": 0}, "calls_per_person"),
        ({"per_person_hours": 721}, "per_person_hours"),
        ({"max_call_seconds": 5}, "max_call_seconds"),
        ({"max_calls": 5}, "max_calls"),
        ({"marketing_needs_consent": "no"}, "marketing_needs_consent"),
    ],
)
async def test_a_wrong_change_names_its_field(api: ApiUnderTest, change: dict[str, object], field: str) -> None:
    before = (await api.live.get("/api/v1/limits")).json()
    answer = await api.live.patch("/api/v1/limits", json=change)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await api.live.get("/api/v1/limits")).json() == before


async def test_a_sandbox_key_may_look_only(api: ApiUnderTest) -> None:
    assert (await api.sandbox.get("/api/v1/limits")).status_code == 200
    assert (await api.sandbox.patch("/api/v1/limits", json={"max_call_seconds": 60})).status_code == 403
    assert (await api.sandbox.post("/api/v1/calls", json=CALL)).status_code == 201
