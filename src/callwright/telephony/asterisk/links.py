"""The two ways to a websocket with Asterisk: our own Asterisk dials us, a user's own Asterisk is dialled by us."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import http
import logging
from typing import Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import InvalidHandshake
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from callwright.errors import SetupError
from callwright.telephony.asterisk.ari import AriConnection

log = logging.getLogger(__name__)

_PROTOCOL: Final = Subprotocol("ari")
PATH: Final = "/ari"
#: ``GET /channels`` of a thousand channels is about 1 MB.
_MAX_MESSAGE_BYTES: Final = 32 * 1024 * 1024
#: Messages that may wait in our process: a burst must not stop Asterisk's writes, which drop after 2 s.
_MAX_QUEUE: Final = 4096
#: A connection on which a ping has no answer for so long is dead, though nobody said so; it is made anew.
_PING_SECONDS: float = 5.0
_PONG_SECONDS: float = 10.0
_RECONNECT_SECONDS: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class AriListener(AriConnection):
    """Listens on loopback; Asterisk (``websocket_client.conf``, ``type = outbound_websocket``) connects to us.

    ``user`` and ``password`` are the ``username`` and ``password`` of ``websocket_client.conf``; without the right
    ones, or on another path than ``/ari``, a connection is refused.
    """

    def __init__(self, application: str, *, port: int, user: str, password: str, host: str = "127.0.0.1") -> None:
        super().__init__(application)
        self._host = host
        self._port = port
        self._credentials = f"{user}:{password}".encode()
        self._server: Server | None = None

    async def start(self) -> None:
        """Listen; Asterisk connects when it likes. Raises ``SetupError`` when the port is taken."""
        try:
            self._server = await serve(
                self._serve,
                self._host,
                self._port,
                subprotocols=[_PROTOCOL],
                process_request=self._admit,
                compression=None,
                max_size=_MAX_MESSAGE_BYTES,
                max_queue=_MAX_QUEUE,
                ping_interval=_PING_SECONDS,
                ping_timeout=_PONG_SECONDS,
                close_timeout=1.0,
            )
        except OSError as error:
            raise SetupError(
                f"port {self._port} of {self._host}, where Asterisk is to connect, cannot be used: {error}"
            ) from None

    async def stop(self) -> None:
        """Close the connection and stop listening. Calls in the air go on."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if urlsplit(request.path).path != PATH:
            return connection.respond(http.HTTPStatus.NOT_FOUND, "not found\n")
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        try:
            decoded = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            decoded = b""
        if scheme.lower() != "basic" or not hmac.compare_digest(decoded, self._credentials):
            log.warning("a control connection with wrong credentials was refused")
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "wrong credentials\n")
        return None


class AriClient(AriConnection):
    """Connects to a user's own Asterisk, again and again until stopped.

    ``url`` is ``http://user:password@host:8088`` (or ``https``), the address of Asterisk's HTTP server, with its
    ``prefix`` as path if it has one; user and password are of a section in ``ari.conf`` that is not ``read_only``.
    """

    _registration_is_announced = False

    def __init__(self, application: str, *, url: str) -> None:
        super().__init__(application)
        self._uri, self._credentials, self._shown = _websocket_address(url, application)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect."""
        self._task = asyncio.create_task(self._keep(), name=f"ARI {self._shown}")

    async def stop(self) -> None:
        """Close the connection. Calls in the air go on."""
        task, self._task = self._task, None
        if task is not None:
            await self._close_sockets()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _carry(self, socket: ClientConnection) -> bool:
        """Carry the connection on this socket; return whether it ever became usable."""
        ready = asyncio.create_task(self._ready.wait())
        try:
            await self._serve(socket)
            return ready.done()
        finally:
            ready.cancel()

    async def _keep(self) -> None:
        failures = 0
        while True:
            try:
                async with connect(
                    self._uri,
                    subprotocols=[_PROTOCOL],
                    additional_headers={"Authorization": f"Basic {self._credentials}"},
                    compression=None,
                    max_size=_MAX_MESSAGE_BYTES,
                    max_queue=_MAX_QUEUE,
                    ping_interval=_PING_SECONDS,
                    ping_timeout=_PONG_SECONDS,
                    open_timeout=5.0,
                    close_timeout=1.0,
                    proxy=None,
                ) as socket:
                    if await self._carry(socket):
                        failures = 0
            except (OSError, TimeoutError, InvalidHandshake) as error:
                if failures == 0:
                    log.warning("Asterisk at %s cannot be reached: %s", self._shown, error)
            delay = _RECONNECT_SECONDS[min(failures, len(_RECONNECT_SECONDS) - 1)]
            failures += 1
            await asyncio.sleep(delay)


def _websocket_address(url: str, application: str) -> tuple[str, str, str]:
    """Return the websocket's address, the Basic credentials, and an address without secrets to show.

    Raises ``SetupError`` when the URL is not of the form that the class describes.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.username or parts.password is None:
        raise SetupError("CALLWRIGHT_ASTERISK_URLS: each address must be like http://user:password@host:8088")
    try:
        port = parts.port or 8088
    except ValueError:
        raise SetupError("CALLWRIGHT_ASTERISK_URLS: the port of an address is not a number up to 65535") from None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    scheme = "wss" if parts.scheme == "https" else "ws"
    query = f"app={quote(application, safe='')}&subscribeAll=true"
    uri = urlunsplit((scheme, f"{host}:{port}", f"{parts.path.rstrip('/')}/ari/events", query, ""))
    credentials = base64.b64encode(f"{unquote(parts.username)}:{unquote(parts.password)}".encode()).decode()
    return uri, credentials, f"{host}:{port}"
