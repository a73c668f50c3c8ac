"""Voice files: uploaded, spoken from a text, described, played by calls, deleted."""

from __future__ import annotations

import pytest

from support.multisender import Program, conforms, examples
from support.proofs import proves
from support.sound_files import encoded, tones

pytestmark = pytest.mark.postgres


@proves(
    "voice-file: files",
    "voice-file: voiceFileId",
    "voice-file: name",
    "voice-file: description",
    "voice-file: url",
    "voice-file: mp3Url",
    "voice-file: wavUrl",
    "voice-file: duration",
    "voice-file: status",
    "voice-file: fileName",
    "voice-file: size",
    "voice-file: updatedAt",
    "voice-file: createdAt",
)
async def test_a_file_is_uploaded_shown_changed_and_deleted(program: Program) -> None:
    assert set(examples()["POST /voice_files body"]) == {"files"}
    sound = encoded(tones((440.0, 1.2)), "mp3")
    answer = await program.client.post("/voice_files", files={"files": ("C:\\tones\\hello.mp3", sound, "audio/mpeg")})
    assert answer.status_code == 201, answer.text
    conforms(answer.json(), examples()["POST /voice_files"])
    (made,) = answer.json()["files"]
    assert (made["status"], made["size"], made["name"]) == ("pending", str(len(sound)), "hello")
    await program.api.jobs.run()
    path = f"/voice_files/{made['voiceFileId']}"
    assert (await program.client.get(answer.headers["location"])).status_code == 200
    shown = await program.ask("GET", path)
    conforms(shown, examples()["GET /voice_files/{id}"])
    assert (shown["status"], shown["duration"]) == ("ready", 1)
    for name, kind in (("url", "audio/wav"), ("mp3Url", "audio/mpeg"), ("wavUrl", "audio/wav")):
        fetched = await program.api.nobody.get(shown[name])
        assert (fetched.status_code, fetched.headers["content-type"]) == (200, kind)
    conforms(await program.ask("GET", "/voice_files"), examples()["GET /voice_files"])
    changed = await program.ask("PUT", path, examples()["PUT /voice_files/{id} body"])
    conforms(changed, examples()["PUT /voice_files/{id}"])
    assert (changed["name"], changed["description"]) == ("string", "string")
    native = (await program.api.sandbox.get("/api/v1/audio", params={"number": made["voiceFileId"]})).json()["audio"]
    assert [(each["name"], each["description"], each["bytes"]) for each in native] == [("string", "string", len(sound))]
    await program.refused("PUT", path, {"name": "x"}, "description")
    await program.refused("PUT", path, {"description": "x"}, "name")
    await program.ask("DELETE", path, status=204)
    await program.refused("GET", path, None, None, status=404)


@proves("voice-file: files")
async def test_several_files_come_at_once_and_one_bad_one_refuses_all(program: Program) -> None:
    sounds = [("files", (f"{n}.wav", encoded(tones((440.0, n)), "wav"), "audio/wav")) for n in (1, 2)]
    answer = await program.client.post("/voice_files", files=sounds)
    assert [each["fileName"] for each in answer.json()["files"]] == ["1.wav", "2.wav"]
    known = len(await program.ask("GET", "/voice_files"))
    answer = await program.client.post("/voice_files", files=[*sounds, ("files", ("x.wav", b"no sound", "audio/wav"))])
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == "files[2]"
    answer = await program.client.post("/voice_files", data={"name": "x"}, files={"other": ("", b"")})
    assert answer.status_code == 400
    assert len(await program.ask("GET", "/voice_files")) == known
    answer = await program.client.post("/voice_files", json={"files": "path-to-file"})
    assert answer.status_code == 415


@proves("voice-file: text", "voice-file: voiceCode", "voice-file: voice_codes", "voice-file: status")
async def test_a_text_is_spoken(program: Program) -> None:
    codes = await program.ask("GET", "/voice_files/text_to_speech/voice_codes")
    conforms(codes, examples()["GET /voice_files/text_to_speech/voice_codes"])
    assert {"en", "de", "pico-en-US-f"} <= {code["voiceCode"] for code in codes}
    body = {**examples()["POST /voice_files/text_to_speech body"], "voiceCode": "en"}
    answer = await program.client.post("/voice_files/text_to_speech", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    conforms(made, examples()["POST /voice_files/text_to_speech"])
    assert (made["text"], made["voiceCode"], made["status"]) == ("string", "en", "pending")
    assert (await program.client.get(answer.headers["location"])).json()["voiceFileId"] == made["voiceFileId"]

    for fields, field in (
        ({"name": None}, "name"),
        ({"text": None}, "text"),
        ({"voiceCode": None}, "voiceCode"),
        ({"voiceCode": "klingon"}, "voiceCode"),
        ({"text": "word " * 81}, "text"),
        ({"text": "Hello {firstName}"}, "text"),
        ({"name": ["x"]}, "name"),
    ):
        await program.refused("POST", "/voice_files/text_to_speech", {**body, **fields}, field)
    await program.ask("POST", "/voice_files/text_to_speech", {**body, "text": "word " * 80}, status=201)


async def test_what_a_call_will_play_is_not_deleted(program: Program) -> None:
    number = await program.voice_file(new=True)
    call = {
        "operations": f'{{"voiceFileId": "{number}"}}',
        "actionTime": await tomorrow(program),
        "receivers": [{"phone": "+12125550120"}],
    }
    made = await program.made("/calls", call)
    await program.refused("DELETE", f"/voice_files/{number}", None, None, status=409)
    await program.ask("DELETE", f"/calls/{made['callId']}", status=204)
    await program.ask("DELETE", f"/voice_files/{number}", status=204)


async def tomorrow(program: Program) -> str:
    """Return a time on the account's clock."""
    text: str = await program.api.database.fetchval(
        "SELECT to_char(now() AT TIME ZONE 'America/New_York' + interval '1 day', 'YYYY-MM-DD HH24:MI:SS')"
    )
    return text
