"""ARI over one websocket: events come in, REST requests go out and their answers come back on the same socket.

``links.py`` brings the socket, in either direction. Measured on Asterisk 22.10: 1.2 to 1.7 ms for a request; requests
of one websocket are handled in the order in which they were sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson
from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed

from callwright.errors import CallwrightError
from callwright.telephony.port import EngineUnavailable

log = logging.getLogger(__name__)

#: What we let Asterisk send; 8 messages a call instead of some 25. ``Dial`` is the only one that tells of a 183.
#: ``RESTResponse`` counts as an event here: without it in the list no request would ever be answered.
EVENTS: Final = (
    "ApplicationRegistered",
    "ApplicationReplaced",
    "ChannelDestroyed",
    "ChannelDtmfReceived",
    "ChannelHangupRequest",
    "Dial",
    "PlaybackFinished",
    "RESTResponse",
    "RecordingFailed",
    "RecordingFinished",
    "StasisStart",
)

#: Asterisk answers in milliseconds; after this long it hangs, and the engine asks again what became of the request.
REQUEST_TIMEOUT_SECONDS: Final = 10.0
#: How long ``ApplicationRegistered`` may take before we ask the application ourselves.
_REGISTRATION_SECONDS: Final = 1.0
_BOOT_POLL_SECONDS: Final = 0.05
#: Half a minute: a slow machine's boot.
_BOOT_POLLS: Final = 600

Event = Mapping[str, Any]


class AnswerLost(CallwrightError):
    """The connection to the telephone engine broke, or it hangs: whether it did what it was asked is unknown."""

    status = 503
    code = "engine_unavailable"


class AriRefused(CallwrightError):
    """The telephone engine refused a request."""

    status = 502
    code = "engine_refused"

    def __init__(self, http_status: int, message: str) -> None:
        #: HTTP status of Asterisk's answer.
        self.http_status = http_status
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Answer:
    """Asterisk's answer to one request."""

    status: int
    #: Asterisk's word for the status, such as ``Not Found``.
    reason: str
    #: The body as JSON text; empty when there is none.
    text: str

    @property
    def ok(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return the body's value; ``None`` when there is no body."""
        return orjson.loads(self.text) if self.text else None

    @property
    def message(self) -> str:
        """What Asterisk says about a refusal."""
        try:
            value = self.json()
        except orjson.JSONDecodeError:
            return self.text[:200]
        if isinstance(value, dict):
            return str(value.get("message") or value.get("error") or self.reason)
        return self.reason


class AriConnection:
    """The control connection to one Asterisk; it outlives the websockets that carry it."""

    #: Whether ``ApplicationRegistered`` comes on every websocket; on those that we open only the first time.
    _registration_is_announced = True

    def __init__(self, application: str) -> None:
        #: Name of the ARI application, ``cw-<node>``.
        self.application = application
        #: Called with each event, in order; must be quick and must not raise.
        self.on_event: Callable[[Event], None] = _ignore
        #: Called when requests can be sent, and when they no longer can.
        self.on_connected: Callable[[], None] = _nothing
        self.on_lost: Callable[[], None] = _nothing
        self._socket: Connection | None = None
        self._ready = asyncio.Event()
        self._pending: dict[str, asyncio.Future[Answer]] = {}
        self._next = 0
        self._setup: asyncio.Task[None] | None = None
        self._sessions: set[Connection] = set()

    @property
    def connected(self) -> bool:
        """Whether Asterisk is there and sends us our events."""
        return self._ready.is_set()

    async def wait_connected(self, timeout_seconds: float) -> None:
        """Wait until ``connected``. Raises ``EngineUnavailable`` after the timeout."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._ready.wait()
        except TimeoutError:
            raise EngineUnavailable(f"Asterisk did not connect within {timeout_seconds:g} s") from None

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        timeout_seconds: float = REQUEST_TIMEOUT_SECONDS,
    ) -> Answer:
        """Send one request, such as ``("GET", "channels")``, and return its answer, whatever its status.

        Raises ``EngineUnavailable`` when it was not sent, ``AnswerLost`` when it was and no answer came.
        """
        if not self._ready.is_set():
            raise EngineUnavailable
        return await self._request(method, path, query, body, timeout_seconds)

    async def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        timeout_seconds: float = REQUEST_TIMEOUT_SECONDS,
    ) -> Answer:
        socket = self._socket
        if socket is None:
            raise EngineUnavailable
        self._next += 1
        number = str(self._next)
        message: dict[str, Any] = {
            "type": "RESTRequest",
            "transaction_id": number,
            "request_id": number,
            "method": method,
            "uri": path,
        }
        if query:
            message["query_strings"] = [{"name": name, "value": value} for name, value in query.items()]
        if body is not None:
            message["content_type"] = "application/json"
            message["message_body"] = orjson.dumps(body).decode()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._pending[number] = answer
        timer = loop.call_later(timeout_seconds, _expire, answer)
        try:
            await socket.send(orjson.dumps(message), text=True)
            return await answer
        except ConnectionClosed:
            raise AnswerLost from None
        finally:
            timer.cancel()
            self._pending.pop(number, None)

    async def _serve(self, socket: Connection) -> None:
        """Carry the connection on this socket until it closes. A newer socket takes the place of an older one."""
        older = self._socket
        if older is not None:
            self._lost()
        self._socket = socket
        self._sessions.add(socket)
        wait = _REGISTRATION_SECONDS if self._registration_is_announced else 0.0
        registration = asyncio.get_running_loop().call_later(wait, self._registered, socket)
        try:
            while True:
                self._take(socket, orjson.loads(await socket.recv(decode=False)))
        except ConnectionClosed:
            pass
        except orjson.JSONDecodeError as error:
            log.error("Asterisk sent what is not JSON, the connection is made anew: %s", error)
            await socket.close()
        finally:
            registration.cancel()
            self._sessions.discard(socket)
            if self._socket is socket:
                self._lost()

    def _take(self, socket: Connection, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "RESTResponse":
            answer = self._pending.get(message.get("request_id", ""))
            if answer is not None and not answer.done():
                answer.set_result(
                    Answer(
                        int(message.get("status_code", 0)),
                        message.get("reason_phrase", ""),
                        message.get("message_body") or "",
                    )
                )
        elif self._socket is not socket:
            # an older socket's last words: its application was already taken over by the newer one
            return
        elif kind == "ApplicationRegistered":
            self._registered(socket)
        elif kind == "ApplicationReplaced":
            log.warning("another program took over the ARI application %s", self.application)
        else:
            try:
                self.on_event(message)
            except Exception:
                log.exception("an event of Asterisk could not be handled: %s", kind)

    def _registered(self, socket: Connection) -> None:
        if self._socket is socket and self._setup is None:
            self._setup = asyncio.get_running_loop().create_task(self._set_up(socket), name="ARI set-up")

    async def _set_up(self, socket: Connection) -> None:
        """Ask for the events that we need, then open for requests."""
        path = f"applications/{quote(self.application, safe='')}/eventFilter"
        wanted = {"allowed": [{"type": event} for event in EVENTS]}
        try:
            answer = await self._request("PUT", path, body=wanted)
            for _ in range(_BOOT_POLLS):
                # it connects while it still boots, and answers 503 until it has; 404: not registered yet
                if answer.status not in (404, 503):
                    break
                await asyncio.sleep(_BOOT_POLL_SECONDS)
                answer = await self._request("PUT", path, body=wanted)
        except (EngineUnavailable, AnswerLost) as error:
            log.error("the connection to Asterisk is made anew: %s", error)
            await socket.close()
            return
        if not answer.ok:
            log.error("Asterisk does not know the application %s: %s", self.application, answer.message)
            await socket.close()
            return
        log.info("connected to Asterisk as %s", self.application)
        self._ready.set()
        self.on_connected()

    def _lost(self) -> None:
        """The current socket is gone: tell everybody who waits."""
        self._socket = None
        setup, self._setup = self._setup, None
        if setup is not None:
            setup.cancel()
        was_ready = self._ready.is_set()
        self._ready.clear()
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(AnswerLost())
        if was_ready:
            log.warning("lost the connection to Asterisk (%s)", self.application)
            self.on_lost()

    async def _close_sockets(self) -> None:
        for socket in list(self._sessions):
            await socket.close()


def _ignore(event: Event) -> None:
    """Nobody listens yet."""


def _nothing() -> None:
    """Nobody listens yet."""


def _expire(answer: asyncio.Future[Answer]) -> None:
    if not answer.done():
        answer.set_exception(AnswerLost("Asterisk did not answer in time"))
