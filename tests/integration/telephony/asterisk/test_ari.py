"""The control connection against an Asterisk of the test's own making, which forgets to answer and falls silent."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from callwright.errors import SetupError
from callwright.telephony.asterisk.ari import EVENTS, AnswerLost, AriRefused
from callwright.telephony.asterisk.engine import AsteriskEngine
from callwright.telephony.asterisk.links import AriClient, AriListener
from callwright.telephony.port import EndedBy, EngineUnavailable, LegAnswered, LegDigit, LegEnded, Ringing
from support.leg_contract import Call, request
from support.sipp import free_ports


def _basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Wire:
    """The test's side of the websocket: what Asterisk would receive and send."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        #: What the engine asks on every connection to find what an earlier process left behind, in this order.
        self._housekeeping = ["bridges", "bridges", "channels"]

    async def asked(self) -> dict[str, Any]:
        """Return the next request; the engine's housekeeping is answered here: nothing is left behind."""
        while True:
            message: dict[str, Any] = orjson.loads(await self._socket.recv())
            assert message["type"] == "RESTRequest"
            if message["method"] != "GET" or [message["uri"]] != self._housekeeping[:1]:
                return message
            del self._housekeeping[0]
            await self.answer(message, 200, [])

    async def answer(self, asked: dict[str, Any], status: int, body: Any = None) -> None:
        await self.send(
            type="RESTResponse",
            request_id=asked["request_id"],
            status_code=status,
            reason_phrase="whatever",
            message_body=orjson.dumps(body).decode() if body is not None else None,
        )

    async def send(self, **message: Any) -> None:
        await self._socket.send(orjson.dumps(message).decode())

    async def register(self) -> None:
        """Do what Asterisk does on each connection, up to the event filter."""
        await self.send(type="ApplicationRegistered", application="cw-fake")
        asked = await self.asked()
        assert (asked["method"], asked["uri"]) == ("PUT", "applications/cw-fake/eventFilter")
        assert orjson.loads(asked["message_body"]) == {"allowed": [{"type": event} for event in EVENTS]}
        await self.answer(asked, 200, {})


class Fake:
    """A listener and whoever connects to it."""

    def __init__(self, listener: AriListener, port: int) -> None:
        self.listener = listener
        self.engine = AsteriskEngine(node="fake", connection=listener)
        self.port = port

    @contextlib.asynccontextmanager
    async def raw(self, path: str = "/ari", user: str = "u", password: str = "p") -> AsyncIterator[Wire]:
        uri = f"ws://127.0.0.1:{self.port}{path}"
        async with connect(
            uri, subprotocols=[Subprotocol("ari")], additional_headers=_basic(user, password), proxy=None
        ) as socket:
            yield Wire(socket)

    @contextlib.asynccontextmanager
    async def asterisk(self) -> AsyncIterator[Wire]:
        async with self.raw() as wire:
            await wire.register()
            await self.listener.wait_connected(2)
            yield wire

    async def lost(self) -> None:
        while self.listener.connected:
            await asyncio.sleep(0)


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[Fake]:
    port = free_ports(2)
    listener = AriListener("cw-fake", port=port, user="u", password="p")
    await listener.start()
    yield Fake(listener, port)
    await listener.stop()


@pytest.mark.parametrize(
    ("path", "user", "password", "status"),
    [("/ari", "u", "wrong", 401), ("/ari", "", "", 401), ("/other", "u", "p", 404)],
)
async def test_strangers_are_turned_away(fake: Fake, path: str, user: str, password: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with fake.raw(path, user, password):
            pass
    assert refused.value.response.status_code == status
    assert not fake.engine.connected


async def test_a_taken_port_is_named(fake: Fake) -> None:
    with pytest.raises(SetupError, match=str(fake.port)):
        await AriListener("cw-fake", port=fake.port, user="u", password="p").start()


async def test_it_waits_until_asterisk_has_booted(fake: Fake) -> None:
    async with fake.raw() as wire:
        await wire.send(type="ApplicationRegistered")
        for _ in range(2):
            await wire.answer(await wire.asked(), 503, {"message": "Asterisk not booted"})
            assert not fake.engine.connected
        await wire.answer(await wire.asked(), 200, {})
        await fake.listener.wait_connected(2)


async def test_it_asks_by_itself_when_no_registration_is_announced(fake: Fake) -> None:
    async with fake.raw() as wire:
        await wire.answer(await wire.asked(), 200, {})
        await fake.listener.wait_connected(2)


async def test_a_request_is_not_sent_without_a_connection(fake: Fake) -> None:
    with pytest.raises(EngineUnavailable):
        await fake.listener.request("GET", "channels")
    with pytest.raises(EngineUnavailable):
        await fake.engine.dial(request())


async def test_a_request_without_an_answer_is_lost_not_forgotten(fake: Fake) -> None:
    async with fake.asterisk() as wire:
        with pytest.raises(AnswerLost):
            await fake.listener.request("GET", "sounds", timeout_seconds=0.01)
        late = await wire.asked()
        await wire.answer(late, 200, [])
        # the late answer disturbs nobody
        waiting = asyncio.create_task(fake.listener.request("GET", "recordings"))
        await wire.answer(await wire.asked(), 200, ["b"])
        assert (await waiting).json() == ["b"]
        waiting = asyncio.create_task(fake.listener.request("GET", "sounds"))
        await wire.asked()
    with pytest.raises(AnswerLost):
        await waiting


async def test_answers_find_their_requests_in_any_order(fake: Fake) -> None:
    async with fake.asterisk() as wire:
        tasks = [asyncio.create_task(fake.listener.request("GET", f"channels/{n}")) for n in range(3)]
        asked = [await wire.asked() for _ in tasks]
        for question in reversed(asked):
            await wire.answer(question, 200, question["uri"])
        assert [(await task).json() for task in tasks] == ["channels/0", "channels/1", "channels/2"]


async def test_a_dial_whose_answer_is_lost_ends_when_there_is_no_channel(fake: Fake) -> None:
    async with fake.asterisk() as wire:
        dialling = asyncio.create_task(fake.engine.dial(request(attempt_id="att_lost")))
        assert (await wire.asked())["uri"] == "channels"
    call = Call(await dialling)
    await fake.lost()
    async with fake.asterisk() as wire:
        asked = await wire.asked()
        assert (asked["method"], asked["uri"]) == ("GET", "channels")
        await wire.answer(asked, 200, [])
        assert await call.end() == LegEnded(cause=0, sip_status=None, ended_by=EndedBy.ENGINE)
    assert fake.engine.legs == 0


async def test_a_dial_whose_answer_is_lost_goes_on_when_there_is_a_channel(fake: Fake) -> None:
    async with fake.asterisk() as wire:
        dialling = asyncio.create_task(fake.engine.dial(request(attempt_id="att_found")))
        await wire.asked()
    call = Call(await dialling)
    await fake.lost()
    async with fake.asterisk() as wire:
        channel = {"id": "att_found", "state": "Up", "dialplan": {"app_name": "Stasis"}}
        await wire.answer(await wire.asked(), 200, [channel, {"id": "other", "state": "Up"}])
        assert await call.next() == Ringing()
        assert await call.next() == LegAnswered()
        await wire.send(type="StasisStart", channel=channel)
        await wire.send(type="ChannelDestroyed", channel=channel, cause=0)
        assert await call.next() == LegEnded(cause=16, sip_status=None, ended_by=EndedBy.ENGINE)


async def test_the_end_that_is_under_way_brings_its_cause(fake: Fake) -> None:
    async with fake.asterisk() as wire:
        dialling = asyncio.create_task(fake.engine.dial(request(attempt_id="att_late")))
        await wire.answer(await wire.asked(), 200, {})
        call = Call(await dialling)
    await fake.lost()
    async with fake.asterisk() as wire:
        await wire.answer(await wire.asked(), 200, [])
        await wire.send(type="ChannelHangupRequest", channel={"id": "att_late"})
        await wire.send(type="ChannelDestroyed", channel={"id": "att_late"}, cause=17, tech_cause=486)
        assert await call.end() == LegEnded(cause=17, sip_status=486, ended_by=EndedBy.CALLEE)


async def test_a_conflict_that_is_not_one_is_a_refusal(fake: Fake) -> None:
    async with fake.asterisk() as wire:
        dialling = asyncio.create_task(fake.engine.dial(request(attempt_id="att_conflict")))
        await wire.answer(await wire.asked(), 409, {"message": "Channel with given unique ID already exists"})
        asked = await wire.asked()
        assert asked["uri"] == "channels/att_conflict"
        await wire.answer(asked, 404, {"message": "Channel not found"})
        with pytest.raises(Exception, match="could not make a channel"):
            await dialling


async def test_keys_before_the_answer_s_event_come_after_it(fake: Fake) -> None:
    async with fake.asterisk() as wire:
        dialling = asyncio.create_task(fake.engine.dial(request(attempt_id="att_early")))
        channel = {"id": "att_early"}
        asked = await wire.asked()
        # events overtake the answer
        await wire.send(type="Dial", peer=channel, dialstatus="")
        await wire.send(type="Dial", peer=channel, dialstatus="PROGRESS")
        await wire.send(type="Dial", peer=channel, dialstatus="RINGING")
        await wire.send(type="ChannelDtmfReceived", channel=channel, digit="1")
        await wire.send(type="StasisStart", channel=channel)
        await wire.answer(asked, 200, {})
        call = Call(await dialling)
        assert [await call.next() for _ in range(3)] == [Ringing(), LegAnswered(), LegDigit(digit="1")]


async def test_events_of_nobody_are_counted_and_nonsense_is_survived(fake: Fake) -> None:
    async with fake.asterisk() as wire:
        await wire.send(type="StasisStart", channel={"id": "att_unknown"})
        await wire.send(type="StasisStart", channel={"id": "somebody-else"})
        await wire.send(type="StasisStart")
        await wire.send(type="NotAnEvent")
        await wire.send(type="PlaybackFinished", playback={"id": "att_unknown-1", "state": "done"})
        living = asyncio.create_task(fake.engine.living())
        await wire.answer(await wire.asked(), 200, [{"id": "att_1"}, {"id": "x"}])
        assert await living == {"att_1"}
    assert fake.engine.orphan_events == 2


async def test_a_listing_that_fails_is_said(fake: Fake) -> None:
    async with fake.asterisk() as wire:
        living = asyncio.create_task(fake.engine.living())
        await wire.answer(await wire.asked(), 500, {"message": "no memory"})
        with pytest.raises(AriRefused, match="no memory"):
            await living


async def test_a_newer_connection_takes_the_place_of_an_older_one(fake: Fake) -> None:
    async with fake.asterisk(), fake.raw() as newer:
        await newer.register()
        await fake.listener.wait_connected(2)
        waiting = asyncio.create_task(fake.listener.request("GET", "channels"))
        await newer.answer(await newer.asked(), 200, [])
        assert (await waiting).ok


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:8088", "ws://u:p@host:8088", "http://host:8088", "http://u@host:8088", "http://u:p@host:99999"],
)
def test_addresses_of_a_user_s_own_asterisk_are_checked(url: str) -> None:
    with pytest.raises(SetupError, match="CALLWRIGHT_ASTERISK_URLS"):
        AriClient("cw-own", url=url)
