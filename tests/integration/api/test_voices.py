"""What ``/voices`` says about names, and the samples behind its links."""

from __future__ import annotations

import io
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import soundfile

from support.api import ApiUnderTest

TEXT = "Your appointment is on Tuesday at 3:15 PM, & it costs $20."


@pytest.mark.parametrize(
    ("asked", "voice", "exact"),
    [
        ({"name": "en-US-Neural-F"}, "pico-en-US-f", True),
        ({"name": "en-US-Neural-M"}, "espeak-en-US-m", True),
        ({"name": "en-AU-Neural-M"}, "espeak-en-US-m", False),
        ({"name": "female", "language": "de"}, "pico-de-DE-f", True),
        ({"name": "kokoro-am_michael"}, "espeak-en-US-m", True),
        ({"name": "piper-de_DE-thorsten-medium"}, "pico-de-DE-f", True),
    ],
)
async def test_a_name_is_resolved(api: ApiUnderTest, asked: dict[str, str], voice: str, exact: bool) -> None:
    answer = (await api.live.get("/api/v1/voices", params=asked)).json()
    assert answer["resolved"]["asked"] == asked["name"]
    assert (answer["resolved"]["voice"], answer["resolved"]["exact"]) == (voice, exact)
    assert [one["name"] for one in answer["voices"]] == [voice]


async def test_a_name_that_nobody_can_read_is_refused(api: ApiUnderTest) -> None:
    answer = await api.live.get("/api/v1/voices", params={"name": "Joanna"})
    assert answer.status_code == 400
    assert "Joanna" in answer.text


async def test_voices_of_one_sex(api: ApiUnderTest) -> None:
    answer = (await api.live.get("/api/v1/voices", params={"language": "en", "gender": "male"})).json()
    assert [one["name"] for one in answer["voices"]] == ["espeak-en-US-m"]
    assert (await api.live.get("/api/v1/voices", params={"gender": "purple"})).status_code == 400


async def test_a_sample_is_spoken_behind_its_link_without_a_key(api: ApiUnderTest) -> None:
    answer = (await api.live.get("/api/v1/voices", params={"sample": TEXT, "language": "en-US"})).json()
    assert [one["name"] for one in answer["voices"]] == ["pico-en-US-f", "espeak-en-US-m"]
    heard = []
    for one in answer["voices"]:
        got = await api.nobody.get(one["sample_url"])
        assert got.status_code == 200, got.text
        assert got.headers["content-type"] == "audio/wav"
        samples, rate = soundfile.read(io.BytesIO(got.content))
        assert rate == 16000
        assert 3 < len(samples) / rate < 12
        heard.append(got.content)
    assert heard[0] != heard[1]


async def test_a_link_that_was_changed_is_refused(api: ApiUnderTest) -> None:
    answer = (await api.live.get("/api/v1/voices", params={"sample": "Hello.", "language": "en-US"})).json()
    url = urlsplit(answer["voices"][0]["sample_url"])
    query = dict(parse_qsl(url.query))
    for change in ({"text": "Goodbye."}, {"expires": "99999999999"}, {"signature": "x"}):
        got = await api.nobody.get(f"{url.path}?{urlencode({**query, **change})}")
        assert got.status_code == 403, change
    assert (await api.nobody.get(f"/api/v1/voices/espeak-en-US-m/sample?{url.query}")).status_code == 403
    assert (await api.nobody.get(url.path)).status_code == 400


async def test_a_long_sample_is_refused(api: ApiUnderTest) -> None:
    answer = await api.live.get("/api/v1/voices", params={"sample": "x" * 201})
    assert answer.status_code == 400
    assert "sample" in answer.text
