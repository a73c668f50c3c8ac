from __future__ import annotations

from typing import Any

from support.api import ApiUnderTest

DRAFT = {"steps": [{"type": "say", "text": "Hello {NAME}."}]}
CALL = {"to": "+12125550100", "variables": {"NAME": "Ada"}}


async def kept(api: ApiUnderTest, **more: Any) -> dict[str, Any]:
    answer = await api.live.post("/api/v1/flows", json={"name": "Snow day", "draft": DRAFT, **more})
    assert answer.status_code == 201, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def published(api: ApiUnderTest, flow_id: str, revision: int) -> dict[str, Any]:
    answer = await api.live.post(f"/api/v1/flows/{flow_id}/publish", json={"revision": revision, "note": "so"})
    assert answer.status_code == 201, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def test_a_draft_may_be_unfinished_and_is_checked_when_it_is_published(api: ApiUnderTest) -> None:
    saved = await kept(api, draft={"steps": [{"type": "say"}]})
    refused = await api.live.post(f"/api/v1/flows/{saved['flow_id']}/publish", json={"revision": 1})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "steps[0].text"
    shown = (await api.live.get(f"/api/v1/flows/{saved['flow_id']}")).json()
    assert shown["published_version"] is None
    assert shown["draft"] == {"steps": [{"type": "say"}]}


async def test_two_who_edit_at_once_notice(api: ApiUnderTest) -> None:
    saved = await kept(api)
    path = f"/api/v1/flows/{saved['flow_id']}"
    first = await api.live.patch(path, json={"draft": DRAFT, "layout": {"s1": {"x": 1, "y": 2}}, "revision": 1})
    assert first.json()["revision"] == 2
    second = await api.live.patch(path, json={"draft": {}, "revision": 1})
    assert second.status_code == 409
    assert "load it again" in second.json()["detail"]
    assert (await api.live.get(path)).json()["layout"] == {"s1": {"x": 1, "y": 2}}


async def test_versions_stay_what_they_are(api: ApiUnderTest) -> None:
    saved = await kept(api)
    path = f"/api/v1/flows/{saved['flow_id']}"
    first = await published(api, saved["flow_id"], 1)
    assert first["version"]["version"] == 1
    assert first["version"]["flow"]["steps"]["s1"]["text"] == "Hello {NAME}."
    await api.live.patch(path, json={"draft": {"steps": [{"type": "say", "text": "Bye."}]}})
    await published(api, saved["flow_id"], 2)
    listed = (await api.live.get(f"{path}/versions", params={"limit": 1})).json()
    assert [each["version"] for each in listed["versions"]] == [2]
    rest = (await api.live.get(f"{path}/versions", params={"cursor": listed["next_cursor"]})).json()
    assert [each["version"] for each in rest["versions"]] == [1]
    old = (await api.live.get(f"{path}/versions/1")).json()
    assert old["flow"]["steps"]["s1"]["text"] == "Hello {NAME}."
    assert (await api.live.get(f"{path}/versions/3")).status_code == 404


async def test_a_call_may_name_a_flow(api: ApiUnderTest) -> None:
    saved = await kept(api)
    refused = await api.live.post("/api/v1/calls", json={**CALL, "flow": saved["flow_id"], "dry_run": True})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "flow"
    await published(api, saved["flow_id"], 1)
    calls = {"calls": [{**CALL, "flow": saved["flow_id"]}, {**CALL, "flow": "flo_0"}], "dry_run": True}
    named = await api.live.post("/api/v1/calls", json=calls)
    assert [error["field"] for error in named.json()["errors"]] == ["calls[1].flow"]
    answer = await api.live.post("/api/v1/calls", json={**CALL, "flow": saved["flow_id"], "dry_run": True})
    assert answer.json()["calls"][0]["preview"] == "Hello Ada."


async def test_what_runs_now_is_shown_and_does_not_change_with_a_new_version(api: ApiUnderTest) -> None:
    saved = await kept(api)
    await published(api, saved["flow_id"], 1)
    campaign = {
        "name": "Winter",
        "flow": saved["flow_id"],
        "recipients": [CALL],
        "schedule": {"starts_at": "2099-01-01T10:00"},
    }
    made = await api.live.post("/api/v1/campaigns", json=campaign)
    assert made.status_code == 201, made.text
    campaign_id = made.json()["campaign_id"]
    await api.live.patch(
        f"/api/v1/flows/{saved['flow_id']}", json={"draft": {"steps": [{"type": "say", "text": "Bye."}]}}
    )
    shown = (await published(api, saved["flow_id"], 2))["flow"]
    assert shown["running"] == [{"campaign_id": campaign_id, "name": "Winter", "state": "scheduled", "version": 1}]
    await api.live.post(f"/api/v1/campaigns/{campaign_id}/pause")
    await api.live.patch(f"/api/v1/campaigns/{campaign_id}", json={"name": "Winter 2"})
    shown = (await api.live.get(f"/api/v1/flows/{saved['flow_id']}")).json()
    assert [(each["name"], each["version"]) for each in shown["running"]] == [("Winter 2", 1)]
    assert (await api.live.delete(f"/api/v1/flows/{saved['flow_id']}")).status_code == 204
    assert (await api.live.get(f"/api/v1/campaigns/{campaign_id}")).status_code == 200


async def test_a_starter_is_a_draft_to_begin_from(api: ApiUnderTest) -> None:
    offered = (await api.live.get("/api/v1/flows/starters", params={"language": "de"})).json()["starters"]
    saved = await kept(api, draft=None, starter=offered[0]["starter"], language="de")
    assert saved["draft"] == offered[0]["flow"]
    await published(api, saved["flow_id"], 1)
    wrong = await api.live.post("/api/v1/flows", json={"name": "x", "starter": "poem"})
    assert wrong.json()["errors"][0]["field"] == "starter"
    both = await api.live.post("/api/v1/flows", json={"name": "x", "starter": "survey", "draft": {}})
    assert both.json()["errors"][0]["field"] == "starter"
    again = await api.live.post("/api/v1/flows", json={"name": "Snow day"})
    assert again.status_code == 409


async def test_a_sandbox_key_changes_only_what_a_sandbox_key_made(api: ApiUnderTest) -> None:
    bodies = {
        "flows": {"name": "Kept", "draft": {"steps": [{"type": "say", "text": "Hello"}]}},
        "templates": {"name": "kept", "channel": "sms", "body": {"text": "Hello"}},
    }
    for path, body in bodies.items():
        name_of_id = f"{path[:-1]}_id"
        real = (await api.live.post(f"/api/v1/{path}", json=body)).json()[name_of_id]
        answer = await api.sandbox.post(f"/api/v1/{path}", json={**body, "name": "own"})
        assert answer.status_code == 201, answer.text
        own = answer.json()[name_of_id]
        for thing, expected in ((real, (403, 403)), (own, (200, 204))):
            url = f"/api/v1/{path}/{thing}"
            assert (await api.sandbox.get(url)).status_code == 200
            if path == "flows":
                publishing = await api.sandbox.post(f"{url}/publish", json={"revision": 1})
                assert publishing.status_code == (403 if thing == real else 201)
            answers = [await api.sandbox.patch(url, json={"name": f"{thing} again"}), await api.sandbox.delete(url)]
            assert tuple(answer.status_code for answer in answers) == expected, answers[0].text
            if thing == real:
                assert f"{real} is real" in answers[0].json()["detail"]
        # a live key changes all
        assert (await api.live.delete(f"/api/v1/{path}/{real}")).status_code == 204
