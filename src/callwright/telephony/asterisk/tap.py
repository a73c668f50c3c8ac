"""Hearing what the far end of a call says: a snoop channel, bridged to RTP that Asterisk sends to a port of ours.

RTP and not a stream, because its time stamps are media time: a control plane that is busy for a moment finds what it
missed in the kernel's buffer, and silence that was never sent shows as a gap. Both channels and the bridge are named
after the attempt, so that those which a process left behind are told from calls and removed (``remove_left``).
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import logging
import secrets
import sys
from collections.abc import Callable, Collection, Sequence
from typing import Final

from callwright.telephony.asterisk.ari import Answer, AnswerLost, AriConnection, AriRefused
from callwright.telephony.port import EngineUnavailable

log = logging.getLogger(__name__)

#: Channels and bridges whose id begins so belong to a tap, or to ``app_amd``: ``tap.<attempt>.<tag>`` and a letter for
#: its part.
PREFIX: Final = "tap."
SNOOP: Final = ".s"
_MEDIA: Final = ".m"
_LOOPBACK: Final = "127.0.0.1"
_RATE: Final = 8000
#: RFC 3550, 5.1: the fixed header.
_HEADER: Final = 12
#: Both channels are in our hands after milliseconds.
_OPENING_SECONDS: Final = 5.0


def is_tap(channel_id: str) -> bool:
    """Return whether a channel is part of a tap, and no call."""
    return channel_id.startswith(PREFIX)


def attempt_of_tap(channel_id: str) -> str:
    """Return the id of the attempt that is heard."""
    return channel_id.removeprefix(PREFIX).partition(".")[0]


class Tap:
    """One snoop channel and what belongs to it; opened once, closed once."""

    def __init__(
        self,
        attempt_id: str,
        channel: str,
        connection: AriConnection,
        *,
        publish: Callable[[float, bytes], None],
        lost: Callable[[], None],
    ) -> None:
        """``publish`` is called with each piece of sound and its time (of the event loop's clock, in seconds).

        ``lost``: called when Asterisk has ended the tap.
        """
        self.name = f"{PREFIX}{attempt_id}.{secrets.token_hex(3)}"
        self._channel = channel
        self._connection = connection
        self._publish = publish
        self._lost = lost
        self._waited = {self.name + SNOOP, self.name + _MEDIA}
        self._entered = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None
        self._closed = False

    async def open(self) -> None:
        """Begin to hear. Raises ``AriRefused``, ``EngineUnavailable`` or ``AnswerLost``; then ``close`` is due too."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Receiver(self._publish), local_addr=(_LOOPBACK, 0)
        )
        port = self._transport.get_extra_info("sockname")[1]
        application = {"app": self._connection.application}
        _check(
            await self._connection.request(
                "POST",
                f"channels/{self._channel}/snoop/{self.name}{SNOOP}",
                query={**application, "spy": "in", "appArgs": "tap"},
            )
        )
        _check(
            await self._connection.request(
                "POST",
                "channels/externalMedia",
                query={
                    **application,
                    "channelId": self.name + _MEDIA,
                    "external_host": f"{_LOOPBACK}:{port}",
                    "encapsulation": "rtp",
                    "transport": "udp",
                    "format": "slin",
                },
            )
        )
        _check(await self._connection.request("POST", f"bridges/{self.name}", query={"type": "mixing"}))
        try:
            # a channel that has not entered the application yet cannot be bridged
            async with asyncio.timeout(_OPENING_SECONDS):
                await self._entered.wait()
        except TimeoutError:
            raise AriRefused(504, "Asterisk did not open a tap on the call in time") from None
        _check(
            await self._connection.request(
                "POST",
                f"bridges/{self.name}/addChannel",
                query={"channel": f"{self.name}{SNOOP},{self.name}{_MEDIA}"},
            )
        )

    async def close(self) -> None:
        """Hear no more and remove the channels; what Asterisk does not do now is removed at the next connection."""
        self._closed = True
        if self._transport is not None:
            self._transport.close()
        # the bridge first: while it goes no frame is carried to a channel that is going
        for path in (f"bridges/{self.name}", f"channels/{self.name}{SNOOP}", f"channels/{self.name}{_MEDIA}"):
            with contextlib.suppress(EngineUnavailable, AnswerLost):
                await self._connection.request("DELETE", path)

    def entered(self, channel_id: str, arguments: Sequence[str]) -> None:
        """Take ``StasisStart`` of one of its channels."""
        self._waited.discard(channel_id)
        if not self._waited:
            self._entered.set()

    def destroyed(self, channel_id: str) -> None:
        """Take ``ChannelDestroyed`` of one of its channels."""
        if channel_id.startswith(self.name) and not self._closed:
            self._lost()


async def remove_left(connection: AriConnection, *, kept: Callable[[], Collection[str]]) -> None:
    """Remove what taps of nobody left behind; ``kept`` returns the names of the taps that are open.

    Raises ``EngineUnavailable`` or ``AnswerLost``.
    """
    for kind in ("bridges", "channels"):
        answer = await connection.request("GET", kind)
        if not answer.ok:
            continue
        # one that was opened while the list was under way is known by now
        for each in answer.json():
            name: str = each["id"]
            if is_tap(name) and name.removesuffix(SNOOP).removesuffix(_MEDIA) not in kept():
                await connection.request("DELETE", f"{kind}/{name}")


def _check(answer: Answer) -> None:
    if not answer.ok:
        raise AriRefused(answer.status, f"Asterisk does not let us hear the call: {answer.message}")


class _Receiver(asyncio.DatagramProtocol):
    """Takes RTP with 16-bit samples; the time of a packet is that of the first one's arrival plus its time stamps."""

    def __init__(self, publish: Callable[[float, bytes], None]) -> None:
        self._publish = publish
        self._clock = asyncio.get_running_loop().time
        self._sender: tuple[str, int] | None = None
        #: The first packet's arrival, and the last one's time stamp, counted from it without a wrap.
        self._begin = 0.0
        self._last: int | None = None
        self._position = 0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._sender is None:
            self._sender = addr
        # version 2, no padding, no extension, no sources: what Asterisk sends; nobody else is listened to
        if addr != self._sender or len(data) <= _HEADER or data[0] != 0x80:
            return
        stamp = int.from_bytes(data[4:8])
        if self._last is None:
            self._begin = self._clock()
        else:
            # modulo 2³²; an older packet that comes late counts backwards
            self._position += (stamp - self._last + 0x80000000) % 0x100000000 - 0x80000000
        self._last = stamp
        samples = array.array("h", data[_HEADER : len(data) - len(data) % 2])
        if sys.byteorder == "little":
            # RFC 3551, 4.5.11: L16 is big-endian
            samples.byteswap()
        self._publish(self._begin + self._position / _RATE, samples.tobytes())

    def error_received(self, exc: Exception) -> None:
        with contextlib.suppress(Exception):
            log.debug("a tap's port: %s", exc)
