"""``/recordings`` and ``record`` of calls, over HTTP."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import soundfile

from callwright.recordings.sound import compress
from support.api import ApiUnderTest
from support.recordings import insert_recording, sound

CALL = {"to": "+12125550199", "message": "Hello {NAME}.", "variables": {"NAME": "Ann"}}


async def post(client: httpx.AsyncClient, **more: Any) -> httpx.Response:
    return await client.post("/api/v1/calls", json={**CALL, **more})


async def preview(client: httpx.AsyncClient, **more: Any) -> Any:
    answer = await client.post("/api/v1/calls", json={**CALL, "dry_run": True, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["calls"][0]["preview"]


async def test_a_recorded_call_announces_it(api: ApiUnderTest) -> None:
    hello = "Hello Ann."
    assert hello in await preview(api.live)
    assert "This call is recorded." not in await preview(api.live)
    assert (await preview(api.live, record=True)).startswith("This call is recorded.\n")
    assert (await preview(api.live, record=True, language="de")).startswith("Dieses Gespräch wird aufgezeichnet.\n")
    own = {"announcement": "{NAME}, we record."}
    assert (await preview(api.live, record=own)).startswith("Ann, we record.\n")
    assert await preview(api.live, record={"announcement": False}) == hello
    flow = {"steps": [{"type": "say", "text": "Hi."}], "recording": True}
    assert (await preview(api.live, message=None, flow=flow)).startswith("This call is recorded.\n")


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ("yes", "record"),
        ({"announcement": 7}, "record.announcement"),
        ({"notice": "x"}, "record.notice"),
        ({"announcement": "{WHO} records."}, "record.announcement"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(api: ApiUnderTest, record: Any, field: str) -> None:
    answer = await post(api.live, record=record)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_with_a_flow_it_stands_inside(api: ApiUnderTest) -> None:
    answer = await post(api.live, message=None, flow={"steps": [{"type": "say", "text": "Hi."}]}, record=True)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "record"


async def stored(api: ApiUnderTest, client: httpx.AsyncClient, folder: Path) -> tuple[str, str]:
    """Return a call and a recording of it, a second of a tone, as a collector leaves it."""
    call_id: str = (await post(client, record=True)).json()["call_id"]
    recording_id = await insert_recording(api.database, call_id)
    file = folder / "one.sln"
    sound(700, 1.0).tofile(file)
    flac = io.BytesIO()
    compress([file], flac)
    await api.database.execute(
        "UPDATE recording_files SET data = $2 WHERE recording_id = $1", recording_id, flac.getvalue()
    )
    return call_id, recording_id


async def test_links_are_good_for_who_has_them_and_for_a_while(api: ApiUnderTest, tmp_path: Path) -> None:
    call_id, recording_id = await stored(api, api.live, tmp_path)
    (listed,) = (await api.live.get("/api/v1/recordings", params={"call_id": call_id})).json()["recordings"]
    shown = (await api.live.get(f"/api/v1/recordings/{recording_id}")).json()
    assert {**listed, "links": None} == {**shown, "links": None}
    assert (shown["state"], shown["kind"], shown["step"], shown["call_id"]) == ("ready", "answer", "s1", call_id)
    assert shown["expires_at"] is not None
    for form, kind in (("wav", "audio/wav"), ("mp3", "audio/mpeg"), ("flac", "audio/flac")):
        fetched = await api.nobody.get(shown["links"][form])
        assert (fetched.status_code, fetched.headers["content-type"]) == (200, kind)
        read, rate = soundfile.read(io.BytesIO(fetched.content))
        assert len(read) / rate == pytest.approx(1.0, abs=0.2)
    address = urlsplit(shown["links"]["wav"])
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    for changed in ({"format": "mp3"}, {"expires": str(int(query["expires"]) + 1)}, {"signature": "x"}):
        assert (await api.nobody.get(address.path, params={**query, **changed})).status_code == 403
    _, other = await stored(api, api.live, tmp_path)
    moved = address.path.replace(recording_id, other)
    assert (await api.nobody.get(moved, params=query)).status_code == 403
    call = (await api.live.get(f"/api/v1/calls/{call_id}")).json()
    assert call["recordings"] == [
        {"recording_id": recording_id, "kind": "answer", "step": "s1", "state": "ready", "seconds": 1.5}
    ]


async def test_an_expired_link_opens_nothing(api: ApiUnderTest, tmp_path: Path) -> None:
    _, recording_id = await stored(api, api.live, tmp_path)
    recording = await api.services.recordings.of_link(recording_id)
    past = api.services.recording_links.expiry(timedelta(seconds=-1))
    query = api.services.recording_links.query(recording, "wav", past)
    assert (await api.nobody.get(f"/api/v1/recordings/{recording_id}/file?{query}")).status_code == 403


async def test_a_sandbox_key_knows_recordings_of_the_sandbox_only(api: ApiUnderTest, tmp_path: Path) -> None:
    call_id, live = await stored(api, api.live, tmp_path)
    _, sandbox = await stored(api, api.sandbox, tmp_path)
    found = (await api.sandbox.get("/api/v1/recordings")).json()["recordings"]
    assert [one["recording_id"] for one in found] == [sandbox]
    for method, path in (
        ("GET", f"recordings/{live}"),
        ("DELETE", f"recordings/{live}"),
        ("POST", f"calls/{call_id}/recording/pause"),
    ):
        assert (await api.sandbox.request(method, f"/api/v1/{path}")).status_code == 404
    assert (await api.sandbox.patch("/api/v1/recordings/settings", json={"kept_days": 1})).status_code == 403
    assert len((await api.live.get("/api/v1/recordings")).json()["recordings"]) == 2


async def test_a_recording_is_deleted_once(api: ApiUnderTest, tmp_path: Path) -> None:
    call_id, recording_id = await stored(api, api.live, tmp_path)
    link = (await api.live.get(f"/api/v1/recordings/{recording_id}")).json()["links"]["wav"]
    assert (await api.live.delete(f"/api/v1/recordings/{recording_id}")).status_code == 204
    assert (await api.live.delete(f"/api/v1/recordings/{recording_id}")).status_code == 404
    assert (await api.nobody.get(link)).status_code == 404
    assert (await api.live.get("/api/v1/recordings")).json()["recordings"] == []
    deleted = (await api.live.get("/api/v1/recordings", params={"state": "deleted"})).json()["recordings"]
    assert [(one["state"], one["seconds"], one["links"]) for one in deleted] == [("deleted", None, None)]
    entries = (await api.live.get("/api/v1/audit-log")).json()["entries"]
    assert entries[0]["action"] == "recording.deleted"
    assert (await api.live.get(f"/api/v1/calls/{call_id}")).json()["recordings"] == []


async def test_how_long_they_are_kept(api: ApiUnderTest) -> None:
    path = "/api/v1/recordings/settings"
    assert (await api.live.get(path)).json() == {"kept_days": 90}
    for days in (30, None):
        assert (await api.live.patch(path, json={"kept_days": days})).json() == {"kept_days": days}
    for wrong in ({}, {"kept_days": 0}, {"kept_days": 4000}, {"kept_days": "30"}, {"days": 1}):
        answer = await api.live.patch(path, json=wrong)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] in {"kept_days", "days"}
    assert (await api.live.get(path)).json() == {"kept_days": None}


async def test_a_call_that_is_not_recorded_cannot_be_paused(api: ApiUnderTest) -> None:
    call_id = (await post(api.live)).json()["call_id"]
    for what in ("pause", "resume"):
        assert (await api.live.post(f"/api/v1/calls/{call_id}/recording/{what}")).status_code == 409
        assert (await api.live.post(f"/api/v1/calls/cal_0/recording/{what}")).status_code == 404
