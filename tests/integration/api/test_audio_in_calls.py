"""Calls that play audio: what is looked at when they are taken, kept for them, and approved."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import ApiUnderTest
from support.sound_files import encoded, tones

pytestmark = pytest.mark.postgres

CALL = {"to": "+12125550199", "from": "+18005550199"}


async def upload(api: ApiUnderTest, frequency: float = 440, *, convert: bool = True) -> str:
    answer = await api.live.post(
        "/api/v1/audio",
        content=encoded(tones((frequency, 0.5))),
        headers={"Content-Type": "audio/wav"},
        params={"name": f"{frequency} Hz"},
    )
    assert answer.status_code == 201, answer.text
    if convert:
        await api.jobs.run()
    return str(answer.json()["audio_id"])


async def place(api: ApiUnderTest, status: int = 201, **body: Any) -> Any:
    answer = await api.live.post("/api/v1/calls", json={**CALL, **body})
    assert answer.status_code == status, answer.text
    return answer.json()


def flow_of(audio_id: str) -> dict[str, Any]:
    return {
        "start": "ask",
        "steps": {
            "ask": {
                "type": "gather",
                "prompt": [{"type": "say", "text": "Listen."}, {"type": "play", "audio": audio_id}],
                "branches": {"1": "again"},
            },
            "again": {"type": "play", "audio": audio_id},
        },
    }


async def test_audio_in_place_of_a_message(api: ApiUnderTest) -> None:
    audio_id = await upload(api)
    made = await place(api, audio=audio_id)
    assert made["voice"] is None
    stored = await api.database.fetchval("SELECT body FROM flows")
    assert stored["steps"]["message"]["audio"] == audio_id
    await place(api, audio=audio_id, dtmf={"1": {"action": "say", "text": "Thank you."}, "9": {"action": "optout"}})
    batch = {"audio": audio_id, "calls": [{"to": "+12125550101"}, {"to": "+12125550102", "message": "Hello."}]}
    answer = await api.live.post("/api/v1/calls", json=batch)
    assert answer.status_code == 201, answer.text


async def test_flows_play_what_is_ready(api: ApiUnderTest) -> None:
    audio_id = await upload(api)
    await place(api, flow=flow_of(audio_id))
    rows = await api.database.fetch("SELECT audio_id FROM flow_audio")
    assert [row["audio_id"] for row in rows] == [audio_id]


@pytest.mark.parametrize("where", ["audio", "flow"])
async def test_what_is_not_ours_is_refused_by_name(api: ApiUnderTest, where: str) -> None:
    stranger = await api.services.accounts.create_organisation("Stranger", time_zone="UTC")
    await api.database.execute(
        "INSERT INTO audio (id, organisation_id, sandbox, name, source) VALUES ('aud_foreign', $1, false, 'x', 'url')",
        stranger.id,
    )
    for audio_id in ("aud_foreign", "aud_none"):
        body: dict[str, Any] = {"audio": audio_id} if where == "audio" else {"flow": flow_of(audio_id)}
        fields = [error["field"] for error in (await place(api, 400, **body))["errors"]]
        wanted = ["audio"] if where == "audio" else ["flow.steps.ask.prompt[1].audio", "flow.steps.again.audio"]
        assert fields == wanted
    assert await api.database.fetchval("SELECT count(*) FROM calls") == 0


async def test_what_is_being_converted_is_a_conflict_and_what_failed_a_fault(api: ApiUnderTest) -> None:
    audio_id = await upload(api, convert=False)
    problem = await place(api, 409, audio=audio_id)
    assert f"audio: {audio_id} is still being converted" in problem["detail"]
    await api.database.execute("UPDATE audio SET state = 'failed', reason = 'it is broken'")
    problem = await place(api, 400, audio=audio_id)
    assert problem["errors"][0]["message"] == "cannot be played: it is broken"


async def test_a_flow_that_was_taken_before_is_looked_at_again(api: ApiUnderTest) -> None:
    audio_id = await upload(api)
    made = await place(api, audio=audio_id)
    await api.live.post(f"/api/v1/calls/{made['call_id']}/cancel")
    assert (await api.live.delete(f"/api/v1/audio/{audio_id}")).status_code == 204
    assert (await place(api, 400, audio=audio_id))["errors"][0]["field"] == "audio"


async def test_one_of_message_audio_and_flow(api: ApiUnderTest) -> None:
    audio_id = await upload(api)
    assert (await place(api, 400, audio=audio_id, message="Hi"))["errors"][0]["field"] == "audio"
    assert (await place(api, 400, audio=audio_id, flow=flow_of(audio_id)))["errors"][0]["field"] == "audio"
    assert (await place(api, 400, audio="hello"))["errors"][0]["field"] == "audio"


async def test_what_calls_that_wait_play_is_not_deleted(api: ApiUnderTest) -> None:
    audio_id = await upload(api)
    made = [await place(api, flow=flow_of(audio_id)) for _ in range(2)]
    answer = await api.live.delete(f"/api/v1/audio/{audio_id}")
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "2 calls that have not ended would play it; end or change that first",
    )
    for call in made:
        await api.live.post(f"/api/v1/calls/{call['call_id']}/cancel")
    assert (await api.live.delete(f"/api/v1/audio/{audio_id}")).status_code == 204


async def test_what_a_number_plays_is_not_deleted(api: ApiUnderTest) -> None:
    audio_id = await upload(api)
    (number,) = (await api.live.get("/api/v1/numbers")).json()["numbers"]
    path = f"/api/v1/numbers/{number['number_id']}"
    wrong = await api.live.patch(path, json={"inbound_flow": {"steps": [{"type": "play", "audio": "aud_none"}]}})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "inbound_flow.steps[0].audio")
    answer = await api.live.patch(path, json={"inbound_flow": {"steps": [{"type": "play", "audio": audio_id}]}})
    assert answer.status_code == 200, answer.text
    refused = await api.live.delete(f"/api/v1/audio/{audio_id}")
    assert (refused.status_code, "the number +18005550199" in refused.json()["detail"]) == (409, True)
    await api.live.patch(path, json={"inbound_flow": None})
    assert (await api.live.delete(f"/api/v1/audio/{audio_id}")).status_code == 204


async def test_validating_a_flow_looks_at_its_audio(api: ApiUnderTest) -> None:
    audio_id = await upload(api)
    assert (await api.live.post("/api/v1/flows/validate", json=flow_of(audio_id))).status_code == 200
    answer = await api.live.post("/api/v1/flows/validate", json=flow_of("aud_none"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "steps.ask.prompt[1].audio")


async def test_audio_waits_for_its_approval_and_is_known_again_by_its_sound(api: ApiUnderTest) -> None:
    await api.live.patch("/api/v1/approvals/settings", json={"audio": True})
    audio_id = await upload(api)
    call = await place(api, audio=audio_id)
    shown = (await api.live.get(f"/api/v1/calls/{call['call_id']}")).json()
    assert (shown["status"], shown["reason"]) == ("queued", "waits for the approval of what it says")
    (asked,) = (await api.live.get("/api/v1/approvals?state=pending")).json()["approvals"]
    assert (asked["kind"], asked["audio_id"], asked["content"]) == ("audio", audio_id, "440 Hz")
    answer = await api.live.post(f"/api/v1/approvals/{asked['approval_id']}/approve", json={})
    assert answer.status_code == 200, answer.text
    assert (await api.live.get(f"/api/v1/calls/{call['call_id']}")).json()["reason"] is None

    # the same sound from another file
    copy = await api.live.post(
        "/api/v1/audio", content=encoded(tones((440, 0.5)), "flac"), headers={"Content-Type": "audio/flac"}
    )
    await api.jobs.run()
    again = await place(api, audio=copy.json()["audio_id"])
    assert (await api.live.get(f"/api/v1/calls/{again['call_id']}")).json()["reason"] is None


async def test_rejected_audio_is_not_played(api: ApiUnderTest) -> None:
    await api.live.patch("/api/v1/approvals/settings", json={"audio": True})
    audio_id = await upload(api)
    call = await place(api, audio=audio_id)
    asked = await api.live.post("/api/v1/approvals", json={"audio_id": audio_id})
    assert asked.status_code == 201, asked.text
    await api.live.post(f"/api/v1/approvals/{asked.json()['approval_id']}/reject", json={"comment": "no"})
    shown = (await api.live.get(f"/api/v1/calls/{call['call_id']}")).json()
    assert (shown["outcome"], "its audio was rejected" in shown["reason"]) == ("skipped", True)
    problem = await place(api, 400, audio=audio_id)
    assert "this audio was rejected" in problem["errors"][0]["message"]
    # texts need no approval here
    await place(api, message="Hello.")


async def test_an_approval_is_of_a_text_or_an_audio(api: ApiUnderTest) -> None:
    audio_id = await upload(api, convert=False)
    for body in ({}, {"text": "a", "audio_id": audio_id}, {"audio_id": "aud_none"}, {"audio_id": audio_id}):
        assert (await api.live.post("/api/v1/approvals", json=body)).status_code == 400
