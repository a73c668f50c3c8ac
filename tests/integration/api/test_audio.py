"""Audio over the API: taken, converted, fetched by signed links, named, deleted."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from support.api import ApiUnderTest, client_of
from support.people import make_user, sign_in
from support.sound_files import encoded, samples_of, speechlike, tones

pytestmark = pytest.mark.postgres

SOUND = encoded(tones((440, 1.0)), "mp3")


async def upload(client: httpx.AsyncClient, content: bytes = SOUND, *, status: int = 201, **query: Any) -> Any:
    answer = await client.post("/api/v1/audio", content=content, headers={"Content-Type": "audio/mpeg"}, params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


async def post(client: httpx.AsyncClient, status: int = 201, **body: Any) -> Any:
    answer = await client.post("/api/v1/audio", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def show(client: httpx.AsyncClient, audio: Any) -> Any:
    answer = await client.get(f"/api/v1/audio/{audio['audio_id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ready(api: ApiUnderTest, **query: Any) -> Any:
    taken = await upload(api.live, **query)
    await api.jobs.run()
    found = await show(api.live, taken)
    assert found["state"] == "ready", found
    return found


def field_of(problem: Any) -> str:
    return str(problem["errors"][0]["field"])


async def pieces(api: ApiUnderTest) -> set[str]:
    rows = await api.database.fetch("SELECT DISTINCT kind FROM audio_files")
    return {row["kind"] for row in rows}


async def test_an_upload_is_pending_then_ready(api: ApiUnderTest) -> None:
    taken = await upload(api.live, name="Greeting", label=["spring", "vip"], file_name="a.mp3")
    assert (taken["state"], taken["source"], taken["links"]) == ("pending", "upload", None)
    assert await pieces(api) == {"source"}
    await api.jobs.run()
    found = await show(api.live, taken)
    assert (found["state"], found["name"], found["labels"]) == ("ready", "Greeting", ["spring", "vip"])
    assert found["duration_seconds"] == pytest.approx(1.0, abs=0.1)
    assert found["loudness_dbfs"] == pytest.approx(-20.0, abs=0.5)
    assert (found["format"], found["codec"], found["file_name"]) == ("mp3", "mp3float", "a.mp3")
    assert await pieces(api) == {"flac", "mp3"}
    told = await api.database.fetch("SELECT type, body FROM events WHERE subject = $1", taken["audio_id"])
    assert [(row["type"], row["body"]["state"]) for row in told] == [("audio.ready", "ready")]


async def test_a_form_brings_name_and_labels_before_or_after_its_file(api: ApiUnderTest) -> None:
    answer = await api.live.post(
        "/api/v1/audio",
        files={"file": ("C:\\My sounds\\Hello.mp3", SOUND, "audio/mpeg")},
        data={"name": "From a form", "labels": "one, two"},
    )
    assert answer.status_code == 201, answer.text
    assert (answer.json()["name"], answer.json()["labels"]) == ("From a form", ["one", "two"])
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.mp3"\r\n\r\n' + SOUND + b"\r\n"
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nAfterwards\r\n--b--\r\n'
    )
    answer = await api.live.post(
        "/api/v1/audio", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert (answer.status_code, answer.json()["name"]) == (201, "Afterwards")


async def test_a_file_without_a_name_gets_its_own(api: ApiUnderTest) -> None:
    assert (await upload(api.live, file_name="C:\\sounds\\Snow day.mp3"))["name"] == "Snow day"
    assert (await upload(api.live))["name"] == "Audio"


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(500)], ids=["empty", "text", "picture"]
)
async def test_what_is_no_sound_is_refused_at_once(api: ApiUnderTest, content: bytes) -> None:
    assert field_of(await upload(api.live, content, status=400)) == "file"
    assert await pieces(api) == set()
    assert (await api.live.get("/api/v1/audio")).json()["audio"] == []


async def test_a_file_that_cannot_be_decoded_fails_with_a_reason(api: ApiUnderTest) -> None:
    whole = encoded(speechlike(10.0), "mp3")
    taken = await upload(api.live, whole[: len(whole) // 3])
    await api.jobs.run()
    found = await show(api.live, taken)
    assert found["state"] == "failed"
    assert found["reason"].startswith("the file is cut off: it says 10.0 s")
    assert await pieces(api) == set()


async def test_the_same_file_is_converted_once(api: ApiUnderTest) -> None:
    first = await ready(api, name="One")
    second = await upload(api.live, name="Two")
    assert (second["state"], second["name"]) == ("ready", "Two")
    assert api.jobs.waiting == []
    assert second["audio_id"] != first["audio_id"]
    before = await api.database.fetchval("SELECT count(*) FROM audio_files")
    assert (await api.live.delete(f"/api/v1/audio/{first['audio_id']}")).status_code == 204
    assert await api.database.fetchval("SELECT count(*) FROM audio_files") == before
    assert (await api.live.delete(f"/api/v1/audio/{second['audio_id']}")).status_code == 204
    assert await pieces(api) == set()


async def test_links_need_no_key_and_are_signed(api: ApiUnderTest) -> None:
    found = await ready(api, name="Grüße: 1/2")
    for form, kind in (("mp3", "audio/mpeg"), ("wav", "audio/wav")):
        answer = await api.nobody.get(found["links"][form])
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.headers["cache-control"] == "no-store"
        assert len(samples_of(answer.content)) / 16000 == pytest.approx(1.0, abs=0.1)
    part = await api.nobody.get(found["links"]["mp3"], headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)

    address = urlsplit(found["links"]["wav"])
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    for change, status in (
        ({"signature": "A" * 22}, 403),
        ({"format": "mp3"}, 403),
        ({"expires": str(int(query["expires"]) + 60)}, 403),
        ({"signature": ""}, 400),
    ):
        answer = await api.nobody.get(address.path, params={**query, **change})
        assert answer.status_code == status, change
    assert (await api.nobody.get(address.path)).status_code == 400
    other = await upload(api.live, encoded(tones((600, 1.0))))
    await api.jobs.run()
    moved = address.path.replace(found["audio_id"], other["audio_id"])
    assert (await api.nobody.get(moved, params=query)).status_code == 403


async def test_a_link_ends(api: ApiUnderTest) -> None:
    found = await ready(api)
    audio = await api.services.audio.items.of_link(found["audio_id"])
    old = api.services.audio.links.query(audio, "mp3", api.services.clock.now().replace(year=2020))
    answer = await api.nobody.get(f"/api/v1/audio/{found['audio_id']}/file?{old}")
    assert (answer.status_code, "expired" in answer.json()["detail"]) == (403, True)


async def test_text_is_spoken(api: ApiUnderTest) -> None:
    taken = await post(api.live, text="  The office is closed tomorrow. ", voice="en-US-Neural-F", labels=["notice"])
    assert (taken["source"], taken["name"], taken["voice"]) == (
        "text",
        "The office is closed tomorrow.",
        "pico-en-US-f",
    )
    await api.jobs.run()
    found = await show(api.live, taken)
    assert found["state"] == "ready", found
    assert 1.0 < found["duration_seconds"] < 4.0


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """Serve a folder on loopback, with a redirect and an endless file."""
    (tmp_path / "hello.mp3").write_bytes(SOUND)
    (tmp_path / "page.html").write_text("<html>")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/moved"):
                self.send_response(302)
                self.send_header("Location", "/hello.mp3" if self.path == "/moved" else "http://10.0.0.1/hello.mp3")
                self.end_headers()
            else:
                super().do_GET()

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def from_url(api: ApiUnderTest, url: str) -> Any:
    """Enter a URL as if the operator let loopback be reached, and prepare it."""
    audio_id = await api.database.fetchval(
        "INSERT INTO audio (id, organisation_id, sandbox, name, source, origin)"
        " VALUES ('aud_' || substr(md5($2), 1, 20), $1, false, 'x', 'url', jsonb_build_object('url', $2::text))"
        " RETURNING id",
        api.organisation.id,
        url,
    )
    for _ in range(3):
        try:
            await api.services.audio.preparation.run(audio_id.encode())
        except Exception:
            continue
    return await show(api.live, {"audio_id": audio_id})


async def test_a_url_is_fetched_and_its_query_forgotten(api: ApiUnderTest, site: str) -> None:
    found = await from_url(api, f"{site}/hello.mp3?token=secret")
    assert (found["state"], found["url"]) == ("ready", f"{site}/hello.mp3")
    assert await api.database.fetchval("SELECT origin::text FROM audio") == f'{{"url": "{site}/hello.mp3"}}'
    assert (await from_url(api, f"{site}/moved"))["state"] == "ready"


async def test_a_url_that_leads_to_nothing_fails_with_a_reason(api: ApiUnderTest, site: str) -> None:
    for path, words in (
        ("/none.mp3", "the server answered 404"),
        ("/page.html", "this is not a sound file"),
        ("/moved-inside", "not public"),
    ):
        found = await from_url(api, site + path)
        assert found["state"] == "failed"
        assert words in found["reason"]


@pytest.mark.parametrize("url", ["http://127.0.0.1/a.mp3", "file:///etc/passwd", "http://10.1.2.3/a", "hello"])
async def test_urls_that_are_not_public_are_refused(api: ApiUnderTest, url: str) -> None:
    assert field_of(await post(api.live, 400, url=url)) == "url"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"text": "a", "url": "https://example.com/a.mp3"}, "text"),
        ({"text": " "}, "text"),
        ({"text": "Hello {NAME}"}, "text"),
        ({"text": "Hello", "voice": "tlh-QO-f"}, "voice"),
        ({"url": "https://example.com/a.mp3", "voice": "en-US-F"}, "voice"),
        ({"text": "Hello", "source": "url"}, "source"),
        ({"text": "Hello", "name": " "}, "name"),
        ({"text": "Hello", "labels": ["x" * 51]}, "labels[0]"),
        ({"text": "Hello", "colour": "red"}, "colour"),
        ({"text": "Hello", "rate": 9}, "rate"),
    ],
)
async def test_wrong_fields_are_named(api: ApiUnderTest, body: dict[str, Any], field: str) -> None:
    assert field_of(await post(api.live, 400, **body)) == field
    assert (await api.live.get("/api/v1/audio")).json()["audio"] == []


async def test_lists_are_filtered_and_paged(api: ApiUnderTest) -> None:
    await ready(api, name="Spring greeting", label="spring")
    await post(api.live, text="Closed tomorrow", name="Notice")
    await upload(api.live, encoded(tones((300, 0.5))), name="Greeting, old", label="old")

    async def names(**query: Any) -> list[str]:
        answer = await api.live.get("/api/v1/audio", params=query)
        assert answer.status_code == 200, answer.text
        return [audio["name"] for audio in answer.json()["audio"]]

    assert await names() == ["Greeting, old", "Notice", "Spring greeting"]
    assert await names(name="greeting") == ["Greeting, old", "Spring greeting"]
    assert await names(label="spring") == ["Spring greeting"]
    assert await names(state="pending") == ["Greeting, old", "Notice"]
    assert await names(source="text") == ["Notice"]
    first = (await api.live.get("/api/v1/audio", params={"limit": 2})).json()
    assert await names(limit=2, cursor=first["next_cursor"]) == ["Spring greeting"]


async def test_names_and_labels_change_and_the_sound_does_not(api: ApiUnderTest) -> None:
    found = await ready(api, name="Old")
    path = f"/api/v1/audio/{found['audio_id']}"
    answer = await api.live.patch(path, json={"name": " New ", "labels": ["a", "a", "b"]})
    assert (answer.status_code, answer.json()["name"], answer.json()["labels"]) == (200, "New", ["a", "b"])
    assert (await api.live.patch(path, json={"labels": []})).json()["labels"] == []
    assert field_of((await api.live.patch(path, json={"text": "x"})).json()) == "text"


async def test_sandbox_keys_play_live_audio_and_change_only_their_own(api: ApiUnderTest) -> None:
    live = await ready(api)
    path = f"/api/v1/audio/{live['audio_id']}"
    assert (await api.sandbox.get(path)).status_code == 200
    assert (await api.sandbox.patch(path, json={"name": "x"})).status_code == 403
    assert (await api.sandbox.delete(path)).status_code == 403
    own = await upload(api.sandbox, encoded(tones((700, 0.5))))
    assert own["sandbox"] is True
    assert (await api.live.get(f"/api/v1/audio/{own['audio_id']}")).status_code == 404
    assert (await api.sandbox.delete(f"/api/v1/audio/{own['audio_id']}")).status_code == 204


async def test_an_upload_is_repeated_with_its_key(api: ApiUnderTest) -> None:
    headers = {"Content-Type": "audio/mpeg", "Idempotency-Key": "once"}
    answers = [await api.live.post("/api/v1/audio", content=SOUND, headers=headers) for _ in range(2)]
    assert answers[0].json()["audio_id"] == answers[1].json()["audio_id"]
    other = await api.live.post("/api/v1/audio", content=encoded(tones((1, 0.3))), headers=headers)
    assert other.status_code == 409


async def test_nothing_is_left_in_the_work_folder(api: ApiUnderTest) -> None:
    await ready(api)
    await upload(api.live, b"hello", status=400)
    assert list(api.services.audio.preparation.prepare_folder().iterdir()) == []


async def test_a_file_that_is_too_large_is_refused(api: ApiUnderTest) -> None:
    answer = await api.live.post(
        "/api/v1/audio",
        content=b"",
        headers={"Content-Type": "audio/mpeg", "Content-Length": str(200 * 1024 * 1024)},
    )
    assert (answer.status_code, "at most 100 MB" in answer.text) == (400, True)


async def test_others_see_none_of_it(api: ApiUnderTest) -> None:
    found = await ready(api)
    stranger = await api.services.accounts.create_organisation("Stranger", time_zone="UTC")
    _, key = await api.services.accounts.create_key(stranger.id, "live", sandbox=False)
    async with client_of(api.app, key) as client:
        path = f"/api/v1/audio/{found['audio_id']}"
        assert [(await client.get(path)).status_code, (await client.delete(path)).status_code] == [404, 404]
        # the same file of another organisation is converted anew: nobody learns that it was here before
        assert (await upload(client))["state"] == "pending"


async def test_a_subuser_sees_and_plays_its_own(api: ApiUnderTest) -> None:
    theirs = await ready(api)
    subuser = await make_user(api, "agent", fenced=True)
    async with await sign_in(api, subuser) as client:
        path = f"/api/v1/audio/{theirs['audio_id']}"
        assert (await client.get(path)).status_code == 404
        assert (await client.patch(path, json={"name": "x"})).status_code == 404
        assert (await client.delete(path)).status_code == 404
        assert (await client.get("/api/v1/audio")).json()["audio"] == []
        call = {"to": "+12125550199", "audio": theirs["audio_id"], "dry_run": True}
        refused = await client.post("/api/v1/calls", json=call)
        assert "audio" in [error["field"] for error in refused.json()["errors"]]
        own = await upload(client, encoded(tones((700, 0.5))))
        await api.jobs.run()
        assert [audio["audio_id"] for audio in (await client.get("/api/v1/audio")).json()["audio"]] == [own["audio_id"]]
        assert (await client.delete(f"/api/v1/audio/{own['audio_id']}")).status_code == 204


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"source": "phone"}, "to"),
        ({"to": "12"}, "to"),
        ({"to": "+12125550199", "voice": "en-US-F"}, "voice"),
        ({"to": "+12125550199", "from": "+12125550000"}, "from"),
        ({"text": "Hello", "from": "+18005550199"}, "from"),
        ({"to": "Ext:9999"}, "to"),
    ],
)
async def test_wrong_fields_of_a_recording_by_telephone(api: ApiUnderTest, body: dict[str, Any], field: str) -> None:
    able(api)
    assert field_of(await post(api.live, 400, **body)) == field
    assert await api.database.fetchval("SELECT (SELECT count(*) FROM audio) + (SELECT count(*) FROM calls)") == 0


def able(api: ApiUnderTest) -> None:
    """Let the appliance of the test be one that records."""
    services = api.app.state.services
    api.app.state.services = replace(services, capabilities=services.capabilities | {"record"})


async def test_a_recording_by_telephone_is_a_call(api: ApiUnderTest) -> None:
    able(api)
    headers = {"Idempotency-Key": "phone"}
    answers = [
        await api.live.post("/api/v1/audio", json={"to": "(212) 555-0199", "name": "Mayor"}, headers=headers)
        for _ in range(2)
    ]
    taken = answers[0].json()
    assert [answer.json()["audio_id"] for answer in answers] == [taken["audio_id"]] * 2
    assert (taken["state"], taken["source"], taken["to"], taken["name"]) == (
        "pending", "phone", "+12125550199", "Mayor",
    )  # fmt: skip
    call = (await api.live.get(f"/api/v1/calls/{taken['call_id']}")).json()
    assert (call["to"], call["status"]) == ("+12125550199", "queued")
    assert api.jobs.waiting == []
    await api.services.audio.items.resume()
    assert api.jobs.waiting == []


async def test_an_appliance_that_cannot_record_says_so(api: ApiUnderTest) -> None:
    services = api.app.state.services
    api.app.state.services = replace(services, capabilities=services.capabilities - {"record"})
    assert field_of(await post(api.live, 400, to="+12125550199")) == "to"
