"""A telephone's mouth and ear: speaks a tone to whoever sends it RTP, and keeps what it hears."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import numpy as np

from callwright.speech.g711 import decode_ulaw
from support.sipp_caller import level, tone

_SECOND = 8000
_LONGEST_SECONDS = 60


class Voice:
    """What one telephone said and heard; sound is µ-law, 8,000 samples a second."""

    def __init__(self, frequency: float) -> None:
        self.frequency = frequency
        self.heard = bytearray()

    async def hears(self, frequency: float, *, within: float = 15.0) -> None:
        """Return when a whole second of new sound is this tone; fails after ``within`` seconds."""
        start = len(self.heard)
        async with asyncio.timeout(within):
            while not self.tells(frequency, start):
                await asyncio.sleep(0.1)

    def tells(self, frequency: float, start: int = 0) -> bool:
        """Return whether any second of the sound since ``start`` is mostly this tone."""
        sound = decode_ulaw(bytes(self.heard[start:]))
        pieces = [sound[at : at + _SECOND] for at in range(0, len(sound) - _SECOND + 1, _SECOND // 4)]
        return any(level(piece, frequency) > 0.7 for piece in pieces if np.abs(piece).max() > 1000)

    def hears_anything(self, start: int = 0) -> bool:
        """Return whether it was not silent since ``start``."""
        return bool(self.heard[start:]) and bool(np.abs(decode_ulaw(bytes(self.heard[start:]))).max() > 1000)


class _Port(asyncio.DatagramProtocol):
    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._transport: asyncio.DatagramTransport | None = None
        self._speaking: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) > 12 and data[1] & 0x7F == 0:
            self._voice.heard += data[12:]
        if self._speaking is None:
            self._speaking = asyncio.get_running_loop().create_task(self._speak(addr))

    async def _speak(self, to: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        sound, begin = tone(self._voice.frequency, _LONGEST_SECONDS), loop.time()
        for number, start in enumerate(range(0, len(sound), 160)):
            head = bytes((0x80, 0)) + number.to_bytes(2) + start.to_bytes(4) + b"CWVC"
            if self._transport is not None:
                self._transport.sendto(head + sound[start : start + 160], to)
            await asyncio.sleep(max(begin + (number + 1) * 0.02 - loop.time(), 0))

    def stop(self) -> None:
        if self._speaking is not None:
            self._speaking.cancel()


@contextlib.asynccontextmanager
async def speaking(port: int, frequency: float) -> AsyncIterator[Voice]:
    """Speak and listen on this UDP port of loopback."""
    voice = Voice(frequency)
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Port(voice), local_addr=("127.0.0.1", port)
    )
    try:
        yield voice
    finally:
        protocol.stop()
        transport.close()
