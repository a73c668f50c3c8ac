"""Do-not-call lists over the API: what they stop, how numbers come and go, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import ApiUnderTest

SARAH = "+12125550100"
CSV = {"Content-Type": "text/csv"}


@pytest.fixture(autouse=True)
async def open_to_marketing(api: ApiUnderTest) -> None:
    """Let only the lists decide."""
    await api.database.execute("UPDATE organisations SET calling_from = NULL, calling_until = NULL")
    await api.live.patch("/api/v1/limits", json={"marketing_needs_consent": False})


async def make(api: ApiUnderTest, **fields: Any) -> str:
    answer = await api.live.post("/api/v1/do-not-call", json={"name": "register", **fields})
    assert answer.status_code == 201, answer.text
    list_id: str = answer.json()["list_id"]
    return list_id


async def enter(api: ApiUnderTest, list_id: str, *numbers: str, **more: Any) -> int:
    answer = await api.live.post(f"/api/v1/do-not-call/{list_id}/entries", json={"numbers": list(numbers), **more})
    assert answer.status_code == 200, answer.text
    added: int = answer.json()["added"]
    return added


async def take_in(api: ApiUnderTest, list_id: str, text: str, **query: Any) -> dict[str, Any]:
    answer = await api.live.post(
        "/api/v1/do-not-call/imports", content=text.encode(), headers=CSV, params={"list_id": list_id, **query}
    )
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


async def rule(api: ApiUnderTest, purpose: str, to: str = SARAH) -> str:
    answer = await api.live.get("/api/v1/contactability", params={"to": to, "purpose": purpose})
    decided: str = answer.json()["rule"]
    return decided


@pytest.mark.parametrize(
    ("fields", "marketing", "transactional"),
    [
        ({"kind": "national"}, "do_not_call", "none"),
        ({"kind": "own"}, "do_not_call", "do_not_call"),
        ({"kind": "partner"}, "do_not_call", "do_not_call"),
        ({"kind": "national", "binds": "all"}, "do_not_call", "do_not_call"),
        ({"kind": "own", "binds": "marketing"}, "do_not_call", "none"),
        # attached to no campaign
        ({"kind": "own", "everywhere": False}, "none", "none"),
    ],
)
async def test_what_a_list_stops(api: ApiUnderTest, fields: dict[str, Any], marketing: str, transactional: str) -> None:
    await enter(api, await make(api, **fields), SARAH)
    assert await rule(api, "marketing") == marketing
    assert await rule(api, "transactional") == transactional
    assert await rule(api, "marketing", "+12125550101") == "none"


async def test_a_list_that_is_attached_stops_its_campaign_only(api: ApiUnderTest) -> None:
    list_id = await make(api, everywhere=False)
    await enter(api, list_id, SARAH)
    made = await api.live.post("/api/v1/calls", json={"to": [SARAH], "message": "x", "campaign_name": "c"})
    campaign = made.json()["campaign_id"]
    await api.database.execute(
        "INSERT INTO campaign_dnc_lists VALUES ($1, $2, $3)", api.organisation.id, campaign, list_id
    )
    assert await rule(api, "marketing") == "none"
    answer = await api.live.get("/api/v1/contactability", params={"to": SARAH, "campaign_id": campaign})
    assert answer.json()["rule"] == "do_not_call"
    assert "register" in answer.json()["reason"]


async def test_numbers_come_and_go(api: ApiUnderTest) -> None:
    list_id = await make(api)
    assert await enter(api, list_id, "212 555 0100", SARAH, "+12125550101") == 2
    assert await enter(api, list_id, SARAH) == 0
    path = f"/api/v1/do-not-call/{list_id}"
    assert (await api.live.get(path)).json()["entries"] == 2
    page = (await api.live.get(f"{path}/entries?limit=1")).json()
    assert page == {"entries": [{"to": SARAH, "expires_at": None}], "next_cursor": SARAH}
    rest = (await api.live.get(f"{path}/entries", params={"cursor": page["next_cursor"]})).json()
    assert [entry["to"] for entry in rest["entries"]] == ["+12125550101"]
    found = (await api.live.get(f"{path}/entries", params={"to": "+12125550199"})).json()
    assert found["entries"] == []

    assert (await api.live.delete(f"{path}/entries", params={"to": SARAH})).status_code == 204
    assert (await api.live.delete(f"{path}/entries", params={"to": SARAH})).status_code == 404
    assert await rule(api, "marketing") == "none"
    assert (await api.live.delete(path)).status_code == 204
    assert (await api.live.get(path)).status_code == 404
    assert await api.database.fetchval("SELECT count(*) FROM dnc_entries") == 0
    assert await rule(api, "marketing", "+12125550101") == "none"


async def test_entries_end(api: ApiUnderTest) -> None:
    list_id = await make(api, expires_after_days=30)
    await enter(api, list_id, SARAH)
    shown = (await api.live.get(f"/api/v1/do-not-call/{list_id}/entries")).json()["entries"]
    assert shown[0]["expires_at"] is not None
    assert await rule(api, "marketing") == "do_not_call"
    await api.database.execute("UPDATE dnc_entries SET expires_at = now() - interval '1 second'")
    assert await rule(api, "marketing") == "none"
    assert (await api.live.get(f"/api/v1/do-not-call/{list_id}")).json()["entries"] == 0
    # entered again it binds again
    assert await enter(api, list_id, SARAH) == 1
    assert await rule(api, "marketing") == "do_not_call"


@pytest.mark.parametrize(
    "text",
    [
        "+12125550100\n+12125550101\n",
        "2125550100\r\n(212) 555-0101\r\n",
        "name,phone\nSarah,+12125550100\nTom,212-555-0101\n",
        "Sarah;+12125550100\nTom;+12125550101\n",
        # as the United States hand their register out
        "212,5550100\n212,5550101\n",
        "\ufeff2125550100\n2125550101\n2125550100\n",
    ],
)
async def test_files_of_many_forms(api: ApiUnderTest, text: str) -> None:
    list_id = await make(api)
    done = await take_in(api, list_id, text)
    assert (done["added"], done["refused"], done["entries"]) == (2, 0, 2)
    assert await rule(api, "marketing") == "do_not_call"


async def test_an_import_adds_or_replaces_the_whole(api: ApiUnderTest) -> None:
    list_id = await make(api)
    await take_in(api, list_id, "+12125550100\n+12125550101\n")
    done = await take_in(api, list_id, "+12125550101\nnobody\n+12125550102\n+12125550103\n")
    assert (done["read"], done["added"], done["refused"], done["entries"]) == (3, 2, 1, 4)
    assert [(error["line"], error["value"]) for error in done["errors"]] == [(2, "nobody")]
    done = await take_in(api, list_id, "+12125550104\n", replace=True)
    assert (done["added"], done["entries"]) == (1, 1)
    assert await rule(api, "marketing") == "none"
    assert await rule(api, "marketing", "+12125550104") == "do_not_call"
    assert await api.database.fetchval("SELECT count(*) FROM dnc_entries") == 1


@pytest.mark.parametrize("text", ["", "\n\n", "Sarah\nTom\nnobody\n", "+12125550199\nx\ny\nz\n"])
@pytest.mark.parametrize("replace", [False, True])
async def test_the_wrong_file_changes_nothing(api: ApiUnderTest, text: str, replace: bool) -> None:
    list_id = await make(api)
    await enter(api, list_id, SARAH)
    answer = await api.live.post(
        "/api/v1/do-not-call/imports",
        content=text.encode(),
        headers=CSV,
        params={"list_id": list_id, "replace": replace},
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["field"] == "file"
    assert await rule(api, "marketing") == "do_not_call"
    assert (await api.live.get(f"/api/v1/do-not-call/{list_id}")).json()["entries"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "x", "kind": "secret"}, "kind"),
        ({"name": "x", "binds": "some"}, "binds"),
        ({"name": "x", "expires_after_days": 0}, "expires_after_days"),
        ({"name": "x", "everywhere": "no"}, "everywhere"),
    ],
)
async def test_a_wrong_list_names_its_field(api: ApiUnderTest, body: dict[str, Any], field: str) -> None:
    answer = await api.live.post("/api/v1/do-not-call", json=body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await api.live.get("/api/v1/do-not-call")).json()["lists"] == []


async def test_wrong_numbers_are_all_named(api: ApiUnderTest) -> None:
    list_id = await make(api)
    path = f"/api/v1/do-not-call/{list_id}/entries"
    answer = await api.live.post(path, json={"numbers": [SARAH, "x", "y"]})
    assert [error["field"] for error in answer.json()["errors"]] == ["numbers[1]", "numbers[2]"]
    past = await api.live.post(path, json={"numbers": [SARAH], "expires_at": "2025-01-01T00:00:00Z"})
    assert [error["field"] for error in past.json()["errors"]] == ["expires_at"]
    assert (await api.live.post(path, json={"numbers": []})).status_code == 400
    assert (await api.live.get(path)).json()["entries"] == []
    assert (await api.live.post("/api/v1/do-not-call", json={"name": "register"})).status_code == 409
    missing = await api.live.post("/api/v1/do-not-call/imports", content=b"x", headers=CSV)
    assert missing.json()["errors"][0]["field"] == "list_id"
    unknown = await api.live.post("/api/v1/do-not-call/imports", content=b"x", headers=CSV, params={"list_id": "dnl_0"})
    assert unknown.status_code == 404


async def test_another_organisations_list_is_not_there_and_binds_nobody_here(api: ApiUnderTest) -> None:
    list_id = await make(api)
    await enter(api, list_id, SARAH)
    stranger = await api.services.accounts.create_organisation("B", time_zone="America/New_York")
    await api.database.execute("UPDATE dnc_lists SET organisation_id = $1", stranger.id)
    assert await rule(api, "marketing") == "none"
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/entries"), ("DELETE", f"/entries?to=%2B{SARAH[1:]}")):
        assert (await api.live.request(method, f"/api/v1/do-not-call/{list_id}{path}")).status_code == 404
    answer = await api.live.post(f"/api/v1/do-not-call/{list_id}/entries", json={"numbers": ["+12125550101"]})
    assert answer.status_code == 404
    assert await api.database.fetchval("SELECT count(*) FROM dnc_entries") == 1
