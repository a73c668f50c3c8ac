"""Trying a flow over the websocket: who may, what is refused, and a call from ring to end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from callwright.api.native.app import create_app
from callwright.telephony.answers import AnswerMeans
from callwright.telephony.trial.trials import FlowTrials
from callwright.telephony.voice import SpokenVoice
from support.api import ApiUnderTest
from support.people import PASSWORD, make_user, sign_in
from support.trials import Deaf, NoAudio

pytestmark = pytest.mark.postgres

HELLO = {"steps": [{"type": "say", "text": "Hello {NAME}."}]}


@pytest.fixture
async def address(api: ApiUnderTest) -> AsyncIterator[str]:
    """Serve the application as the appliance does, on a free port."""
    clock = api.services.clock
    answers = AnswerMeans(recogniser=Deaf(), clock=clock, language_of=lambda name: "en")
    voice = SpokenVoice(api.services.samples._speaker)
    trials = FlowTrials(voice=voice, audio=NoAudio(), answers=answers, clock=clock)
    app = create_app(replace(api.services, trials=trials))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"127.0.0.1:{port}"
    server.should_exit = True
    await serving


def line(address: str, api: ApiUnderTest, **headers: str) -> connect:
    """Open the websocket with the live key, unless other headers are given."""
    key = api.live.headers["Authorization"]
    return connect(f"ws://{address}/api/v1/flows/try", additional_headers=headers or {"Authorization": key}, proxy=None)


async def told(page: ClientConnection) -> Any:
    async with asyncio.timeout(60):
        got = await page.recv()
    return orjson.loads(got) if isinstance(got, str) else got


async def test_a_flow_is_heard(api: ApiUnderTest, address: str) -> None:
    async with line(address, api) as page:
        await page.send(orjson.dumps({"type": "start", "flow": HELLO, "variables": {"NAME": "Ada"}}).decode())
        assert (await told(page))["type"] == "ringing"
        await page.send('{"type": "answer", "side": "callee"}')
        seen: list[str] = []
        while True:
            message = await told(page)
            if isinstance(message, bytes):
                assert message.startswith(b"RIFF")
                await page.send('{"type": "played", "side": "callee", "play_id": 1}')
                continue
            seen.append(message["type"])
            if message["type"] == "ended":
                break
        assert message["outcome"] == "answered"
        assert {"answered", "note", "state", "play", "ended"} <= set(seen)


async def test_faults_are_named_where_they_stand(api: ApiUnderTest, address: str) -> None:
    async def refused(first: str) -> Any:
        async with line(address, api) as page:
            await page.send(first)
            answer = await told(page)
        assert answer["type"] == "refused"
        return [error["field"] for error in answer["problem"]["errors"]]

    assert await refused("hello") == ["body"]
    assert await refused('{"type": "start", "flow": {"steps": [{"type": "say"}]}}') == ["flow.steps[0].text"]
    assert await refused(orjson.dumps({"type": "start", "flow": HELLO}).decode()) == ["variables.NAME"]
    assert await refused('{"type": "start", "flow": {}, "to": "Ext:1000"}') == ["to"]


async def test_only_who_may_is_let_in(api: ApiUnderTest, address: str) -> None:
    for headers in ({"X-Nothing": "1"}, {"Authorization": "Bearer live_wrong"}):
        with pytest.raises(InvalidStatus) as caught:
            async with line(address, api, **headers):
                raise AssertionError
        assert caught.value.response.status_code == 403
    async with await sign_in(api, await make_user(api, "read-only")) as reader:
        token = reader.headers["Authorization"]
    async with line(address, api, Authorization=token) as page:
        assert (await told(page))["problem"]["status"] == 403


async def test_a_cookie_counts_for_our_own_pages_only(api: ApiUnderTest, address: str) -> None:
    user = await make_user(api, "agent")
    signed_in = await api.nobody.post(
        "/api/v1/sessions", json={"email": user.email, "password": PASSWORD, "cookie": True}
    )
    cookie = f"callwright={signed_in.cookies['callwright']}"
    with pytest.raises(InvalidStatus):
        async with line(address, api, Cookie=cookie, Origin="http://evil.example"):
            raise AssertionError
    async with line(address, api, Cookie=cookie, Origin=f"http://{address}") as page:
        await page.send("x")
        assert (await told(page))["problem"]["status"] == 400
